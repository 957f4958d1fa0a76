/** JSON Schemas of what leaves, from the schemas of the API's answers: the feed's rows are REST's. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { pascal, rowSchemas } from "./schema/rows.ts";

export type JsonSchema = { [name: string]: unknown };

export const rowName = (stream: Stream): string => `${pascal(stream.name)}Current`;

/** A row of each stream, by `rowName`. */
export function rowJsonSchemas(streams: readonly Stream[]): Record<string, JsonSchema> {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  for (const stream of streams) openAPIRegistry.register(rowName(stream), rowSchemas(stream).current);
  const { components } = getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
  return draft07(components?.schemas ?? {}) as Record<string, JsonSchema>;
}

/** OpenAPI's `example` is JSON Schema's `examples`. */
function draft07(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(draft07);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) =>
      name === "example" && typeof of !== "object" ? ["examples", [of]] : [name, draft07(of)],
    ),
  );
}

const text = (description: string): JsonSchema => ({ type: "string", description });

/** What a door writes of a value that it refused. */
export const letterSchema: JsonSchema = {
  type: "object",
  description: "A value that was refused, with the rule that it breaks.",
  required: [
    "stream",
    "reason",
    "pointer",
    "value",
    "rule",
    "source",
    "received_at",
    "payload",
    "payload_bytes",
    "payload_sha256",
  ],
  properties: {
    stream: text("Stream it was meant for."),
    reason: text("Kind of fault: json, schema, range, text, time, future, size, depth or geo."),
    pointer: text("JSON pointer to the faulty value (RFC 6901); empty for the whole."),
    value: text("The faulty value as JSON, cut to 200 characters."),
    rule: text("The rule it breaks."),
    source: text("Who sent it."),
    received_at: { type: "string", format: "date-time", description: "When it was refused." },
    payload: text(
      `The value in base64: whole up to ${limits.dead_letter_bytes_max} bytes, else its first ${limits.dead_letter_cut_bytes}.`,
    ),
    payload_bytes: { type: "integer", minimum: 0, description: "Size of the whole value. Unit: byte." },
    payload_sha256: text("SHA-256 of the whole value, hex."),
  },
};

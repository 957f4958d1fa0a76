/** What producers send, as JSON Schema from the streams' declarations: one name, one unit, one set of bounds. */
import type { Field } from "../src/core/field.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";

type JsonSchema = { [name: string]: unknown };

function fieldJsonSchema(field: Field): JsonSchema {
  const words =
    field.unit === undefined || field.unit === "1" ? field.doc : `${field.doc} Unit: ${field.unit}.`;
  const type = (name: string): string | string[] => (field.optional ? [name, "null"] : name);
  switch (field.kind) {
    case "text":
      return { type: type("string"), minLength: 1, maxLength: field.chars_max, description: words };
    case "number":
      return { type: type("number"), minimum: field.min, maximum: field.max, description: words };
    case "flag":
      return { type: type("boolean"), description: words };
    case "choice":
      return {
        type: type("string"),
        enum: field.optional ? [...field.values!, null] : field.values,
        description: words,
      };
  }
}

/** One event of a stream as a producer may send it. Derived fields are not asked for. */
export function eventJsonSchema(stream: Stream): JsonSchema {
  const sent = Object.entries(stream.fields).filter(([, field]) => !field.derived);
  const zone = stream.zoneless === "utc" ? "without an offset it is UTC" : "with an offset or Z";
  return {
    type: "object",
    title: stream.label,
    description: stream.doc,
    properties: {
      [stream.identity]: fieldJsonSchema({ ...stream.all_fields[stream.identity]!, optional: true }),
      [stream.event_time]: { type: "string", description: `Event time, ISO 8601 with seconds, ${zone}.` },
      ...Object.fromEntries(sent.map(([name, field]) => [name, fieldJsonSchema(field)])),
    },
    required: [stream.event_time, ...sent.filter(([, field]) => !field.optional).map(([name]) => name)],
  };
}

/** The request's content for all streams: an object, an array, or NDJSON of these. */
export function ingestContent(streams: readonly Stream[]) {
  const event = { anyOf: streams.map(eventJsonSchema) };
  return {
    "application/json": {
      schema: {
        anyOf: [
          event,
          { type: "array" as const, minItems: 1, maxItems: limits.body_events_max, items: event },
        ],
      },
    },
    "application/x-ndjson": {
      schema: {
        type: "string" as const,
        description: "One such JSON object per line; blank lines are skipped.",
      },
    },
  };
}

/** The AsyncAPI document: valid by AsyncAPI's own schema, all references lead somewhere, and what it says is what is sent. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import schema from "@asyncapi/specs/schemas/3.0.0.json" with { type: "json" };
import Ajv from "ajv";
import { exampleRows } from "../test/example-rows.ts";
import { fixture } from "../test/api-fixture.ts";
import { decoderOf } from "../src/core/decode.ts";
import { streams } from "../src/streams/index.ts";

const GOLDEN = join(import.meta.dir, "..", "test", "golden", "asyncapi.json");

interface Document {
  channels: Record<string, { address: string; bindings?: { kafka?: { partitions: number } } }>;
  components: {
    schemas: Record<string, object>;
    messages: Record<string, { name: string; payload: object }>;
  };
}

const { app } = await fixture();
const document = (await (await app.request("/asyncapi.json")).json()) as Document;

/** A schema of the document, with what it refers to. */
const checker = (payload: object) =>
  new Ajv({ strict: false, validateFormats: false }).compile({ ...payload, components: document.components });

describe("/asyncapi.json", () => {
  test("is the golden file; UPDATE_GOLDEN=1 after a wanted change", async () => {
    const now = JSON.stringify(document, null, 2);
    if (process.env["UPDATE_GOLDEN"] !== undefined) await Bun.write(GOLDEN, now);
    expect(now).toBe(await Bun.file(GOLDEN).text());
  });

  test("is valid by AsyncAPI's own JSON Schema, version 3.0.0", () => {
    // The schema brings JSON Schema's own with it.
    const options = {
      strict: false,
      validateFormats: false,
      meta: false,
      validateSchema: false,
      allErrors: true,
    };
    const valid = new Ajv(options).compile(schema);
    const faults = valid(document) ? [] : valid.errors!.map((e) => `${e.instancePath} ${e.message}`);
    expect(faults).toEqual([]);
    expect(valid({ ...document, channels: { x: { addres: "typing error" } } })).toBe(false);
  });

  test("every reference leads somewhere", () => {
    const faults: string[] = [];
    const look = (at: unknown): void => {
      if (typeof at !== "object" || at === null) return;
      for (const [name, value] of Object.entries(at)) {
        if (name !== "$ref") look(value);
        else {
          const found = (value as string)
            .slice(2)
            .split("/")
            .reduce<unknown>((o, k) => (o as Record<string, unknown> | undefined)?.[k], document);
          if (found === undefined) faults.push(value as string);
        }
      }
    };
    look(document);
    expect(faults).toEqual([]);
  });

  test.each(streams)("has the topic of $name: partitions, and events as they are decoded", (stream) => {
    expect(document.channels[stream.topic]).toMatchObject({
      address: stream.topic,
      bindings: {
        kafka: {
          partitions: stream.partitions,
          topicConfiguration: { "retention.ms": stream.log_retention_ms },
        },
      },
    });
    const message = Object.values(document.components.messages).find(
      ({ name }) => name.toLowerCase() === `${stream.name.replace("-", "")}event`,
    )!;
    const valid = checker(message.payload);
    const [row] = exampleRows(stream, ["k"], "2026-11-21T10:20:00Z");
    const { as_of: _, stale: __, ...sent } = row!;
    expect([valid(sent), valid.errors]).toEqual([true, null]);
    const city = { city_id: "c", zone: "UTC", rush_hours: [], peak_hours: [], holidays: [], salt: "s" };
    const raw = {
      value: Buffer.from(JSON.stringify(sent)),
      source: "test",
      received_at_ms: 0,
      partition: 0,
      offset: 0,
      backfill: false,
      dead_letter_id: null,
    };
    const [decoded] = decoderOf(stream).decode([raw], { city, now_ms: Date.UTC(2026, 10, 21, 10, 20) });
    expect(decoded).toMatchObject({ ok: true });
    expect(valid({ ...sent, [stream.event_time]: undefined })).toBe(false);
  });

  test.each(streams)("says what the live feed sends of $name", (stream) => {
    const message = Object.values(document.components.messages).find(({ name }) => name === stream.name)!;
    const valid = checker(message.payload);
    const rows = exampleRows(stream, ["k", "l"], "2026-11-21T10:20:00Z");
    expect([valid({ rows }), valid.errors]).toEqual([true, null]);
    expect(valid({ rows: [] })).toBe(false);
    expect(valid({ rows: [{ ...rows[0]!, stale: "no" }] })).toBe(false);
  });
});

/** The document and the app say the same: scopes, addresses, schemas. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { operationsOf, openApiDocument } from "../routes/openapi.ts";
import { fixture } from "../test/api-fixture.ts";
import { honoPath } from "./app.ts";
import { id, number, text } from "./core/field.ts";
import { defineStream } from "./core/stream.ts";
import { streams } from "./streams/index.ts";

const GOLDEN = join(import.meta.dir, "..", "test", "golden", "openapi.json");
/** What people look at is no part of the document. */
const PAGES = new Set([
  "/",
  "/docs",
  "/openapi.json",
  "/asyncapi.json",
  "/assets/:hash/:file{.+}",
  "/vendor/:hash/:file{.+}",
]);

const { app } = await fixture();
const document = (await (await app.request("/openapi.json")).json()) as ReturnType<typeof openApiDocument>;
const operations = operationsOf(document);

describe("the OpenAPI document", () => {
  test("is the golden file; UPDATE_GOLDEN=1 after a wanted change", async () => {
    const now = JSON.stringify(document, null, 2);
    if (process.env["UPDATE_GOLDEN"] !== undefined) await Bun.write(GOLDEN, now);
    expect(now).toBe(await Bun.file(GOLDEN).text());
  });

  test("every operation has a scope, an id, a summary and a tag", () => {
    for (const { method, path, scope, object } of operations) {
      expect([`${method} ${path}`, scope]).toEqual([
        `${method} ${path}`,
        expect.stringMatching(/^(read|ingest|operate)$/),
      ]);
      expect(object["operationId"]).toBeString();
      expect(object["summary"]).toBeString();
      expect(object["tags"]).toBeArray();
    }
    expect(new Set(operations.map((o) => o.object["operationId"])).size).toBe(operations.length);
  });

  test("every route of the app is in it, but for pages", () => {
    const known = new Set(operations.map(({ method, path }) => `${method.toUpperCase()} ${honoPath(path)}`));
    const missing = app.routes.filter(
      ({ method, path }) => method !== "ALL" && !PAGES.has(path) && !known.has(`${method} ${path}`),
    );
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test("the papers' own addresses are in it, as docs/papers.md says", async () => {
    const page = await Bun.file(join(import.meta.dir, "..", "docs", "papers.md")).text();
    const listed = [...page.matchAll(/`(GET|POST) (\/[^`?]+)`/g)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    const known = new Set(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`));
    expect(listed.length).toBeGreaterThan(5);
    expect(listed.filter((one) => !known.has(one))).toEqual([]);
  });

  test("a write needs more than the scope read", () => {
    for (const { method, path, scope } of operations)
      if (method !== "get") expect([path, scope]).not.toEqual([path, "read"]);
  });

  test("a route without a scope is seen", () => {
    const open = openApiDocument(app, "test", false);
    delete (open.paths!["/api/roads"] as Record<string, Record<string, unknown>>)["get"]!["x-scope"];
    expect(operationsOf(open).filter(({ scope }) => scope === undefined)).toHaveLength(1);
  });

  test("every number has bounds and a unit, every schema a type", () => {
    const faults: string[] = [];
    const look = (at: unknown, where: string): void => {
      if (Array.isArray(at)) return at.forEach((item, i) => look(item, `${where}/${i}`));
      if (typeof at !== "object" || at === null) return;
      const schema = at as Record<string, unknown>;
      if (
        /(^|\/)(schema|items|additionalProperties)$/.test(where) ||
        /\/(properties|schemas|anyOf|prefixItems)\/[^/]+$/.test(where)
      ) {
        if (!["type", "$ref", "anyOf", "oneOf", "allOf", "enum"].some((word) => word in schema))
          faults.push(`${where} has no type`);
        const types = new Set([schema["type"]].flat());
        if (types.has("number") || types.has("integer")) {
          if (typeof schema["minimum"] !== "number" || typeof schema["maximum"] !== "number")
            faults.push(`${where} has no bounds`);
          if (typeof schema["x-unit"] !== "string" && !/examples?\//.test(where))
            faults.push(`${where} has no unit`);
        }
        if (types.has("object") && !("properties" in schema) && !("additionalProperties" in schema))
          faults.push(`${where} is any object`);
        if (types.has("array") && !("items" in schema) && !("prefixItems" in schema))
          faults.push(`${where} is any array`);
      }
      for (const [name, value] of Object.entries(schema)) look(value, `${where}/${name}`);
    };
    for (const { method, path, object } of operations) look(object["responses"], `${method} ${path}`);
    look(document.components?.schemas, "/schemas");
    for (const { method, path, object } of operations)
      look(object["parameters"], `${method} ${path} parameters`);
    expect(faults).toEqual([]);
  });

  test("a stream that is declared is documented and read, with no other change", async () => {
    const noise = defineStream({
      name: "street-noise",
      label: "Noise",
      doc: "Noise in streets.",
      topic: "noise",
      fields: {
        sensor_id: id("The sensor."),
        level: number("Sound level.", { unit: "dB", min: 0, max: 194, decimals: 1 }),
        note: text("What was heard.", { optional: true }),
      },
      key: "sensor_id",
      event_time: "at",
      expected_period_ms: 60_000,
      live: { hash: "noise:{sensor_id}", ttl_ms: 600_000 },
      aliases: [{ path: "/api/noise/now", operation_id: "noiseNow", summary: "Noise now" }],
      history: { table: "noise", retention_ms: null },
    });
    const { app: more } = await fixture({ streams: [...streams, noise] });
    const documented = (await (await more.request("/openapi.json")).json()) as ReturnType<
      typeof openApiDocument
    >;
    const schema = documented.components!.schemas!["StreetNoiseCurrent"] as {
      properties: Record<string, object>;
    };
    expect(Object.keys(schema.properties)).toEqual([
      "event_id",
      "at",
      "sensor_id",
      "level",
      "note",
      "as_of",
      "stale",
    ]);
    expect(schema.properties["level"]).toMatchObject({
      type: "number",
      minimum: 0,
      maximum: 194,
      "x-unit": "dB",
    });
    for (const path of [
      "/api/streams/street-noise/current",
      "/api/data/street-noise",
      "/api/streams/street-noise/current?format=csv",
      "/api/noise/now?near=51,1&radius_km=2",
    ]) {
      expect((await more.request(path)).status).toBe(200);
    }
    // It declares no windows: there is no such list, and the error says which there are.
    const windowed = streams.filter((stream) => stream.windows !== null).map((stream) => stream.name);
    const windows = await more.request("/api/streams/street-noise/windows");
    expect([windows.status, ((await windows.json()) as { detail: string }).detail]).toEqual([
      404,
      `There is no stream with windows "street-noise" here; there are ${windowed.join(", ")}`,
    ]);
    expect((await app.request("/api/streams/street-noise/current")).status).toBe(404);
  });
});

/** The document and the app say the same: scopes, addresses, schemas. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { operationsOf, openApiDocument } from "../routes/openapi.ts";
import { city, fixture } from "../test/api-fixture.ts";
import { createApp, declared, honoPath } from "./app.ts";

const GOLDEN = join(import.meta.dir, "..", "test", "golden", "openapi.json");
/** What people look at is no part of the document. */
const PAGES = new Set(["/", "/docs", "/openapi.json"]);

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
        const types = [schema["type"]].flat();
        if (types.includes("number") || types.includes("integer")) {
          if (typeof schema["minimum"] !== "number" || typeof schema["maximum"] !== "number")
            faults.push(`${where} has no bounds`);
          if (typeof schema["x-unit"] !== "string" && !/examples?\//.test(where))
            faults.push(`${where} has no unit`);
        }
        if (types.includes("object") && !("properties" in schema) && !("additionalProperties" in schema))
          faults.push(`${where} is any object`);
        if (types.includes("array") && !("items" in schema) && !("prefixItems" in schema))
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

  test("a stream is documented by its declaration alone", async () => {
    const { serving } = await fixture();
    const text = await (await app.request("/openapi.json")).text();
    expect(text).toContain("TrafficCurrent");
    expect(serving.calls).toEqual([]);
    expect(city.roads).toHaveLength(2);
    expect(declared(app).length).toBe(operations.length);
    expect(createApp).toBeFunction();
  });
});

/** One list, four formats; conditional requests; paging; what leaves is harmless. */
import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { fakeServing, fixture, rows } from "../test/api-fixture.ts";
import { traffic } from "../src/streams/traffic.ts";
import { toCsv } from "./csv.ts";
import { matches } from "./etag.ts";
import { negotiate, type Format } from "./format.ts";
import { takesGzip } from "./compress.ts";

const { app, serving } = await fixture();
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(app.request(path, { headers }));

describe("formats", () => {
  test("Accept chooses by weight, format= wins, and what nobody has is JSON", () => {
    const all: Format[] = ["json", "geojson", "csv", "ndjson"];
    expect(negotiate(undefined, undefined, all)).toBe("json");
    expect(negotiate("*/*", undefined, all)).toBe("json");
    expect(negotiate("text/csv;q=0.5, application/geo+json", undefined, all)).toBe("geojson");
    expect(negotiate("application/json;q=0.1, text/csv;q=0.9", undefined, all)).toBe("csv");
    expect(negotiate("application/geo+json", undefined, ["json", "csv"])).toBe("json");
    expect(negotiate("image/png", undefined, all)).toBe("json");
    expect(negotiate("text/csv", "ndjson", all)).toBe("ndjson");
    expect(negotiate("text/csv;q=0", undefined, all)).toBe("json");
  });

  test("each has its media type and varies by Accept", async () => {
    for (const [format, type] of [
      ["json", "application/json"],
      ["geojson", "application/geo+json"],
      ["csv", "text/csv"],
      ["ndjson", "application/x-ndjson"],
    ] as const) {
      for (const response of [
        await get(`/api/traffic/current?format=${format}`),
        await get("/api/traffic/current", { accept: type }),
        await get(`/api/traffic/current?format=${format}&bbox=0,50,2,52`),
      ]) {
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toStartWith(type);
        expect(response.headers.get("vary")).toContain("Accept");
        expect(response.headers.get("arterial-cursor")).toBe("Y3Vyc29y");
      }
    }
  });

  test("GeoJSON is a bare collection with meta beside it: roads are lines, sensors points", async () => {
    const body = (await (await get("/api/traffic/current?format=geojson")).json()) as {
      type: string;
      meta: { cursor: string };
      features: {
        id: string;
        geometry: { type: string; coordinates: unknown };
        properties: { road_id: string };
      }[];
    };
    expect(body.type).toBe("FeatureCollection");
    expect(body.meta.cursor).toBe("Y3Vyc29y");
    expect(body.features.map((f) => [f.id, f.geometry.type])).toEqual([
      ["r1", "LineString"],
      ["r2", "LineString"],
      ["=1+1", "Point"],
    ]);
    expect(body.features[2]!.geometry.coordinates).toEqual([1.5, 51.5]);
    expect(body.features[0]!.properties.road_id).toBe("r1");
  });

  test("CSV has its head, quotes what must be, and no cell is a formula", async () => {
    const text = await (await get("/api/traffic/current?format=csv")).text();
    const [head, ...lines] = text.trimEnd().split("\r\n");
    expect(head).toStartWith("event_id,timestamp,road_id,road_name,current_speed");
    expect(head).toEndWith("as_of,stale");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain(`"<script>alert(1)</script> ""A"", B"`);
    expect(lines[2]).toContain(",'=1+1,'@SUM(A1),");
    expect(toCsv(["a"], [{ a: "-1" }, { a: -1 }, { a: "\t=1" }, { a: "+1" }, { a: null }])).toBe(
      "a\r\n'-1\r\n-1\r\n'\t=1\r\n'+1\r\n\r\n",
    );
  });

  test("an empty CSV keeps its head; a geometry is well-known text", async () => {
    expect(toCsv(["a", "b"], [])).toBe("a,b\r\n");
    expect(await (await get("/api/roads?format=csv")).text()).toContain(`"LINESTRING (1 51, 1.01 51.01)"`);
  });

  test("NDJSON is one row per line", async () => {
    const lines = (await (await get("/api/traffic/current?format=ndjson")).text()).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { road_id: string }).road_id)).toEqual(
      rows.map((r) => String(r["road_id"])),
    );
  });

  test("the paper's list is a bare array in the paper's names", async () => {
    const list = (await (await get("/traffic/current")).json()) as Record<string, unknown>[];
    expect(Object.keys(list[0]!)).toEqual([
      "road_id",
      "road_name",
      "current_speed",
      "jam_factor",
      "congestion_level",
      "last_updated",
    ]);
    expect(list[0]).toMatchObject({
      road_id: "r1",
      congestion_level: "moderate",
      last_updated: "2026-11-21T10:19:55Z",
    });
  });

  test("a named path and its generic one answer the same bytes", async () => {
    expect(await (await get("/api/streams/traffic/current")).text()).toBe(
      await (await get("/api/traffic/current")).text(),
    );
  });
});

describe("shared lists", () => {
  test("are written once per tick, however many ask and in however many formats", async () => {
    let reads = 0;
    const base = await fakeServing().shared(traffic);
    const counted = Object.defineProperty({ ...rows[0]! }, "current_speed", {
      enumerable: true,
      get: () => ++reads % 7,
    });
    const answer = { ...base.answer, data: [counted] };
    const { app: once } = await fixture({
      serving: { ...fakeServing(), shared: async () => ({ ...base, answer }) },
    });
    const formats = [
      "/api/traffic/current?format=csv",
      "/api/traffic/current?format=geojson",
      "/api/streams/traffic/current?format=ndjson",
      "/traffic/current",
    ];
    for (const path of formats) await (await once.request(path)).text();
    expect(reads).toBe(formats.length);
    for (const path of formats)
      await (await once.request(path, { headers: { "accept-encoding": "gzip" } })).arrayBuffer();
    expect(reads).toBe(formats.length);
  });
});

describe("conditional requests", () => {
  test("304 for what the client has, in each format by its own tag, and nobody is asked", async () => {
    const tags = new Set<string>();
    for (const path of [
      "/api/traffic/current",
      "/api/traffic/current?format=csv",
      "/api/traffic/current?bbox=0,50,2,52",
      "/traffic/current",
    ]) {
      const etag = (await get(path)).headers.get("etag")!;
      expect(etag).toStartWith('W/"');
      tags.add(etag);
      const asked = serving.calls.length;
      const again = await get(path, { "if-none-match": `"other", ${etag}` });
      expect(again.status).toBe(304);
      expect(again.headers.get("etag")).toBe(etag);
      expect(await again.text()).toBe("");
      expect(serving.calls).toHaveLength(asked);
    }
    expect(tags.size).toBe(4);
    expect((await get("/api/traffic/current", { "if-none-match": 'W/"older"' })).status).toBe(200);
  });

  test("weak comparison, lists and *", () => {
    expect(matches('"a"', 'W/"a"')).toBe(true);
    expect(matches('W/"b", W/"a"', 'W/"a"')).toBe(true);
    expect(matches("*", 'W/"a"')).toBe(true);
    expect(matches('"ab"', 'W/"a"')).toBe(false);
    expect(matches(undefined, 'W/"a"')).toBe(false);
  });

  test("packed where the client takes it, the same when unpacked", async () => {
    for (const path of ["/api/traffic/current", "/api/traffic/current?format=csv", "/openapi.json"]) {
      const packed = await get(path, { "accept-encoding": "br;q=1, gzip;q=0.8" });
      expect(packed.headers.get("content-encoding")).toBe("gzip");
      const plain = await (await get(path)).text();
      expect(gunzipSync(new Uint8Array(await packed.arrayBuffer())).toString()).toBe(plain);
    }
    expect(takesGzip("gzip;q=0")).toBe(false);
    expect(takesGzip("br")).toBe(false);
    expect(takesGzip("br, gzip")).toBe(true);
  });
});

describe("paging and ranges", () => {
  test("the next page is linked, with the parameters of this one", async () => {
    const response = await get("/api/traffic/current?limit=2&bbox=0,50,2,52");
    const next = /<(.+)>; rel="next"/.exec(response.headers.get("link")!)![1]!;
    expect(next).toStartWith("/api/traffic/current?");
    expect(new URLSearchParams(next.split("?")[1])).toEqual(
      new URLSearchParams("limit=2&bbox=0,50,2,52&cursor=Y3Vyc29y"),
    );
    expect((await get(next)).status).toBe(200);
  });

  test("a range ends now and is an hour long, unless said; an offset's plus may be bare", async () => {
    serving.calls.length = 0;
    await get("/api/data/traffic");
    await get("/api/data/traffic?from=2026-11-21T10:00:00+02:00&to=2026-11-21T09:00:00Z&limit=7");
    const now = Date.UTC(2026, 10, 21, 10, 20) + 1;
    expect(serving.calls).toEqual([
      `data ${now - 3_600_000} ${now} 5000`,
      `data ${Date.UTC(2026, 10, 21, 8)} ${Date.UTC(2026, 10, 21, 9)} 7`,
    ]);
  });
});

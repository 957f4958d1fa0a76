/** HTTP ingest over a real server: what comes in, what is refused, and what each costs. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { OpenAPIHono } from "@hono/zod-openapi";
import { parseCursor } from "../src/core/cursor.ts";
import { limits } from "../src/core/limits.ts";
import { CollectingLog } from "../src/sources/collecting-log.ts";
import { createDoorCursor } from "../src/sources/door-cursor.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { traffic } from "../src/streams/traffic.ts";
import { ingestRoutes } from "./ingest.ts";
import { problemOf, problemResponse } from "./problem.ts";

const NOW = Date.UTC(2026, 10, 21, 10, 20);
const clock = { now: () => NOW, monotonic: () => 0 };
const city = { city_id: "test", zone: "UTC", rush_hours: [], peak_hours: [], holidays: [] };

let log = new CollectingLog();
let app = new OpenAPIHono();

beforeEach(() => {
  log = new CollectingLog();
  app = new OpenAPIHono();
  app.onError((error, c) => problemResponse(c, problemOf(error)));
  app.route(
    "/",
    ingestRoutes({
      door: createDoor({ log, city, clock }),
      streams: [traffic],
      cursor: createDoorCursor(log),
    }),
  );
});

const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => app.fetch(request) });
afterAll(() => server.stop(true));

interface Answer {
  status: number;
  type: string | null;
  retry_after: string | null;
  body: {
    data: { accepted: number; rejected: number; rejects: object[] };
    meta: { cursor: string };
    type: string;
    detail: string;
    errors: { pointer?: string; parameter?: string; value?: string; rule: string }[];
    rejects: object[];
  };
}

async function post(
  body: object | string,
  headers: Record<string, string> = {},
  stream = "traffic",
): Promise<Answer> {
  const response = await fetch(new URL(`/api/ingest/${stream}`, server.url), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body:
      typeof body === "string" ? body : body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    retry_after: response.headers.get("retry-after"),
    body: (await response.json()) as Answer["body"],
  };
}

const NDJSON = { "content-type": "application/x-ndjson" };
const event = (road_id: string, extra: object = {}) => ({
  road_id,
  current_speed: 50,
  timestamp: "2026-11-21T10:19:00+00:00",
  ...extra,
});
const written = () => log.values("traffic-raw").map((v) => v["road_id"]);

/** The next good event is stored: the law after every bad one. */
async function goodGoesOn(): Promise<void> {
  expect((await post(event("good"))).status).toBe(202);
  expect(written()).toContain("good");
}

describe("what is taken", () => {
  test("an object, an array and NDJSON, each answered 202 with a cursor that covers them", async () => {
    const one = await post(event("a"));
    expect(one).toMatchObject({ status: 202, body: { data: { accepted: 1, rejected: 0, rejects: [] } } });
    const many = await post([event("b"), event("c")]);
    expect(many.body.data.accepted).toBe(2);
    const lines = await post(`${JSON.stringify(event("d"))}\r\n\n  \n${JSON.stringify(event("e"))}`, NDJSON);
    expect(lines.body.data.accepted).toBe(2);
    expect(written()).toEqual(["a", "b", "c", "d", "e"]);
    expect(log.records("traffic-raw").every((r) => r.headers?.["source"] === "http")).toBe(true);
    const ends = (await log.ends(["traffic-raw"])).map((e) => e.end_offset);
    expect(parseCursor("collected", lines.body.meta.cursor)).toEqual({ traffic: ends });
  });

  test("the cursor is never before the answer's own events, nor beyond the log's end, with many at once", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => post(event(`r${i}`))));
    const ends = (await log.ends(["traffic-raw"])).map((e) => e.end_offset);
    for (const { body } of answers) {
      const at = parseCursor("collected", body.meta.cursor)!["traffic"]!;
      expect(at.every((n, p) => n <= ends[p]!)).toBe(true);
      expect(at.some((n) => n > 0)).toBe(true);
    }
  });

  test("good ones are taken beside bad ones, which are named by line, pointer, value and rule", async () => {
    const body = [
      event("a"),
      event("b", { current_speed: -1 }),
      7,
      event("c", { timestamp: "1970-01-01T00:00:00Z" }),
    ];
    const { status, body: answer } = await post(body);
    expect(status).toBe(202);
    expect(answer.data).toEqual({
      accepted: 1,
      rejected: 3,
      rejects: [
        { line: 2, pointer: "/current_speed", value: "-1", rule: "must be at least 0" },
        { line: 3, pointer: "", value: "7", rule: "must be a JSON object" },
        {
          line: 4,
          pointer: "/timestamp",
          value: '"1970-01-01T00:00:00Z"',
          rule: "must not be before 2000-01-01T00:00:00Z",
        },
      ],
    });
  });

  test("lines of NDJSON are counted as an editor counts them", async () => {
    const { body } = await post(`\n${JSON.stringify(event("a"))}\n\nnonsense\n`, NDJSON);
    expect(body.data).toMatchObject({
      accepted: 1,
      rejected: 1,
      rejects: [{ line: 4, pointer: "", rule: "must be JSON" }],
    });
  });

  test("compressed bodies, by every encoding that is named", async () => {
    const plain = JSON.stringify([event("a")]);
    for (const [encoding, packed] of [
      ["gzip", gzipSync(plain)],
      ["x-gzip", gzipSync(plain)],
      ["deflate", deflateSync(plain)],
      ["zstd", zstdCompressSync(plain)],
      ["identity", Buffer.from(plain)],
    ] as const) {
      expect((await post(packed, { "content-encoding": encoding })).body.data).toMatchObject({ accepted: 1 });
    }
  });

  test("a charset and capitals in the content type do not matter", async () => {
    expect((await post(event("a"), { "content-type": "Application/JSON; charset=utf-8" })).status).toBe(202);
  });
});

describe("bad input is a clear error, and the next good event is stored", () => {
  const faults: [string, unknown, string, string][] = [
    ["a speed of -1", { current_speed: -1 }, "/current_speed", "must be at least 0"],
    ["a speed of 400", { current_speed: 400 }, "/current_speed", "must be at most 300"],
    ["a speed as text", { current_speed: "50" }, "/current_speed", "must be a number"],
    [
      "a time in 1970",
      { timestamp: "1970-01-01T00:00:00Z" },
      "/timestamp",
      "must not be before 2000-01-01T00:00:00Z",
    ],
    [
      "a time in two days",
      { timestamp: "2026-11-23T10:20:00Z" },
      "/timestamp",
      "must not be more than 2 min after now",
    ],
    [
      "a time without zone",
      { timestamp: "2026-11-21T10:19:00" },
      "/timestamp",
      "must be an ISO 8601 instant, with seconds and an offset or Z",
    ],
    [
      "30 February",
      { timestamp: "2026-02-30T10:19:00Z" },
      "/timestamp",
      "must be an ISO 8601 instant, with seconds and an offset or Z",
    ],
    ["seconds as a number", { timestamp: 1_795_000_000 }, "/timestamp", "must be a string"],
    ["a latitude of 91", { latitude: 91, longitude: 0 }, "/latitude", "must be at most 90"],
    [
      "swapped coordinates",
      { coordinates: [52.4, 104.9] },
      "/coordinates",
      "must be [lng, lat] or {lat, lng}, or a list of them, in WGS 84",
    ],
    [
      "NUL in a name",
      { road_name: "a\u0000b" },
      "/road_name",
      "must be text without control characters or broken surrogates",
    ],
    [
      "a lone surrogate",
      { road_name: "a\ud800b" },
      "/road_name",
      "must be text without control characters or broken surrogates",
    ],
    ["no key", { road_id: undefined }, "/road_id", "is required"],
    ["a long key", { road_id: "x".repeat(129) }, "/road_id", "must be at most 128 characters"],
  ];
  for (const [what, change, pointer, rule] of faults) {
    test(what, async () => {
      const { status, type, body } = await post({ ...event("a"), ...(change as object) });
      expect([status, type, body.type]).toEqual([422, "application/problem+json", "/problems/invalid-body"]);
      expect(body.rejects).toEqual([{ line: 1, pointer, value: expect.any(String), rule }]);
      expect(body.errors[0]).toMatchObject({ pointer, rule });
      expect(written()).toEqual([]);
      expect(log.records("dead-letters").length).toBe(1);
      await goodGoesOn();
    });
  }

  test("1e999 and NaN", async () => {
    const huge = await post('{"road_id":"a","current_speed":1e999,"timestamp":"2026-11-21T10:19:00Z"}');
    expect(huge).toMatchObject({
      status: 422,
      body: { rejects: [{ pointer: "/current_speed", value: "Infinity", rule: "must be a finite number" }] },
    });
    expect((await post('{"road_id":"a","current_speed":NaN}')).status).toBe(400);
    await goodGoesOn();
  });

  test("a body that is not JSON, cut off, empty, or not UTF-8 is malformed, and nothing of it is written", async () => {
    for (const body of ["nonsense", '[{"road_id":"a"},', "", "  ", Buffer.from([0x7b, 0xff, 0x7d])]) {
      const answer = await post(body);
      expect([answer.status, answer.body.type]).toEqual([400, "/problems/malformed"]);
    }
    expect(log.appends).toEqual([]);
    await goodGoesOn();
  });

  test("no events at all is not an acceptance", async () => {
    expect((await post("[]")).status).toBe(422);
    expect((await post("\n\n", NDJSON)).status).toBe(422);
  });

  test("other content types", async () => {
    for (const type of ["text/plain", "application/xml", "multipart/form-data", "application/jsonp"]) {
      expect(await post("{}", { "content-type": type })).toMatchObject({
        status: 415,
        body: { type: "/problems/unsupported-media-type" },
      });
    }
    expect((await post("{}", { "content-encoding": "br" })).status).toBe(415);
    expect((await post("{}", { "content-encoding": "gzip, gzip" })).status).toBe(415);
    await goodGoesOn();
  });

  test("an unknown stream, also with a name that objects have", async () => {
    for (const name of ["nope", "__proto__", "constructor", "x".repeat(5_000), "%3Cscript%3E"]) {
      const answer = await post(event("a"), {}, name);
      expect([answer.status, answer.body.type]).toEqual([404, "/problems/not-found"]);
    }
    await goodGoesOn();
  });

  test("__proto__, constructor and repeated keys change nothing else", async () => {
    const body = `{"__proto__":{"road_closed":true,"polluted":1},"constructor":{"prototype":{"polluted":1}},"road_id":"first","road_id":"second","current_speed":5,"timestamp":"2026-11-21T10:19:00Z"}`;
    expect((await post(body)).status).toBe(202);
    expect(log.values("traffic-raw")[0]).toMatchObject({ road_id: "second", current_speed: 5 });
    expect(log.values("traffic-raw")[0]).not.toHaveProperty("road_closed");
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("limits: at them, and one above", () => {
  test("events in a request, as an array and as lines", async () => {
    const at = Array.from({ length: limits.body_events_max }, (_, i) => event(`r${i}`));
    const above = [...at, event("more")];
    const lines = (events: object[]): string => events.map((e) => JSON.stringify(e)).join("\n");
    expect((await post(at)).body.data).toMatchObject({ accepted: 10_000, rejected: 0 });
    expect((await post(lines(at), NDJSON)).body.data).toMatchObject({ accepted: 10_000, rejected: 0 });
    const before = log.appends.length;
    expect(await post(above)).toMatchObject({
      status: 422,
      body: { errors: [{ rule: "must hold 1 to 10000 events" }] },
    });
    expect((await post(lines(above), NDJSON)).status).toBe(422);
    expect((await post("{}\n".repeat(100_000), NDJSON)).status).toBe(422);
    expect(log.appends.length).toBe(before);
    await goodGoesOn();
  });

  const padded = (bytes: number): string => {
    const bare = JSON.stringify([event("a"), { pad: "" }]);
    return bare.replace('"pad":""', `"pad":"${"x".repeat(bytes - bare.length)}"`);
  };

  test("bytes of a body with a length", async () => {
    expect((await post(padded(limits.body_bytes_max))).body.data).toMatchObject({ accepted: 1, rejected: 1 });
    expect(await post(padded(limits.body_bytes_max + 1))).toMatchObject({
      status: 413,
      body: { type: "/problems/too-large" },
    });
    await goodGoesOn();
  });

  test("bytes of a compressed body count as unpacked", async () => {
    const [at, above] = [padded(limits.body_bytes_max), padded(limits.body_bytes_max + 1)];
    for (const [encoding, pack] of [
      ["gzip", gzipSync],
      ["deflate", deflateSync],
      ["zstd", zstdCompressSync],
    ] as const) {
      expect((await post(pack(at), { "content-encoding": encoding })).status).toBe(202);
      expect((await post(pack(above), { "content-encoding": encoding })).status).toBe(413);
    }
    expect((await post(gzipSync(at).subarray(0, 500), { "content-encoding": "gzip" })).status).toBe(400);
    expect((await post("{}", { "content-encoding": "zstd" })).status).toBe(400);
  });

  test("a bomb of 256 MB costs no memory to speak of", async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, " "));
    Bun.gc(true);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 5; i++) expect((await post(bomb, { "content-encoding": "gzip" })).status).toBe(413);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(64);
    await goodGoesOn();
  });

  test("a body sent in chunks without a length is cut off at the limit", async () => {
    // By hand, because a client library may give a length: and it never ends, so only the limit can answer.
    const socket = connect(Number(server.url.port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      "POST /api/ingest/traffic HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    let answered = "";
    const head = new Promise<string>((resolve, reject) => {
      socket.on("data", (data) => {
        answered += data.toString();
        if (answered.includes("\r\n")) resolve(answered.split("\r\n")[0]!);
      });
      socket.on("close", () => reject(new Error(`closed after: ${answered}`)));
    });
    const send = (): void => {
      while (!socket.destroyed && answered === "")
        if (!socket.write(chunk)) return void socket.once("drain", send);
    };
    send();
    expect(await head).toContain("413");
    socket.destroy();
    await goodGoesOn();
  });

  test("depth of an event, alone and in an array", async () => {
    const nested = (depth: number): string =>
      `{"deep":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)},${JSON.stringify(event("a")).slice(1)}`;
    const { json_depth_max: max } = limits;
    expect((await post(nested(max))).status).toBe(202);
    expect((await post(`[${nested(max)}]`)).status).toBe(202);
    // The last is refused for its size: it is one value, and looked at before its depth.
    for (const body of [nested(max + 1), `[${nested(max + 1)}]`, "[".repeat(100_000) + "]".repeat(100_000)]) {
      expect(await post(body)).toMatchObject({
        status: 422,
        body: {
          rejects: [
            { line: 1, pointer: "", rule: expect.stringMatching(/deeper than 32|at most 65536 bytes/) },
          ],
        },
      });
    }
    const lines = await post(`${nested(max)}\n${nested(max + 1)}`, NDJSON);
    expect(lines.body.data).toMatchObject({ accepted: 1, rejected: 1 });
    await goodGoesOn();
  });

  test("bytes of one event", async () => {
    const of = (bytes: number): string => {
      const bare = JSON.stringify(event("a", { pad: "" }));
      return bare.replace('"pad":""', `"pad":"${"x".repeat(bytes - bare.length)}"`);
    };
    for (const type of [{}, NDJSON]) {
      expect((await post(of(limits.event_bytes_max), type)).status).toBe(202);
      expect(await post(of(limits.event_bytes_max + 1), type)).toMatchObject({
        status: 422,
        body: { rejects: [{ rule: "must be at most 65536 bytes" }] },
      });
    }
  });
});

describe("when the log is away", () => {
  test("503 with Retry-After, and the same again is taken afterwards", async () => {
    log.away = true;
    const answer = await post(event("a"));
    expect([answer.status, answer.body.type, answer.retry_after]).toEqual([
      503,
      "/problems/unavailable",
      "2",
    ]);
    expect((await post(event("a", { current_speed: -1 }))).status).toBe(503);
    log.away = false;
    await goodGoesOn();
  });
});

test("the route stands in the document with its scope, typed bodies and answers", () => {
  const document = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "t", version: "1" } });
  const operation = document.paths?.["/api/ingest/{stream}"]?.post;
  expect(operation).toMatchObject({ "x-scope": "ingest" });
  expect(Object.keys(operation?.responses ?? {}).map(Number)).toEqual([
    202, 400, 404, 413, 415, 422, 500, 503,
  ]);
  const body = JSON.stringify(operation?.requestBody);
  expect(body).toContain("current_speed");
  expect(body).toContain("Unit: km/h.");
});

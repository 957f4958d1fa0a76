/** Every bad input over HTTP has a clear error: what it was, which rule, and an id. */
import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import {
  HistoryUnavailableError,
  LiveUnavailableError,
  LogUnavailableError,
  problemNames,
} from "../src/core/errors.ts";
import { fakeServing, fixture } from "../test/api-fixture.ts";

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  request_id: string;
  errors?: { parameter?: string; pointer?: string; value?: string; rule: string }[];
}

const { app } = await fixture();
const problemAt = async (path: string, init?: RequestInit, on = app): Promise<Problem> => {
  const response = await on.request(path, init);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  expect(problem.request_id.length).toBeGreaterThan(10);
  expect(problem.request_id).toBe(response.headers.get("x-request-id")!);
  return problem;
};

const post = (body: string, type = "application/json"): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": type },
});

describe("bad input", () => {
  const at = "/api/traffic/current";
  for (const [query, parameter, rule] of [
    ["bbox=2,50,0,52", "bbox", "west must not be greater than east"],
    ["bbox=0,52,2,50", "bbox", "south must not be greater than north"],
    ["bbox=0,50,2", "bbox", "must be four numbers"],
    ["bbox=0,50,2,NaN", "bbox", "must be four numbers"],
    ["bbox=0,50,2,91", "bbox", "south and north must lie within"],
    ["bbox=-181,50,2,52", "bbox", "west and east must lie within"],
    ["limit=-1", "limit", "must be a whole number from 1 to 5000"],
    ["limit=0", "limit", "must be a whole number from 1 to 5000"],
    ["limit=5001", "limit", "must be a whole number from 1 to 5000"],
    ["limit=1e9", "limit", "must be a whole number from 1 to 5000"],
    ["limit=", "limit", "must be a whole number from 1 to 5000"],
    ["limit=1&limit=2", "limit", "must be given once"],
    ["cursor=forged", "cursor", "must be ours"],
    ["cursor=%00", "cursor", "must be a cursor as this API gave it"],
    [`since=${"x".repeat(2_001)}`, "since", "must be a cursor as this API gave it"],
    ["since=';drop%20table", "since", "must be a cursor as this API gave it"],
    ["format=xml", "format", "must be one of json, geojson, csv, ndjson"],
    [
      "limt=5",
      "limt",
      "is no parameter here; there are bbox, near, radius_km, max_age, limit, cursor, since, format",
    ],
    ["near=51.5", "near", "must be two numbers: lat,lng"],
    ["near=a,b", "near", "must be two numbers: lat,lng"],
    ["near=100,11.5", "near", "lat must lie within -90 and 90"],
    ["near=48,181", "near", "lng must lie within -180 and 180"],
    ["near=48,11&radius_km=200.5", "radius_km", "must be a number from 0 to 200"],
    ["near=48,11&radius_km=-1", "radius_km", "must be a number from 0 to 200"],
    ["near=48,11&radius_km=1e2", "radius_km", "must be a number from 0 to 200"],
    ["radius_km=1", "radius_km", "must come with near=lat,lng"],
    ["max_age=0", "max_age", "must be a whole number from 1 to 604800"],
    ["max_age=ten", "max_age", "must be a whole number from 1 to 604800"],
  ] as const) {
    test(`${at}?${query.slice(0, 40)}`, async () => {
      const problem = await problemAt(`${at}?${query}`);
      expect(problem).toMatchObject({
        type: "/problems/invalid-parameter",
        status: 400,
        errors: [{ parameter }],
      });
      expect(problem.errors![0]!.rule).toStartWith(rule);
      expect(problem.detail).toContain(parameter);
    });
  }

  const range = "/api/traffic/history/r1";
  for (const [query, parameter, rule] of [
    ["from=yesterday", "from", "must be an ISO 8601 instant"],
    ["from=2026-11-21T10:00:00", "from", "must be an ISO 8601 instant"],
    ["from=1970-01-01T00:00:00Z", "from", "must not be before 2000-01-01"],
    ["to=9999-01-01T00:00:00Z", "to", "must not be after"],
    ["from=2026-11-21T10:00:00Z&to=2026-11-21T10:00:00Z", "from", "must be before to"],
    ["from=2016-11-21T10:00:00Z&to=2026-11-21T10:00:00Z", "from", "must not be more than 366 days before to"],
    ["step=7m", "step", "must be one of 1m, 5m, 15m, 1h, 1d"],
    ["step=1m", "step", "must not be shorter than the stream's windows, 5 min"],
    ["format=geojson", "format", "must be one of json, csv, ndjson here"],
  ] as const) {
    test(`${range}?${query}`, async () => {
      const problem = await problemAt(`${range}?${query}`);
      expect(problem).toMatchObject({ status: 400, errors: [{ parameter }] });
      expect(problem.errors![0]!.rule).toStartWith(rule);
    });
  }

  test("several faults are told together", async () => {
    const problem = await problemAt(`${at}?limit=-1&bbox=1&no=1`);
    expect(problem.errors!.map((e) => String(e.parameter)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "bbox",
      "limit",
      "no",
    ]);
  });

  test("an unknown road, stream, problem or page is not found", async () => {
    for (const path of [
      "/api/traffic/live/nowhere",
      "/api/traffic/history/nowhere",
      "/api/roads/nowhere",
      "/api/streams/nothing/current",
      "/api/streams/nothing/windows",
      "/api/data/nothing",
      "/api/dead-letters?stream=nothing",
      "/problems/nothing",
      "/api/nothing",
      "/nothing",
      "/api/roads/..%2f..%2fetc%2fpasswd",
      "/api/roads/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ]) {
      expect(await problemAt(path)).toMatchObject({ type: "/problems/not-found", status: 404 });
    }
  });

  test("a key with a NUL, or of 129 characters, is refused by name", async () => {
    for (const key of ["%00", "x".repeat(129)]) {
      expect(await problemAt(`/api/roads/${key}`)).toMatchObject({
        status: 400,
        errors: [{ parameter: "road_id" }],
      });
    }
  });

  test("a body that is no JSON, of another type, or against its schema", async () => {
    const replay = "/api/dead-letters/replay";
    expect(await problemAt(replay, post("{"))).toMatchObject({ type: "/problems/malformed", status: 400 });
    expect(await problemAt(replay, post("a=b", "text/plain"))).toMatchObject({
      type: "/problems/unsupported-media-type",
      status: 415,
    });
    for (const body of ["", " ", "nul"])
      expect(await problemAt(replay, post(body))).toMatchObject({ type: "/problems/malformed", status: 400 });
    for (const init of [
      { method: "POST" },
      { method: "POST", body: new Uint8Array([123, 125]) },
      post("", "text/plain"),
    ])
      expect(await problemAt(replay, init)).toMatchObject({
        type: "/problems/unsupported-media-type",
        status: 415,
      });
    expect(await problemAt(replay, post(`{"ids":["1",2]}`))).toMatchObject({
      type: "/problems/invalid-body",
      status: 422,
      errors: [{ pointer: "/ids/1", value: "2" }],
    });
    expect(await problemAt(replay, post(`{"ids":["1"],"x":1}`))).toMatchObject({
      status: 422,
      errors: [{ pointer: "/x" }],
    });
    expect(
      await problemAt(replay, post(JSON.stringify({ ids: Array.from({ length: 1_001 }, String) }))),
    ).toMatchObject({ status: 422, errors: [{ pointer: "/ids" }] });
    expect(await problemAt(replay, post(`{"ids":["${"x".repeat(1024 * 1024)}"]}`))).toMatchObject({
      type: "/problems/too-large",
      status: 413,
    });
  });
});

test("a body against its schema is told in our words", async () => {
  const array = "must be an array of 1 to 1000 ids of dead letters";
  const text = "must be a dead_letter_id, a text of 1 to 128 characters";
  for (const [body, pointer, rule] of [
    ["{}", "/ids", array],
    [`{"ids":"1"}`, "/ids", array],
    [`{"ids":null}`, "/ids", array],
    [`{"ids":[]}`, "/ids", array],
    [JSON.stringify({ ids: Array.from({ length: 1_001 }, String) }), "/ids", array],
    [`{"ids":[1]}`, "/ids/0", text],
    [`{"ids":[""]}`, "/ids/0", text],
    [JSON.stringify({ ids: ["x".repeat(129)] }), "/ids/0", text],
    ["[]", "", "must be an object with ids"],
    ["null", "", "must be an object with ids"],
    [`{"ids":["1"],"x":1}`, "/x", "is not known here"],
  ] as const) {
    const problem = await problemAt("/api/dead-letters/replay", post(body));
    expect([body.slice(0, 40), problem]).toMatchObject([
      body.slice(0, 40),
      { status: 422, errors: [{ pointer, rule }] },
    ]);
    expect(problem.detail).toContain(rule);
    expect(JSON.stringify(problem)).not.toMatch(/invalid input|expected|received|too (big|small)/i);
  }
});

describe("a fault of ours", () => {
  test("a part that is away is 503 with Retry-After", async () => {
    for (const error of [
      new LogUnavailableError("x"),
      new HistoryUnavailableError("x"),
      new LiveUnavailableError("x"),
    ]) {
      const broken = { ...fakeServing(), streams: () => Promise.reject(error) };
      const { app: away } = await fixture({ serving: broken });
      const response = await away.request("/api/streams");
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await problemAt("/api/streams", undefined, away)).toMatchObject({
        type: "/problems/unavailable",
      });
    }
  });

  test("anything else is told to the log, and the client learns nothing of it", async () => {
    const secret = new Error("select * from secrets at /home/somebody/x.ts:1");
    const { app: broken, faults } = await fixture({
      serving: { ...fakeServing(), streams: () => Promise.reject(secret) },
    });
    const problem = await problemAt("/api/streams", undefined, broken);
    expect(problem).toMatchObject({ type: "/problems/internal", status: 500 });
    expect(JSON.stringify(problem)).not.toContain("secrets");
    expect(faults).toEqual([secret]);
  });

  test("also from a part that was handed in", async () => {
    const live = new Hono();
    live.get("/api/live", () => {
      throw new LogUnavailableError("x");
    });
    const { app: away } = await fixture({ live });
    expect(await problemAt("/api/live", undefined, away)).toMatchObject({ status: 503 });
  });

  test("not ready is 503 and says what for", async () => {
    const waiting_for = [{ part: "history", reason: "starting" }];
    const { app: waiting } = await fixture({ readiness: { waitingFor: async () => waiting_for } });
    const response = await waiting.request("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ waiting_for, detail: "Waiting for history (starting)" });
    expect((await waiting.request("/healthz")).status).toBe(200);
    expect((await app.request("/readyz")).status).toBe(200);
  });
});

describe("problems have pages", () => {
  test("for people and for programs", async () => {
    for (const [name, { status, title }] of Object.entries(problemNames)) {
      const page = await app.request(`/problems/${name}`, {
        headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
      });
      expect(page.headers.get("content-type")).toStartWith("text/html");
      expect(await page.text()).toContain(`HTTP ${status}`);
      expect(await (await app.request(`/problems/${name}`)).json()).toMatchObject({
        type: `/problems/${name}`,
        title,
        status,
      });
    }
  });

  test("an address that there is not is a page for a browser, escaped", async () => {
    const response = await app.request("/%3Cscript%3E", { headers: { accept: "text/html" } });
    expect(response.status).toBe(404);
    const text = await response.text();
    expect(text).toContain("There is no such page");
    expect(text).not.toContain("<script>");
  });
});

describe("methods", () => {
  test("a wrong one is 405 and says which are right; OPTIONS too; HEAD is GET without a body", async () => {
    const wrong = await app.request("/api/roads/r1", { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect(await wrong.json()).toMatchObject({ type: "/problems/method-not-allowed" });
    const options = await app.request("/api/ingest/traffic", { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
    const head = await app.request("/api/traffic/current", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("etag")).toBe('W/"t1"');
  });
});

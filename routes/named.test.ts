/** Addresses of single streams: defaults, formats and bounds that the HTTP side itself decides. */
import { describe, expect, test } from "bun:test";
import { fixture, NOW_MS } from "../test/api-fixture.ts";
import { days, hours, minutes, startOfDay } from "../src/core/time.ts";

const { app, serving } = await fixture();
const get = async (path: string, accept?: string) => {
  const response = await app.request(path, accept === undefined ? {} : { headers: { accept } });
  return { response, text: await response.text() };
};
const json = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse((await get(path)).text) as Record<string, unknown>;

describe("/api/vehicles/{vehicle_id}/track", () => {
  const at = "/api/vehicles/r1/track";

  test("is one object as JSON, one feature as GeoJSON, rows as CSV and NDJSON", async () => {
    const { data } = (await json(at)) as { data: { points: unknown[] } };
    expect(data).toMatchObject({ vehicle_id: "r1", distance_km: 1.5, jump_km: 50.2, delay_s: -0.5 });
    const { features } = (await json(`${at}?format=geojson`)) as { features: unknown[] };
    expect(features).toMatchObject([
      { id: "r1", geometry: { type: "MultiLineString" }, properties: { vehicle_id: "r1", points_n: 9 } },
    ]);
    const csv = await get(at, "text/csv");
    expect(csv.text.split("\r\n")).toHaveLength(data.points.length + 2);
    expect(csv.text.split("\r\n")[0]).toEndWith(",source,jump");
    expect(serving.calls).toContain(`track ${NOW_MS + 1 - hours(2)} ${NOW_MS + 1} 5`);
    expect((await get(at, "application/x-ndjson")).text.trim().split("\n")).toHaveLength(data.points.length);
  });
});

describe("/api/sales/categories", () => {
  const at = "/api/sales/categories";
  const minute = NOW_MS - (NOW_MS % minutes(1));

  test("is the current window by default, the newest N, or those that start in a range", async () => {
    serving.calls.length = 0;
    await get(at);
    await get(`${at}?windows=100`);
    await get(`${at}?from=2026-11-21T10:00:30Z&to=2026-11-21T10:05:00Z`);
    await get(`${at}?to=2026-11-21T10:00:00Z`);
    expect(serving.calls).toEqual([
      `sales ${minute} ${minute + minutes(1)}`,
      `sales ${minute - minutes(99)} ${minute + minutes(1)}`,
      `sales ${Date.UTC(2026, 10, 21, 10, 1)} ${Date.UTC(2026, 10, 21, 10, 5)}`,
      `sales ${Date.UTC(2026, 10, 21, 10) - minutes(100)} ${Date.UTC(2026, 10, 21, 10)}`,
    ]);
  });

  test("by step is of hours, or of days of the city's zone", async () => {
    serving.calls.length = 0;
    await get(`${at}?step=1h&windows=24`);
    await get(`${at}?step=1d&from=2026-03-28T12:00:00Z&to=2026-03-31T00:00:00Z`);
    await get(`${at}?step=1d&windows=3`);
    const hour = NOW_MS - (NOW_MS % hours(1));
    const [first, second, third] = serving.calls;
    expect(first).toBe(`sales ${hour - hours(23)} ${hour + hours(1)} 1h`);
    expect(second).toBe(`sales ${Date.UTC(2026, 2, 29)} ${Date.UTC(2026, 2, 31)} 1d`);
    const [from_ms, to_ms] = [NOW_MS - days(2), NOW_MS + days(1)].map((ms) => startOfDay(ms, "UTC"));
    expect(third).toBe(`sales ${from_ms} ${to_ms} 1d`);
  });

  test.each([
    ["windows=0", "windows", "must be a whole number from 1 to 100"],
    ["windows=101", "windows", "must be a whole number from 1 to 100"],
    ["windows=5&from=2026-11-21T10:00:00Z", "windows", "must be left out where from or to is given"],
    [
      "from=2026-11-20T10:00:00Z&to=2026-11-21T10:00:00Z",
      "from",
      "must not be more than 833 windows of 1 min",
    ],
    ["from=2026-11-21T10:00:00Z&to=2026-11-21T10:00:00Z", "from", "must be before to"],
    ["step=5m", "step", "must be one of 1h, 1d"],
    ["step=1h&from=2026-10-01T00:00:00Z&to=2026-11-21T10:00:00Z", "from", "must not be more than 833 hours"],
    ["step=1d&from=2020-10-01T00:00:00Z&to=2026-11-21T10:00:00Z", "from", "must not be more than 366 days"],
  ])("refuses %s", async (query, parameter, rule) => {
    const problem = (await json(`${at}?${query}`)) as {
      status: number;
      errors: { parameter: string; rule: string }[];
    };
    expect([problem.status, problem.errors[0]!.parameter]).toEqual([400, parameter]);
    expect(problem.errors[0]!.rule).toStartWith(rule);
  });
});

describe("named lists", () => {
  test("of what is active comes before addresses with a key", async () => {
    const { data } = (await json("/api/emergencies/active")) as { data: unknown[] };
    expect(data).toBeArray();
    expect((await json("/api/emergencies/r1"))["data"]).toMatchObject({
      emergency_id: "r1",
      status: "on_scene",
    });
  });

  test("take a tag of a list by age: what grew too old makes another", async () => {
    const { response } = await get("/api/vehicles/locations?max_age=60");
    const etag = response.headers.get("etag")!;
    const again = await app.request("/api/vehicles/locations?max_age=60", {
      headers: { "if-none-match": etag },
    });
    expect(again.status).toBe(304);
    expect(etag).not.toBe((await get("/api/vehicles/locations?max_age=61")).response.headers.get("etag")!);
    expect(etag).not.toBe((await get("/api/vehicles/locations")).response.headers.get("etag")!);
  });

  test("hospitals are a list in every format", async () => {
    expect((await json("/api/hospitals"))["data"]).toHaveLength(4);
    const { text } = await get("/api/hospitals?format=csv");
    expect(text).toContain("'=HYPERLINK(1)");
  });
});

describe("a part of a list", () => {
  test("is asked of the serving layer once for all who ask the same in a tick; another question is another part", async () => {
    const at = "/api/weather/current?bbox=0,50,2,52";
    serving.calls.length = 0;
    const [first, second] = await Promise.all([get(at), get(at, "application/json")]);
    expect(second.text).toBe(first.text);
    expect(serving.calls).toEqual(["current"]);
    await get(`${at}&limit=1`);
    const geo = await get(at, "application/geo+json");
    expect((JSON.parse(geo.text) as { features: unknown[] }).features).toHaveLength(3);
    expect(serving.calls).toHaveLength(3);
  });

  test("is not kept where it failed, or depends on the moment", async () => {
    serving.calls.length = 0;
    for (const query of ["cursor=none", "cursor=none", "max_age=5", "max_age=5"])
      await get(`/api/weather/current?${query}`);
    expect(serving.calls).toHaveLength(4);
  });

  test("beyond a bound of questions is answered all the same", async () => {
    for (let n = 1; n <= 40; n++) {
      const { text } = await get(`/api/cameras/current?bbox=0,50,2,${51 + n / 50}`);
      expect((JSON.parse(text) as { data: unknown[] }).data).toHaveLength(3);
    }
  });
});

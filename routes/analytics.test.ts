/** The analytics over HTTP, on a real PostgreSQL: what is asked badly, formats, tags, and the papers' shape. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { analyticsBed, STREAMS, type AnalyticsBed } from "../test/analytics-bed.ts";
import { fixture } from "../test/api-fixture.ts";
import { faultsIn } from "../test/schema-check.ts";
import { hours } from "../src/core/time.ts";
import { readings } from "../src/streams/readings.ts";
import { traffic } from "../src/streams/traffic.ts";
import { weather } from "../src/streams/weather.ts";

const NOW_MS = Date.parse("2026-11-21T10:20:00+01:00");
let bed: AnalyticsBed;
let app: OpenAPIHono;

beforeAll(async () => {
  bed = await analyticsBed(["a", "b", "c"], NOW_MS);
  const hourly = Array.from({ length: 140 }, (_, i) => ({
    i,
    timestamp: new Date(NOW_MS - hours(i)).toISOString(),
  }));
  await bed.store(
    traffic,
    hourly.map(({ i, timestamp }) => ({
      timestamp,
      road_id: "a",
      current_speed: 10 + (i % 24),
      free_flow_speed: 50,
    })),
  );
  await bed.store(
    weather,
    hourly.map(({ i, timestamp }) => ({
      timestamp,
      station: "s",
      temperature: (i % 24) / 2,
      humidity: 40 + (i % 5),
    })),
  );
  await bed.store(
    readings,
    hourly.map(({ i, timestamp }) => ({
      timestamp,
      location: "Alpha",
      aqi_value: 20 + i,
      current_speed: 30,
      free_flow_speed: 50,
    })),
  );
  await bed.refresh();
  const { serving, city, clock } = bed;
  ({ app } = await fixture({ serving, city, clock, streams: STREAMS }));
});
afterAll(() => bed.end());

const get = (path: string, headers: Record<string, string> = {}) =>
  app.request(`/api/analytics/${path}`, { headers });

interface Problem {
  status: number;
  errors?: { parameter: string; rule: string }[];
  detail: string;
}

describe("what is asked badly is answered clearly", () => {
  const from = "2026-11-20T00:00:00Z";
  const cases: readonly (readonly [query: string, parameter: string, rule: RegExp])[] = [
    [`from=${from}&to=2026-11-19T00:00:00Z`, "from", /must be before to/],
    [`from=${from}&to=${from}`, "from", /must be before to/],
    ["from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from", /not be more than 366 days before to/],
    ["from=yesterday", "from", /ISO 8601/],
    ["tz=Europe/Atlantis", "tz", /time zone that exists/],
    ["tz=Asia/Jakarta", "tz", /must be Europe\/Berlin/],
    ["weekdays=xyz", "weekdays", /must be weekdays, weekends, or some of mon/],
    ["weekdays=", "weekdays", /must be/],
    ["holidays=only", "holidays", /must be one of include, exclude/],
    ["compare=tomorrow", "compare", /must be one of yesterday/],
    [`compare=yesterday&compare_from=${from}`, "compare", /must be left out/],
    [`compare_from=${from}&compare_to=2026-11-19T00:00:00Z`, "compare_from", /must be before compare_to/],
    [`roads=${Array.from({ length: 501 }, (_, i) => `r${i}`).join(",")}`, "roads", /not name more than 500/],
    ["roads=a,,b", "roads", /parted by commas/],
    ["roads=a&bbox=10,47,13,49", "bbox", /left out where roads is given/],
    ["bbox=1,2,3", "bbox", /four numbers/],
    ["step=1h&nothing=1", "nothing", /is no parameter here/],
  ];
  test.each(
    cases.map(([query, parameter, rule]) => ({ query: query.slice(0, 60), whole: query, parameter, rule })),
  )("$query", async ({ whole, parameter, rule }) => {
    const response = await get(`trends?${whole}`);
    const problem = (await response.json()) as Problem;
    expect(problem.status).toBe(400);
    const error = problem.errors!.find((one) => one.parameter === parameter);
    expect(error?.rule).toMatch(rule);
  });

  test("a step of a second, hours over a year, a table that there is not", async () => {
    for (const [query, rule] of [
      ["trends?step=1s", /must be one of 1h, 1d/],
      ["trends?step=1h&from=2025-11-21T00:00:00Z&to=2026-11-21T00:00:00Z", /must be 1d for a range/],
      ["trends?format=csv&table=nothing", /must be one of series/],
      ["peak-hours?stream=readings&format=csv&table=peaks", /must be one of rows/],
      ["trends?limit=101", /from 1 to 100/],
    ] as const) {
      const problem = (await (await get(query)).json()) as Problem;
      expect(problem).toMatchObject({ status: 400 });
      expect(problem.errors![0]!.rule).toMatch(rule);
    }
  });

  test("a road that nobody knows is not found; a day without data is empty, with coverage 0", async () => {
    expect((await get("trends?roads=a,atlantis")).status).toBe(404);
    const response = await get(
      "daily-summary?from=2026-01-10T00:00:00%2B01:00&to=2026-01-11T00:00:00%2B01:00",
    );
    const { data, meta } = (await response.json()) as { data: object[]; meta: object };
    expect(data).toMatchObject([{ date: "2026-01-10", n: 0, coverage: 0, avg_speed: null, partial: false }]);
    expect(meta).toMatchObject({ coverage: 0, as_of: null });
  });
});

describe("answers", () => {
  const paths = [
    "traffic-summary?compare=previous",
    "statistics?compare=typical",
    "trends?compare=yesterday",
    "peak-hours",
    "peak-hours?stream=readings",
    "daily-summary",
    "correlation",
  ];

  test("are as the document says, also where there is data", async () => {
    const document = (await (await app.request("/openapi.json")).json()) as {
      components?: unknown;
      paths: Record<
        string,
        { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }
      >;
    };
    for (const path of paths) {
      const response = await get(path);
      const said = document.paths[`/api/analytics/${path.split("?")[0]}`]!.get.responses["200"]!;
      const schema = said.content["application/json"]!.schema as Record<string, unknown>;
      expect([path, faultsIn(document, schema, await response.json())]).toEqual([path, []]);
    }
  });

  test("come as CSV by Accept, each table by its name", async () => {
    const csv = async (path: string) => {
      const response = await get(path, { accept: "text/csv" });
      expect(response.headers.get("content-type")).toStartWith("text/csv");
      return (await response.text()).split("\r\n");
    };
    const figures = await csv("traffic-summary?compare=yesterday");
    expect(figures[0]).toBe("figure,unit,asked,compared,difference");
    expect(figures[1]).toMatch(/^mean_speed,km\/h,[\d.]+,[\d.]+,'?-?[\d.]+$/);
    expect((await csv("trends"))[0]).toStartWith("start,end,speed,congested_share,partial");
    expect(await csv("trends?table=weekday_hour")).toHaveLength(7 * 24 + 2);
    expect((await csv("trends?table=roads"))[1]).toStartWith("1,a,Road A,Old Town,");
    expect(await csv("peak-hours")).toHaveLength(48 + 2);
    expect((await csv("peak-hours?stream=readings"))[0]).toStartWith("date,hour,location,avg_traffic_level");
    expect((await csv("correlation")).length).toBeGreaterThan(50);
    const named = await get("trends?table=hours&format=csv");
    expect(named.headers.get("content-disposition")).toBe('attachment; filename="trends-hours.csv"');
  });

  test("have a tag: the same question is not answered twice; other words for the range are the same answer", async () => {
    const first = await get("trends", { "accept-encoding": "gzip" });
    expect(first.headers.get("content-encoding")).toBe("gzip");
    const etag = first.headers.get("etag")!;
    expect((await get("trends", { "if-none-match": etag })).status).toBe(304);
    const named = `trends?from=2026-11-15T00:00:00%2B01:00&to=2026-11-21T10:05:00%2B01:00&tz=Europe/Berlin`;
    expect((await get(named)).headers.get("etag")).toBe(etag);
    expect((await get("trends?format=csv")).headers.get("etag")).not.toBe(etag);
  });

  test("temperature and speed that go together have r = 1, whatever the hour of the day does", async () => {
    const { data } = (await (await get("correlation")).json()) as {
      data: { weather_traffic: { cause: string; effect: string; best: object | null }[] };
    };
    const found = data.weather_traffic.find((one) => one.cause === "temperature" && one.effect === "speed");
    expect(found!.best).toMatchObject({ lag_h: 0, r: 1, rho: 1, n: 140 });
  });

  test("paper 004's own address has its bare shape", async () => {
    const response = await app.request("/analytics/trends");
    const body = (await response.json()) as Record<string, unknown[]>;
    expect(Object.keys(body)).toEqual(["hourly_avg_speed", "rush_hour_patterns", "top_congested_roads"]);
    expect(body["hourly_avg_speed"]).toHaveLength(24);
    expect(body["hourly_avg_speed"]![3]).toEqual({ hour: 3, speed: expect.any(Number) });
    expect(body["top_congested_roads"]![0]).toMatchObject({ rank: 1, road_id: "a" });
  });
});

test("without batch views it says that there are none", async () => {
  const { analytics: _, ...without } = bed.serving;
  const { app: bare } = await fixture({ serving: without });
  expect((await bare.request("/api/analytics/trends")).status).toBe(503);
});

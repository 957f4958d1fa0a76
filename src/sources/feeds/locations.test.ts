import { expect, test } from "bun:test";
import { hours } from "../../core/time.ts";
import { readings } from "../../streams/readings.ts";
import { atDoor, contextOf, fixture, NOW } from "./feed-bed.fixture.ts";
import type { FeedReading } from "./feed.ts";
import { locations } from "./locations.ts";

const context = contextOf(locations, { AQICN_TOKEN: "a", TOMTOM_API_KEY: "t", FEED_POINTS: "West@48.2,11" });
const [airRequest, trafficRequest] = locations.requests(context) as [never, never];

const air = (change: object = {}) => {
  const body = JSON.parse(fixture("aqicn-geo").toString()) as { data: object };
  return { status: "ok", data: { ...body.data, ...change } };
};
const traffic = (change: object = {}) => {
  const body = JSON.parse(fixture("tomtom-flow").toString()) as { flowSegmentData: object };
  return { flowSegmentData: { ...body.flowSegmentData, ...change } };
};

/** One poll: both answers, or the one that came. */
function poll(sent: { air?: object; traffic?: object }, now_ms = NOW): FeedReading {
  const answers = [
    ...(sent.air === undefined ? [] : [{ request: airRequest, body: sent.air }]),
    ...(sent.traffic === undefined ? [] : [{ request: trafficRequest, body: sent.traffic }]),
  ].map(({ request, body }) => {
    const read = locations.read(new TextEncoder().encode(JSON.stringify(body)), {
      ...context,
      now_ms,
      request,
    });
    if (!read.ok) throw new Error(read.words);
    expect(read.values).toEqual([]);
    return { request, answer: read.answer };
  });
  return locations.together!(answers, { ...context, now_ms });
}

const values = (sent: Parameters<typeof poll>[0], now_ms = NOW) => {
  const read = poll(sent, now_ms);
  return read.ok ? read.values.flatMap((one) => one.values) : null;
};

test("a location's air and traffic are one reading, at the time of the poll", () => {
  const [value, ...more] = values({ air: air(), traffic: traffic() })!;
  expect(more).toEqual([]);
  expect(value).toEqual({
    location: "West",
    latitude: 48.2,
    longitude: 11,
    aqi_value: 128,
    current_speed: 23,
    free_flow_speed: 48,
  });
  // By hand: 100 · (1 − 23 / 48) = 52; 05:45 UTC is 06:45 in Berlin, a peak hour.
  expect(atDoor(readings, value!)).toMatchObject({
    aqi_value: 128,
    aqi_category: "Unhealthy for Sensitive Groups",
    traffic_level: 52,
    is_peak_hour: true,
  });
});

test("what one upstream does not give is missing, and nothing else", () => {
  expect(values({ air: air() })).toEqual([
    { location: "West", latitude: 48.2, longitude: 11, aqi_value: 128 },
  ]);
  expect(values({ traffic: traffic() })).toEqual([
    { location: "West", latitude: 48.2, longitude: 11, current_speed: 23, free_flow_speed: 48 },
  ]);
  expect(values({})).toEqual([]);
});

test("air that holds no more is left out beside traffic, and alone belongs to its own time", () => {
  const later = NOW + hours(4);
  expect(values({ air: air(), traffic: traffic() }, later)![0]).not.toHaveProperty("aqi_value");
  expect(values({ air: air() }, later)![0]).toMatchObject({
    timestamp: "2026-11-20T05:00:00Z",
    aqi_value: 128,
  });
});

test("a closed road and a historical speed are no traffic of now", () => {
  for (const change of [{ roadClosure: true }, { confidence: 0.5 }])
    expect(values({ air: air(), traffic: traffic(change) })![0]).not.toHaveProperty("current_speed");
});

test("a station far away is told, and the traffic stays", () => {
  const read = poll({ air: air({ city: { geo: [0, 0], name: "Null Island" } }), traffic: traffic() });
  expect(read).toMatchObject({
    ok: true,
    values: [{ values: [{ current_speed: 23 }], faults: [expect.stringContaining("Null Island")] }],
  });
});

test("an error of either is its own", () => {
  const read = (body: object) =>
    locations.read(new TextEncoder().encode(JSON.stringify(body)), { ...context, request: airRequest });
  expect(read({ status: "error", data: "Invalid key" })).toMatchObject({ ok: false, kind: "key" });
  expect(read({ error: "Forbidden" })).toMatchObject({ ok: false, kind: "key" });
});

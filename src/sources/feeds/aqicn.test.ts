import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readings } from "../../streams/readings.ts";
import { aqicn, timeOf } from "./aqicn.ts";
import { hours } from "../../core/time.ts";
import { atDoor, contextOf, fixture, NOW, readAnswer, recorded, valuesOf } from "./feed-bed.fixture.ts";
import { Secret } from "./secret.ts";

const context = contextOf(aqicn, { AQICN_TOKEN: "aqicn-token" });

const answer = (change: object) => {
  const body = JSON.parse(fixture("aqicn-geo").toString());
  return { status: "ok", data: { ...body.data, ...change } };
};

test("each location is asked for by its place, latitude first", () => {
  const requests = aqicn.requests(context);
  expect(requests.map(({ id, url }) => [id, url])).toEqual([
    ["West", "https://api.waqi.info/feed/geo:48.2;11/"],
    ["East", "https://api.waqi.info/feed/geo:48.21;11.1/"],
  ]);
  expect(requests[0]!.query!["token"]).toBeInstanceOf(Secret);
});

test("the index is taken, the sub-indices are not: they are no concentrations", () => {
  const [value] = valuesOf(aqicn, fixture("aqicn-geo"), context);
  expect(value).toEqual({ location: "West", latitude: 48.2, longitude: 11, aqi_value: 128 });
  expect(atDoor(readings, value!)).toMatchObject({
    aqi_value: 128,
    aqi_category: "Unhealthy for Sensitive Groups",
    pm2_5: null,
    ozone: null,
    dominant_pollutant: null,
  });
});

test.each([["-"], [""], ["no data"]])("a station without an index, %p, is no clean air", (aqi) => {
  expect(valuesOf(aqicn, answer({ aqi }), context)).toEqual([]);
});

test("an index as text is one", () => {
  expect(valuesOf(aqicn, answer({ aqi: "57" }), context)[0]).toMatchObject({ aqi_value: 57 });
});

test("an index holds for three hours: read later it belongs to its own time, and is not shown as now", () => {
  const at = (now_ms: number) =>
    valuesOf(aqicn, fixture("aqicn-geo"), { ...context, now_ms })[0]!["timestamp"];
  const measured_ms = Date.UTC(2026, 10, 20, 5);
  expect(at(measured_ms + hours(3))).toBeUndefined();
  expect(at(measured_ms + hours(3) + 1)).toBe("2026-11-20T05:00:00Z");
});

test("a station in another city is not believed, with its name and distance", () => {
  const reading = (city: object) => {
    const read = readAnswer(aqicn, answer({ city }), context);
    return read.ok ? read.values[0] : null;
  };
  expect(reading({ geo: [47.2, 11], name: "Far away" })).toEqual({
    stream: readings,
    values: [],
    faults: ["the nearest station to West, Far away, is 111.2 km away: at most 25 km count"],
  });
  // Latitude comes first there: taken the other way round, the town's own station would be in Somalia.
  expect(reading({ geo: ["48.2091", "11.0131"] })).toMatchObject({
    faults: [],
    values: [{ aqi_value: 128 }],
  });
});

test("case 22: local time is taken with its offset, never from `v`; without an offset it is no time", () => {
  const instant = (time: object) => {
    const later = { ...context, now_ms: NOW + hours(9) };
    return valuesOf(aqicn, answer({ time }), later)[0]!["timestamp"];
  };
  expect(instant({ s: "2026-11-20 12:00:00", tz: "+07:00", v: 1_795_176_000 })).toBe("2026-11-20T05:00:00Z");
  expect(instant({ s: "2026-11-19 21:30:00", tz: "-08:00" })).toBe("2026-11-20T05:30:00Z");
  const read = readAnswer(aqicn, answer({ time: { s: "2026-11-20 12:00:00", v: 1_795_176_000 } }), context);
  expect(read).toMatchObject({
    ok: true,
    values: [{ values: [], faults: [expect.stringContaining("does not say when it measured, with a zone")] }],
  });
});

test("any local time with any offset is the same instant, from `iso` and from its parts", () => {
  const two = (n: number): string => String(n).padStart(2, "0");
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2000, 0, 2) / 1_000, max: Date.UTC(2060, 0, 1) / 1_000 }),
      fc.integer({ min: -12 * 60, max: 14 * 60 }),
      (at_s, offset_min) => {
        const local = new Date((at_s + offset_min * 60) * 1_000).toISOString().slice(0, 19);
        const size = Math.abs(offset_min);
        const tz = `${offset_min < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(timeOf({ iso: `${local}${tz}` })).toBe(at_s * 1_000);
        expect(timeOf({ s: local.replace("T", " "), tz })).toBe(at_s * 1_000);
      },
    ),
  );
});

test.each([
  [{ status: "error", data: "Invalid key" }, "key"],
  [{ status: "error", data: "Over quota" }, "rate"],
  [{ status: "error", data: "Unknown station" }, "upstream"],
  [{ status: "error", data: null, message: "404" }, "upstream"],
  [{ status: "nope", data: "no such service" }, "upstream"],
])("an error comes with status 200 and a sentence for data: %j", (body, kind) => {
  expect(readAnswer(aqicn, body, context)).toMatchObject({ ok: false, kind });
});

test.each([[{ status: "ok", data: { aqi: 12 } }], [{ data: {} }], ["ok"], [{ status: "ok", data: [] }]])(
  "a changed field is told: %j",
  (body) => {
    expect(readAnswer(aqicn, body, context)).toMatchObject({ ok: false, kind: "schema" });
  },
);

const utrecht = recorded("feeds/waqi_utrecht_2023-08-07.json");

describe.skipIf(!utrecht.there)("recorded in Utrecht on 2023-08-07", () => {
  test("index 29 at 17:00 summer time is 15:00 UTC, and not what `v` says", () => {
    const there = contextOf(aqicn, { AQICN_TOKEN: "t", FEED_POINTS: "Utrecht@52.0907,5.1214" });
    const data = JSON.parse(utrecht.read().toString()) as { time: { v: number } };
    const [value] = valuesOf(aqicn, { status: "ok", data }, there);
    expect(value).toEqual({
      location: "Utrecht",
      timestamp: "2023-08-07T15:00:00Z",
      latitude: 52.0907,
      longitude: 5.1214,
      aqi_value: 29,
    });
    expect(new Date(data.time.v * 1_000).toISOString()).toBe("2023-08-07T17:00:00.000Z");
    expect(atDoor(readings, value!)).toMatchObject({ aqi_value: 29, aqi_category: "Good" });
  });
});

/** Each feed against a server that speaks like its upstream, through the poller and the door, into a log. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { feedStatus } from "../../core/feed-status.ts";
import { hours, minutes, seconds } from "../../core/time.ts";
import { readings } from "../../streams/readings.ts";
import { traffic } from "../../streams/traffic.ts";
import { vehicles } from "../../streams/vehicles.ts";
import { weather } from "../../streams/weather.ts";
import { aqicn } from "./aqicn.ts";
import { NOW, recorded } from "./feed-bed.fixture.ts";
import type { Feed } from "./feed.ts";
import { gtfsRt } from "./gtfs-rt.ts";
import { here } from "./here.ts";
import { locations } from "./locations.ts";
import { openMeteo, openMeteoAir } from "./open-meteo.ts";
import { bytes, float, message, string, uint } from "./protobuf.fixture.ts";
import { KEYS, openProviders, type Providers } from "./providers.fixture.ts";
import { feedSettings } from "./settings.ts";
import { tomtom } from "./tomtom.ts";
import { bed, type Bed } from "./upstream.fixture.ts";

let upstream: Providers;
const beds: Bed[] = [];

beforeAll(async () => {
  upstream = await openProviders();
});
afterAll(() => upstream.close());
afterEach(() => {
  upstream.reset();
  // Whatever happened: no key is anywhere that anybody reads.
  for (const { poller, warnings, letters, noted } of beds.splice(0)) {
    const told = JSON.stringify([poller.record, warnings, letters(), noted]);
    for (const key of Object.values(KEYS)) expect(told).not.toContain(key);
  }
});

function start(feed: Feed, env: Readonly<Record<string, string>> = {}, now_ms = NOW): Bed {
  const settings = feedSettings(feed, {
    HERE_API_KEY: KEYS.here,
    HERE_URL: upstream.url,
    TOMTOM_API_KEY: KEYS.tomtom,
    TOMTOM_URL: upstream.url,
    AQICN_TOKEN: KEYS.aqicn,
    AQICN_URL: upstream.url,
    OPEN_METEO_URL: upstream.url,
    OPEN_METEO_AIR_URL: upstream.url,
    GTFS_RT_URL: `${upstream.url}/vehicles.pb`,
    GTFS_RT_KEY: KEYS.gtfs,
    ...env,
  });
  const made = bed(feed, { settings });
  made.time.now_ms = now_ms;
  beds.push(made);
  return made;
}

describe("HERE", () => {
  test("what is measured within the city's bounds comes in as km/h, at HERE's own time", async () => {
    const { poll, log } = start(here);
    const record = await poll();
    expect(log.values(traffic.topic)).toMatchObject([
      {
        road_name: "Kastanienallee",
        current_speed: 19.8,
        free_flow_speed: 42.98,
        timestamp: "2026-11-20T05:41:12Z",
      },
      { road_name: "Uferbrücke", current_speed: 0, road_closed: true, jam_factor: 10 },
      { current_speed: 53, free_flow_speed: 50 },
    ]);
    expect(record).toMatchObject({ last_error: null, totals: { accepted: 3, rejected: 0 } });
    expect(upstream.asked).toHaveLength(1);
    expect(upstream.asked[0]).toContain("in=bbox:10.8,48.1,11.2,48.3&locationReferencing=shape");
  });

  test("an answer without results is no trouble, and a refused key is told as one", async () => {
    upstream.say("/flow", () => upstream.json({ sourceUpdated: null, results: [] }));
    const { poll } = start(here);
    expect(await poll()).toMatchObject({ failed_polls: 0, last_error: null, totals: { accepted: 0 } });
    const wrong = start(here, { HERE_API_KEY: "not-the-key" });
    upstream.reset();
    expect(await wrong.poll()).toMatchObject({ failed_polls: 1, last_error: { kind: "key" } });
    expect(JSON.stringify([wrong.poller.record, wrong.warnings])).not.toContain("not-the-key");
    expect(upstream.asked).toHaveLength(1);
  });
});

describe("TomTom", () => {
  const POINTS = "town_1@48.2,11;far away@70,11;High Street@48.21,11.1";

  test("each point's road has its speed now; a point without a road is no failure", async () => {
    const { poll, log } = start(tomtom, { FEED_POINTS: POINTS });
    const record = await poll();
    expect(
      log.values(traffic.topic).toSorted((a, b) => (a["road_id"]! < b["road_id"]! ? -1 : 1)),
    ).toMatchObject([
      { road_id: "town_1", road_name: "Ring", current_speed: 23, timestamp: "2026-11-20T05:45:00Z" },
      { road_id: "town_3", road_name: "High Street", current_speed: 23, free_flow_speed: 48 },
    ]);
    expect(record).toMatchObject({
      failed_polls: 0,
      last_error: null,
      totals: { ok: 3, failed: 0, accepted: 2 },
    });
  });

  test("an unchanged answer is no new event, until its live state would go out: then it is confirmed", async () => {
    const { poll, log, time } = start(tomtom, { FEED_POINTS: "town_1@48.2,11" });
    await poll();
    time.now_ms += minutes(1);
    expect(await poll()).toMatchObject({ totals: { ok: 2, unchanged: 1, accepted: 1 } });
    time.now_ms += minutes(4);
    await poll();
    expect(log.values(traffic.topic).map((event) => event["timestamp"])).toEqual([
      "2026-11-20T05:45:00Z",
      "2026-11-20T05:50:00Z",
    ]);
  });

  test("a refused key ends the poll, in HTML as TomTom has it", async () => {
    const { poll } = start(tomtom, { TOMTOM_API_KEY: "expired-key" });
    expect(await poll()).toMatchObject({
      last_error: { kind: "key" },
      totals: { failed: upstream.asked.length },
    });
    expect(upstream.asked.length).toBeLessThan(3);
  });

  const toronto = recorded("feeds/tomtom_flowSegmentData_toronto_2019.json");
  test.skipIf(!toronto.there)("the answer that was recorded in Toronto comes in", async () => {
    upstream.say("/traffic", () => ({ body: toronto.read() }));
    const { poll, log } = start(tomtom, { FEED_POINTS: "Bay Street@43.6669,-79.3836" });
    await poll();
    expect(log.values(traffic.topic)).toMatchObject([
      {
        road_id: "Bay Street",
        current_speed: 10,
        free_flow_speed: 17,
        latitude: 43.668328,
        longitude: -79.384199,
      },
    ]);
  });
});

describe("AQICN", () => {
  test("the index of the station nearby is a reading of now; bytes that differ are not news", async () => {
    const { poll, log, time } = start(aqicn, { FEED_POINTS: "West@48.2,11" });
    await poll();
    time.now_ms += minutes(5);
    expect(await poll()).toMatchObject({ totals: { ok: 2, unchanged: 1, accepted: 1 } });
    expect(log.values(readings.topic)).toMatchObject([
      { location: "West", aqi_value: 128, timestamp: "2026-11-20T05:45:00Z" },
    ]);
  });

  test("errors come with status 200: a key, a quota", async () => {
    const wrong = start(aqicn, { AQICN_TOKEN: "no-such-token" });
    expect(await wrong.poll()).toMatchObject({ last_error: { kind: "key", words: "Invalid key" } });
    upstream.say("/feed/", () => upstream.json({ status: "error", data: "Over quota" }));
    expect(await start(aqicn).poll()).toMatchObject({ last_error: { kind: "rate", words: "Over quota" } });
  });

  test("a station far away is told on the feed's page, is no failed call, and warns once", async () => {
    const { poll, warnings, log } = start(aqicn, { FEED_POINTS: "West@48.2,11;Hamlet@49,12" });
    const record = await poll();
    await poll();
    expect(log.values(readings.topic)).toMatchObject([{ location: "West" }]);
    expect(record).toMatchObject({ failed_polls: 0, totals: { failed: 0 } });
    expect(record.last_error?.words).toContain("the nearest station to Hamlet, Arteria sample, is 114");
    expect(warnings).toHaveLength(1);
  });

  test("a station that stopped hours ago is stored at its own time, and its feed is late", async () => {
    const { poll, log, time } = start(aqicn, { FEED_POINTS: "West@48.2,11" }, NOW + hours(6));
    const record = await poll();
    expect(log.values(readings.topic)).toMatchObject([{ timestamp: "2026-11-20T05:00:00Z" }]);
    expect(feedStatus(record, time.now_ms).state).toBe("late");
  });
});

describe("locations", () => {
  const POINTS = { FEED_POINTS: "West@48.2,11;East@48.21,11.1" };

  test("air and traffic of a location are one event", async () => {
    const { poll, log } = start(locations, POINTS);
    const record = await poll();
    expect(log.values(readings.topic)).toMatchObject([
      {
        location: "West",
        aqi_value: 128,
        current_speed: 23,
        free_flow_speed: 48,
        timestamp: "2026-11-20T05:45:00Z",
      },
      { location: "East", aqi_value: 128, current_speed: 23, free_flow_speed: 48 },
    ]);
    expect(record).toMatchObject({ totals: { ok: 4, accepted: 2 }, quota: { calls: 4, max: 5_000 } });
  });

  test("one upstream that is down, or refuses its key, costs the other's half nothing", async () => {
    const other = await openProviders();
    try {
      const air_only = start(locations, { ...POINTS, TOMTOM_URL: other.url, TOMTOM_API_KEY: "expired-key" });
      const record = await air_only.poll();
      expect(air_only.log.values(readings.topic)).toMatchObject([
        { location: "West", aqi_value: 128 },
        { location: "East", aqi_value: 128 },
      ]);
      expect(air_only.log.values(readings.topic)[0]).not.toHaveProperty("current_speed");
      expect(record).toMatchObject({ failed_polls: 0, last_error: { kind: "key" } });

      other.say("/feed", () => ({ status: 500, body: "{}" }));
      const traffic_only = start(locations, { ...POINTS, AQICN_URL: other.url });
      for (let n = 0; n < 3; n++) {
        await traffic_only.poll();
        traffic_only.time.now_ms += minutes(6);
      }
      // The circuit of one is open, and the other is asked all the same.
      expect(traffic_only.poller.record).toMatchObject({ circuit: "open", failed_polls: 0 });
      const events = traffic_only.log.values(readings.topic);
      expect(events).toHaveLength(6);
      for (const event of events) {
        expect(event).toMatchObject({ current_speed: 23 });
        expect(event["aqi_value"] ?? null).toBeNull();
      }
    } finally {
      await other.close();
    }
  });
});

describe("Open-Meteo", () => {
  const POINTS = { FEED_POINTS: "West@48.2,11;East@48.21,11.1" };

  test("weather of all places comes with one call, at the model's time; asked again it is the same events", async () => {
    const { poll, log } = start(openMeteo, POINTS);
    await poll();
    const events = log.values(weather.topic);
    expect(events).toMatchObject([
      { station: "West", precipitation: 1.2, visibility_km: 8.6, timestamp: "2026-11-20T05:15:00Z" },
      { station: "East", temperature: 4.1 },
    ]);
    expect(upstream.asked).toHaveLength(1);
    const again = start(openMeteo, POINTS);
    await again.poll();
    expect(again.log.values(weather.topic)).toEqual(events);
  });

  test("air of one place is an object", async () => {
    const { poll, log } = start(openMeteoAir, { FEED_POINTS: "West@48.2,11" });
    await poll();
    expect(log.values(readings.topic)).toMatchObject([
      { location: "West", pm2_5: 43.7, carbon_monoxide: 412 },
    ]);
  });

  test("400 with a reason is told with the reason", async () => {
    upstream.say("/v1/forecast", () =>
      upstream.json({ error: true, reason: "Latitude must be in range" }, 400),
    );
    const record = await start(openMeteo, POINTS).poll();
    expect(record).toMatchObject({ failed_polls: 1, last_error: { kind: "status" } });
    expect(record.last_error!.words).toContain("Latitude must be in range");
  });

  test("case 27: a changed unit is refused, and nothing of the answer is taken", async () => {
    const { body } = { body: JSON.stringify(JSON.parse(await (await fetch(askedWeather())).text())) };
    upstream.say("/v1/forecast", () => ({ body: body.replaceAll('"°C"', '"°F"') }));
    const { poll, log } = start(openMeteo, POINTS);
    expect(await poll()).toMatchObject({ last_error: { kind: "mapping" } });
    expect(log.values(weather.topic)).toEqual([]);
  });

  const askedWeather = (): string =>
    `${upstream.url}/v1/forecast?latitude=48.2,48.21&longitude=11,11.1&current=temperature_2m&timeformat=unixtime`;
});

describe("GTFS-Realtime", () => {
  const bus = (id: string, at_ms: number): number[] =>
    bytes(
      2,
      message(
        string(1, `${at_ms}_${id}`),
        bytes(
          4,
          message(
            bytes(2, message(float(1, 48.2), float(2, 11), float(3, 90), float(5, 10))),
            uint(5, at_ms / 1_000),
            bytes(8, message(string(1, id))),
          ),
        ),
      ),
    );
  const header = (at_ms: number): number[] => bytes(1, message(string(1, "2.0"), uint(3, at_ms / 1_000)));
  const now = message(header(NOW), bus("bus-1", NOW - seconds(20)), bus("bus-2", NOW - seconds(40)));

  test("positions come in with the agency's key in a header; an unchanged file is not sent again", async () => {
    upstream.say("/vehicles.pb", upstream.agency(now));
    const { poll, log, time } = start(gtfsRt);
    await poll();
    expect(log.values(vehicles.topic)).toMatchObject([
      { vehicle_id: "bus-1", speed: 36, heading: 90, timestamp: "2026-11-20T05:44:40Z" },
      { vehicle_id: "bus-2", timestamp: "2026-11-20T05:44:20Z" },
    ]);
    const record = await poll();
    expect(record).toMatchObject({ every_ms: seconds(30), totals: { unchanged: 1, accepted: 2 } });
    expect(feedStatus(record, time.now_ms).state).toBe("ok");
  });

  test("a feed of yesterday is stored by its own times, and told as late", async () => {
    const yesterday = NOW - hours(24);
    upstream.say("/vehicles.pb", upstream.agency(message(header(yesterday), bus("bus-1", yesterday))));
    const { poll, log, time } = start(gtfsRt);
    const record = await poll();
    expect(log.values(vehicles.topic)).toMatchObject([{ timestamp: "2026-11-19T05:45:00Z" }]);
    expect(feedStatus(record, time.now_ms)).toMatchObject({ state: "late", age_ms: hours(24) });
  });

  test("a protobuf cut in half is one error in words, and nothing of it is stored", async () => {
    upstream.say("/vehicles.pb", upstream.agency(now.subarray(0, now.length >> 1)));
    const { poll, log } = start(gtfsRt);
    const record = await poll();
    expect(record).toMatchObject({
      failed_polls: 1,
      last_error: { kind: "decode" },
      totals: { accepted: 0 },
    });
    expect(record.last_error!.words).toContain("it ends too early");
    expect(log.appends).toEqual([]);
  });

  test("no position and a time to come are refused at the door, one by one", async () => {
    const nowhere = bytes(
      2,
      message(
        string(1, "e"),
        bytes(4, message(bytes(2, message(float(1, 0), float(2, 0))), bytes(8, message(string(1, "lost"))))),
      ),
    );
    upstream.say(
      "/vehicles.pb",
      upstream.agency(message(header(NOW), bus("bus-1", NOW), nowhere, bus("early", NOW + hours(1)))),
    );
    const { poll, log, letters } = start(gtfsRt);
    expect(await poll()).toMatchObject({ totals: { accepted: 1, rejected: 2 } });
    expect(log.values(vehicles.topic)).toMatchObject([{ vehicle_id: "bus-1" }]);
    expect(letters().map((letter) => letter["reason"])).toEqual(["geo", "future"]);
  });

  const captured = recorded("gtfs-rt/vehiclepositions.pb");
  const enhanced = recorded("gtfs-rt/VehiclePositions_enhanced.json");
  test.skipIf(!captured.there || !enhanced.there)(
    "what was recorded in Boston comes in whole, in both formats",
    async () => {
      upstream.say("/vehicles.pb", upstream.agency(captured.read()));
      const binary = start(gtfsRt);
      expect(await binary.poll()).toMatchObject({ totals: { accepted: 48, rejected: 0 } });
      expect(new Set(binary.log.values(vehicles.topic).map((event) => event["vehicle_id"])).size).toBe(48);

      upstream.say("/vehicles.pb", upstream.agency(enhanced.read(), "application/json"));
      const text = start(gtfsRt);
      const record = await text.poll();
      expect(record).toMatchObject({ totals: { accepted: 550, rejected: 0 } });
      expect(feedStatus(record, text.time.now_ms).state).toBe("late");
    },
  );
});

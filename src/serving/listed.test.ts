import { describe, expect, test } from "bun:test";
import { assert, asyncProperty, double, integer, pre, record } from "fast-check";
import { streamScene } from "../../test/stream-scene.ts";
import { distance_km, type Position } from "../core/geo.ts";
import { formatInstant, minutes, seconds } from "../core/time.ts";
import { emergencies } from "../streams/emergencies.ts";
import { traffic } from "../streams/traffic.ts";
import { vehicles } from "../streams/vehicles.ts";
import { weather } from "../streams/weather.ts";

const scene = () => streamScene([traffic, vehicles, emergencies, weather]);
type Scene = ReturnType<typeof scene>;

const vehicle = (
  { clock }: Scene,
  vehicle_id: string,
  ago_ms = 0,
  [longitude, latitude]: Position = [11, 48],
) => ({
  event_id: `${vehicle_id} ${clock.ms - ago_ms}`,
  timestamp: formatInstant(clock.ms - ago_ms),
  vehicle_id,
  longitude,
  latitude,
});

describe("near", () => {
  test("law: a vehicle is on the list if the great circle to it is no longer than the radius", async () => {
    await assert(
      asyncProperty(
        record({
          lng: double({ min: -179.9, max: 179.9, noNaN: true }),
          lat: double({ min: -89, max: 89, noNaN: true }),
          radius_km: integer({ min: 0, max: 200 }),
          east: double({ min: -1.5, max: 1.5, noNaN: true }),
          north: double({ min: -1.5, max: 1.5, noNaN: true }),
        }),
        async ({ lng, lat, radius_km, east, north }) => {
          const one = scene();
          const round = (n: number): number => Math.round(n * 1e6) / 1e6;
          // Beyond the antimeridian it goes on at the other end.
          const there: Position = [
            round(((lng + east + 540) % 360) - 180),
            round(Math.max(-90, Math.min(90, lat + north))),
          ];
          // No receiver's place: refused at the door.
          pre(there[0] !== 0 || there[1] !== 0);
          await one.send(vehicles, [vehicle(one, "v", 0, there)]);
          const { data } = await one.serving.current(vehicles, { near: { at: [lng, lat], radius_km } });
          expect(data.length).toBe(distance_km([lng, lat], there) <= radius_km ? 1 : 0);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("a road is as near as the nearest place on it; what has no place is not near", async () => {
    const one = scene();
    const at = formatInstant(one.clock.ms);
    await one.send(traffic, [
      { event_id: "1", timestamp: at, road_id: "a", current_speed: 40 },
      { event_id: "2", timestamp: at, road_id: "nowhere", current_speed: 40 },
    ]);
    // Road a goes from 11, 48 to 11.05, 48.05: this is beside its middle, 4 km from both ends.
    const middle: Position = [11.026, 48.025];
    const ids = async (radius_km: number) =>
      (await one.serving.current(traffic, { near: { at: middle, radius_km } })).data.map(
        (row) => row["road_id"],
      );
    expect(await ids(0.1)).toEqual(["a"]);
    expect(await ids(0.01)).toEqual([]);
    expect(await ids(200)).toEqual(["a"]);
  });

  test("of known keys, those that are near are expected", async () => {
    const one = scene();
    const at = formatInstant(one.clock.ms - minutes(50));
    const station = (name: string, longitude: number) => ({
      event_id: name,
      timestamp: at,
      station: name,
      latitude: 48,
      longitude,
    });
    await one.send(weather, [station("near", 11), station("far", 12)]);
    const { data, meta } = await one.serving.current(weather, { near: { at: [11, 48], radius_km: 10 } });
    expect(data.map((row) => row["station"])).toEqual(["near"]);
    expect(meta).toMatchObject({ coverage: 0, stale: true });
  });
});

describe("max_age", () => {
  test("leaves out what is older, to the millisecond; keys that come and go are not missed", async () => {
    const one = scene();
    await one.send(vehicles, [
      vehicle(one, "now"),
      vehicle(one, "edge", seconds(600)),
      vehicle(one, "old", seconds(601)),
    ]);
    const { data, meta } = await one.serving.current(vehicles, { max_age_ms: seconds(600) });
    expect(data.map((row) => row["vehicle_id"])).toEqual(["edge", "now"]);
    // The one on the edge is stale; the old one is not expected.
    expect(meta).toMatchObject({ stale: false, coverage: 0.5 });
    expect((await one.serving.current(vehicles, {})).data).toHaveLength(3);
  });

  test("pages are of the list as it is asked, and coverage is of all its pages", async () => {
    const one = scene();
    await one.send(
      vehicles,
      ["a", "b", "c", "d"].map((id, n) => vehicle(one, id, n === 1 ? seconds(700) : 0)),
    );
    const first = await one.serving.current(vehicles, { max_age_ms: seconds(600), limit: 2 });
    expect(first.data.map((row) => row["vehicle_id"])).toEqual(["a", "c"]);
    expect(first.meta.coverage).toBe(1);
    const cursor = first.meta.next_cursor!;
    const second = await one.serving.current(vehicles, { max_age_ms: seconds(600), limit: 2, cursor });
    expect(second.data.map((row) => row["vehicle_id"])).toEqual(["d"]);
    expect(second.meta.next_cursor).toBeUndefined();
  });
});

describe("a named list", () => {
  test("is shared bytes of its own, with a tag that changes when a row grows too old", async () => {
    const one = scene();
    await one.send(vehicles, [vehicle(one, "a"), vehicle(one, "b", seconds(595))]);
    const listed = { max_age_ms: seconds(600) };
    const first = await one.serving.shared(vehicles, listed);
    expect(first.answer.data).toHaveLength(2);
    expect(JSON.parse(new TextDecoder().decode(first.json))).toEqual(
      JSON.parse(JSON.stringify(first.answer)),
    );
    one.clock.ms += seconds(6);
    const second = await one.serving.shared(vehicles, listed);
    expect(second.answer.data.map((row) => row["vehicle_id"])).toEqual(["a"]);
    expect(second.etag).not.toBe(first.etag);
    expect((await one.serving.shared(vehicles)).answer.data).toHaveLength(2);
    expect(await one.serving.shared(vehicles, listed)).toBe(second);
  });

  test("of what is active leaves out the closed", async () => {
    const one = scene();
    const state = (emergency_id: string, status: string) => ({
      event_id: `${emergency_id} ${status}`,
      timestamp: formatInstant(one.clock.ms),
      emergency_id,
      status,
      latitude: 48,
      longitude: 11,
    });
    await one.send(emergencies, [state("a", "on_scene"), state("b", "closed"), state("c", "dispatched")]);
    const { answer } = await one.serving.shared(emergencies, { active: true });
    expect(answer.data.map((row) => row["emergency_id"])).toEqual(["a", "c"]);
    expect(answer.meta.coverage).toBe(1);
    expect((await one.serving.shared(emergencies)).answer.data).toHaveLength(3);
    expect((await one.serving.current(emergencies, { active: true, keys: ["b", "c"] })).data).toHaveLength(1);
  });
});

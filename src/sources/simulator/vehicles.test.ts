import { expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { distance_km, type Position } from "../../core/geo.ts";
import { hours, minutes } from "../../core/time.ts";
import type { Made } from "./maker.ts";
import { SPEED_STEP_MS } from "./road-speeds.ts";
import { onTour, WALKING_KMH } from "./tour.ts";
import type { Moment } from "./traffic.ts";
import { vehiclesOf } from "./vehicles.ts";
import { worldOf } from "./world.ts";

const city = demo();
const world = worldOf(city, 1, 80);
const RUSH = Date.UTC(2026, 10, 20, 16, 30);
const place = (event: Made): Position => [Number(event["longitude"]), Number(event["latitude"])];
const timeOf = (event: Made): number => Date.parse(String(event["timestamp"]));

const moments = new Map<number, Moment>();
const momentAt = (step: number): Moment => {
  const moment = moments.get(step) ?? world.traffic.trendAt(step * SPEED_STEP_MS);
  moments.set(step, moment);
  return moment;
};

/** Reports by vehicle, in the order of time. */
function tracks(from_ms: number, to_ms: number, period_ms: number): Map<string, Made[]> {
  const out = new Map<string, Made[]>();
  for (const event of vehiclesOf(world, { period_ms, parked_every: 4 }).between(from_ms, to_ms)) {
    const id = String(event["vehicle_id"]);
    out.set(id, [...(out.get(id) ?? []), event]);
  }
  return out;
}

test("each is on a road, and no faster than 1.4 times what the road is driven at", () => {
  let seen = 0;
  for (const [number, vehicle] of world.fleet.entries()) {
    for (let ms = RUSH; ms < RUSH + hours(1); ms += 7_919) {
      const tour = world.tourAt(number, ms);
      const on = tour === null ? null : onTour(tour, ms);
      if (on === null) continue;
      seen++;
      // A speed stands for a minute; who is on a road that is closed leaves it at walking pace.
      const driven = Math.max(WALKING_KMH, momentAt(Math.floor(ms / SPEED_STEP_MS)).speed(on.road));
      expect([vehicle.vehicle_id, on.speed <= 1.4 * driven]).toEqual([vehicle.vehicle_id, true]);
    }
  }
  expect(seen).toBeGreaterThan(8_000);
  for (const track of tracks(RUSH, RUSH + minutes(2), 15_000).values()) {
    for (const event of track) {
      const near = world.streets.position(world.streets.nearestTo(place(event)));
      expect(distance_km(place(event), near)).toBeLessThan(0.03);
    }
  }
});

test("from one report to the next it has driven what its speed says, on both sides of a tour's end and begin", () => {
  let driven = 0;
  for (const track of tracks(RUSH, RUSH + hours(1.2), 5_000).values()) {
    for (let i = 1; i < track.length; i++) {
      const [a, b] = [track[i - 1]!, track[i]!];
      const gone_h = (timeOf(b) - timeOf(a)) / hours(1);
      const far_km = distance_km(place(a), place(b));
      const fastest = Math.max(Number(a["speed"]), Number(b["speed"]));
      // Between two reports it may have passed a faster road: 70 m more than at either end.
      expect(far_km).toBeLessThanOrEqual(fastest * gone_h + 0.07);
      if (far_km > 0.01) driven++;
    }
  }
  expect(driven).toBeGreaterThan(10_000);
});

test("who drives looks where it drives to", () => {
  let off = 0;
  let seen = 0;
  for (const track of tracks(RUSH, RUSH + minutes(10), 2_000).values()) {
    for (let i = 1; i < track.length; i++) {
      const [a, b] = [place(track[i - 1]!), place(track[i]!)];
      if (distance_km(a, b) < 0.01) continue;
      const east = (b[0] - a[0]) * Math.cos((a[1] * Math.PI) / 180);
      const course = (Math.atan2(east, b[1] - a[1]) * 180) / Math.PI;
      const turned = Math.abs(((Number(track[i - 1]!["heading"]) - course + 540) % 360) - 180);
      seen++;
      if (turned > 30) off++;
    }
  }
  expect(seen).toBeGreaterThan(4_000);
  // But for where it turned between the two.
  expect(off / seen).toBeLessThan(0.1);
});

test("by day most drive, at night few; buses keep to their lines", () => {
  const share = (ms: number): number =>
    world.fleet.filter((_, i) => {
      const tour = world.tourAt(i, ms);
      return tour !== null && onTour(tour, ms) !== null;
    }).length / world.fleet.length;
  const night = share(Date.UTC(2026, 10, 20, 2));
  expect(share(RUSH)).toBeGreaterThan(0.6);
  expect(night).toBeLessThan(share(RUSH) / 2);
  expect(night).toBeGreaterThan(0);
  const buses = [...tracks(RUSH, RUSH + minutes(10), 15_000)].filter(([id]) => id.startsWith("bus"));
  for (const [, track] of buses)
    for (const event of track)
      expect(String(event["trip_id"]).startsWith(`${event["route_id"]}-`)).toBe(true);
  for (const vehicle of world.fleet.filter(({ line }) => line !== null)) {
    const line = new Set(world.streets.way(vehicle.home, vehicle.line!.far)!.map(({ road }) => road));
    const tour = world.tourAt(world.fleet.indexOf(vehicle), RUSH);
    const there = [...new Set(tour === null ? [] : tour.road)];
    // All but what a closed road makes it drive around.
    expect(there.filter((road) => !line.has(road)).length).toBeLessThanOrEqual(there.length / 3);
  }
});

test("those on the way report each period, those at home never, or each so many-th", () => {
  const night = Date.UTC(2026, 10, 20, 2);
  const count = (parked_every?: number): Map<string, number> => {
    const by = new Map<string, number>();
    const options = parked_every === undefined ? {} : { parked_every };
    for (const event of vehiclesOf(world, options).between(night, night + minutes(5)))
      by.set(String(event["vehicle_id"]), (by.get(String(event["vehicle_id"])) ?? 0) + 1);
    return by;
  };
  expect(count().size).toBeLessThan(world.fleet.length / 2);
  expect(Math.max(...count().values())).toBe(20);
  const by = count(20);
  // In five minutes everyone has reported at least once, and nobody more than twenty times.
  expect(by.size).toBe(world.fleet.length);
  expect(Math.max(...by.values())).toBe(20);
  expect([...by.values()].filter((n) => n === 1).length).toBeGreaterThan(world.fleet.length / 2);
});

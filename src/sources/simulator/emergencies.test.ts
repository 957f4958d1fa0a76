import { expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { distance_km } from "../../core/geo.ts";
import { hours } from "../../core/time.ts";
import { emergencyStates, severities } from "../../streams/emergencies.ts";
import { emergenciesOf } from "./emergencies.ts";
import type { Made } from "./maker.ts";
import { onTour } from "./tour.ts";
import { worldOf } from "./world.ts";

const city = demo();
const world = worldOf(city, 1, 12);
const maker = emergenciesOf(world);
const HOURS = 7;
const from_ms = Date.UTC(2026, 10, 20, 6);
const events = maker.between(from_ms, from_ms + hours(HOURS));
const timeOf = (event: Made): number => Date.parse(String(event["timestamp"]));
const calls = new Map<string, Made[]>();
for (const event of events) {
  const id = String(event["emergency_id"]);
  calls.set(id, [...(calls.get(id) ?? []), event]);
}
const whole = [...calls.values()].filter(
  (call) => call[0]!["status"] === "dispatched" && call.at(-1)!["status"] === "closed",
);

test("a call comes every few minutes by day, and several are open at any moment", () => {
  expect(calls.size / HOURS).toBeGreaterThan(6);
  expect(calls.size / HOURS).toBeLessThan(20);
  const open: number[] = [];
  for (let ms = from_ms + hours(1); ms < from_ms + hours(HOURS); ms += hours(0.25)) {
    const states = new Map<string, unknown>();
    for (const event of events)
      if (timeOf(event) <= ms) states.set(String(event["emergency_id"]), event["status"]);
    open.push([...states.values()].filter((status) => status !== "closed").length);
  }
  expect(open.reduce((a, b) => a + b, 0) / open.length).toBeGreaterThan(3);
  expect(Math.max(...open)).toBeLessThanOrEqual(12);
});

test("each goes through its states in their order, opens before it closes, and closes within the hour", () => {
  expect(whole.length).toBeGreaterThan(30);
  for (const call of whole) {
    const states = call.map(({ status }) =>
      emergencyStates.indexOf(String(status) as (typeof emergencyStates)[number]),
    );
    expect(states).toEqual(states.toSorted((a, b) => a - b));
    expect(new Set(states).size).toBe(states.length);
    const times = call.map(timeOf);
    for (let i = 1; i < times.length; i++) expect(times[i]!).toBeGreaterThan(times[i - 1]!);
    expect(Date.parse(String(call[0]!["opened_at"]))).toBe(times[0]!);
    expect(times.at(-1)! - times[0]!).toBeLessThan(hours(1));
    for (const one of call) {
      expect(severities).toContain(String(one["severity"]) as (typeof severities)[number]);
      for (const same of ["vehicle_id", "latitude", "longitude", "severity", "emergency_type", "address"])
        expect(one[same]).toBe(call[0]![same]);
    }
  }
});

test("no ambulance has two calls at once", () => {
  const busy_until = new Map<string, number>();
  for (const call of whole) {
    const id = String(call[0]!["vehicle_id"]);
    expect(timeOf(call[0]!)).toBeGreaterThan(busy_until.get(id) ?? 0);
    busy_until.set(id, timeOf(call.at(-1)!));
  }
});

test("the ambulance is where its states say: at its hospital, at the incident, at the nearest hospital", () => {
  let transported = 0;
  // Some of them: each has its way made anew.
  for (const call of whole.filter((_, i) => i % 4 === 0)) {
    const number = world.fleet.findIndex(({ vehicle_id }) => vehicle_id === call[0]!["vehicle_id"]);
    const incident = [Number(call[0]!["longitude"]), Number(call[0]!["latitude"])] as const;
    const at = (event: Made) => {
      const tour = world.tourAt(number, timeOf(event))!;
      return world.streets.position(onTour(tour, timeOf(event)) ?? world.fleet[number]!.home);
    };
    const state = (status: string): Made | undefined => call.find((one) => one["status"] === status);
    expect(world.streets.position(world.fleet[number]!.home)).toEqual(at(state("dispatched")!));
    expect(distance_km(at(state("on_scene")!), incident)).toBeLessThan(0.03);
    const moved = state("transporting");
    if (moved === undefined) continue;
    transported++;
    expect(distance_km(at(moved), incident)).toBeLessThan(0.03);
    const hospital = city.hospitals.find(({ hospital_id }) => hospital_id === moved["hospital_id"])!;
    expect(distance_km(at(state("closed")!), hospital.at)).toBeLessThan(0.15);
    expect(state("closed")!["hospital_id"]).toBe(hospital.hospital_id);
  }
  expect(transported).toBeGreaterThan(whole.length / 8);
});

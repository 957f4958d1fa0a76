/** What all made-up sources of a city share: its streets, its traffic, its weather, who drives where. */
import type { City } from "../../core/city.ts";
import { dutiesOf, type Duty } from "./duties.ts";
import { fleetOf, type Vehicle } from "./fleet.ts";
import { outingsOf, slotOf, slotStart } from "./outings.ts";
import { roadSpeeds } from "./road-speeds.ts";
import { streetsOf, type Streets } from "./streets.ts";
import type { Tour } from "./tour.ts";
import { createTraffic, type Traffic } from "./traffic.ts";
import { weatherOf, type Weather } from "./weather.ts";

export interface World {
  city: City;
  seed: number;
  streets: Streets;
  traffic: Traffic;
  weather: Weather;
  fleet: readonly Vehicle[];
  /** The tour of a vehicle, by its number in the fleet, in the slot of an instant; null where it stays at home. */
  tourAt(number: number, ms: number): Tour | null;
  /** The calls of an ambulance, by its number, whose slot touches a span. */
  callsOf(number: number, from_ms: number, to_ms: number): Duty[];
  /** Makes the tours that some vehicles drive in a span, one or a few after the other. */
  prepare(numbers: readonly number[], from_ms: number, to_ms: number): Generator<void>;
}

/** Slots remembered per vehicle: now, the one before, and one that history asks for. */
const SLOTS_KEPT = 4;

/** @param vehicles How many drive in the city. */
export function worldOf(city: City, seed: number, vehicles = 1_000): World {
  const streets = streetsOf(city);
  const weather = weatherOf(city, seed);
  const traffic = createTraffic(city, seed, weather);
  const speeds = roadSpeeds(traffic, city.roads.length);
  const fleet = fleetOf(city, streets, seed, vehicles);
  const outings = outingsOf(city, streets, speeds, seed);
  const duties = dutiesOf(city, streets, speeds, seed);
  const kept = fleet.map(() => new Map<number, { tour: Tour | null; duty: Duty | null }>());

  function inSlot(number: number, slot: number): { tour: Tour | null; duty: Duty | null } {
    const slots = kept[number]!;
    const known = slots.get(slot);
    if (known !== undefined) return known;
    const vehicle = fleet[number]!;
    const duty = vehicle.vehicle_type === "ambulance" ? duties.of(vehicle, number, slot) : null;
    const tour =
      vehicle.vehicle_type === "ambulance" ? (duty?.tour ?? null) : outings.of(vehicle, number, slot);
    if (slots.size >= SLOTS_KEPT) slots.delete(slots.keys().next().value!);
    const made = { tour, duty };
    slots.set(slot, made);
    return made;
  }

  return {
    city,
    seed,
    streets,
    traffic,
    weather,
    fleet,
    tourAt: (number, ms) => inSlot(number, slotOf(fleet[number]!, ms)).tour,
    callsOf(number, from_ms, to_ms) {
      const vehicle = fleet[number]!;
      const out: Duty[] = [];
      for (let slot = slotOf(vehicle, from_ms); slotStart(vehicle, slot) < to_ms; slot++) {
        const { duty } = inSlot(number, slot);
        if (duty !== null) out.push(duty);
      }
      return out;
    },
    *prepare(numbers, from_ms, to_ms) {
      for (const number of numbers) {
        const vehicle = fleet[number]!;
        const last = slotOf(vehicle, to_ms - 1);
        for (let slot = slotOf(vehicle, from_ms); slot <= last; slot++) {
          if (kept[number]!.has(slot)) continue;
          const start_ms = slotStart(vehicle, slot);
          yield* speeds.prepare(start_ms, start_ms + vehicle.slot_ms);
          inSlot(number, slot);
          yield;
        }
      }
    },
  };
}

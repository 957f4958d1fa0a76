/** Positions of the vehicles on the way, every 15 s. Who has come home says so once, and then rests. */
import { round } from "../../core/field.ts";
import { formatInstant, hours, minutes, seconds } from "../../core/time.ts";
import { vehicles as stream } from "../../streams/vehicles.ts";
import { chance } from "./chance.ts";
import { periodic, type Made, type Maker } from "./maker.ts";
import { slotOf } from "./outings.ts";
import { onTour } from "./tour.ts";
import type { World } from "./world.ts";

export interface VehiclesOptions {
  /** How often a vehicle on the way reports, ms. Default 15 s. */
  period_ms?: number;
  /** One at home does only every so many-th time. Never, by default: its receiver is off. */
  parked_every?: number;
}

/** Drivers change so often. */
const SHIFT_MS = hours(8);

export function vehiclesOf(world: World, options: VehiclesOptions = {}): Maker {
  const { city, seed, streets, fleet } = world;
  const { period_ms = seconds(15), parked_every = Infinity } = options;
  const numbers = fleet.map((_, i) => i);

  function make(i: number, ms: number, number: number): Made | null {
    const vehicle = fleet[i]!;
    const tour = world.tourAt(i, ms);
    const on = tour === null ? null : onTour(tour, ms);
    if (on === null) {
      const turn = Math.floor(number / fleet.length) % parked_every;
      // Who has just come home says so.
      const just = tour !== null && tour.end_ms <= ms && tour.end_ms > ms - period_ms;
      if (!just && turn !== Math.floor(chance(seed + 101, i, 0) * parked_every)) return null;
    }
    const at = streets.at(on ?? vehicle.home);
    const [longitude, latitude] = streets.position(on ?? vehicle.home);
    return {
      vehicle_id: vehicle.vehicle_id,
      latitude,
      longitude,
      speed: on === null ? 0 : round(on.speed, 1),
      heading: round((at.heading + (on === null || on.forward ? 0 : 180) + 360) % 360, 1) % 360,
      vehicle_type: vehicle.vehicle_type,
      ...(vehicle.label === null ? {} : { vehicle_label: vehicle.label }),
      ...(vehicle.line === null ? {} : lineFields(i, ms)),
      ...(vehicle.driven && on !== null ? { driver_id: driverOf(i, ms) } : {}),
      timestamp: formatInstant(ms),
      event_id: `v${number.toString(36)}`,
    };
  }

  function lineFields(i: number, ms: number): Made {
    const vehicle = fleet[i]!;
    const { route_id } = vehicle.line!;
    return { route_id, trip_id: `${route_id}-${slotOf(vehicle, ms).toString(36)}-${i.toString(36)}` };
  }

  const driverOf = (i: number, ms: number): string =>
    `driver_${1_000 + Math.floor(chance(seed + 102, i, Math.floor(ms / SHIFT_MS)) * 9_000)}`;

  const maker = periodic({
    stream,
    keys: city.roads.length === 0 ? 0 : fleet.length,
    period_ms,
    cost_us: 20,
    tick_ms: 500,
    look_back_ms: Math.max(period_ms, Math.min(minutes(5), period_ms * parked_every)),
    past: { step_ms: seconds(30), at_most_ms: minutes(30) },
    make,
  });
  return { ...maker, prepare: (from_ms, to_ms) => world.prepare(numbers, from_ms, to_ms) };
}

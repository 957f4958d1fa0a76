/** What the vehicles of a city do: which tour each of them makes in a slot of time, as a function of seed and time. */
import type { City } from "../../core/city.ts";
import { minutes, seconds } from "../../core/time.ts";
import { chance } from "./chance.ts";
import { demandAt, demandDay } from "./demand.ts";
import type { Vehicle, VehicleType } from "./fleet.ts";
import type { RoadSpeeds } from "./road-speeds.ts";
import type { Place, Streets } from "./streets.ts";
import { TourBuilder, type Tour } from "./tour.ts";

/** A tour is over so long before its slot is. */
export const SPARE_MS = seconds(30);
/** How much longer than without traffic a way is expected to take, before it is begun. */
const CAUTION = 1.6;
const LEGS_MAX = 5;
const TRIES = 3;

export const slotOf = (vehicle: Vehicle, ms: number): number =>
  Math.floor((ms - vehicle.phase_ms) / vehicle.slot_ms);
export const slotStart = (vehicle: Vehicle, slot: number): number =>
  slot * vehicle.slot_ms + vehicle.phase_ms;

/** How many of a type are on the way. */
function share(city: City, type: VehicleType, ms: number): number {
  const day = demandDay(city, ms);
  const demand = Math.min(1, demandAt(day, 0, 1, 1));
  const { hour } = day;
  if (type === "bus") return hour < 4.5 && hour > 0.5 ? 0.1 : 0.55 + 0.4 * demand;
  if (type === "truck") return 0.06 + (day.day === "sunday" ? 0.05 : 0.8) * demand * (hour < 19 ? 1 : 0.4);
  if (type === "taxi") return 0.4 + 0.55 * demand;
  return 0.1 + 0.85 * demand;
}

export interface Outings {
  /** The tour of a vehicle that is no ambulance; null where it stays at home. */
  of(vehicle: Vehicle, number: number, slot: number): Tour | null;
}

export function outingsOf(city: City, streets: Streets, speeds: RoadSpeeds, seed: number): Outings {
  const all = city.roads.map((_, i) => i);
  const middle = city.roads.flatMap((_, i) => {
    const { x, y } = streets.at({ road: i, km: streets.length_km[i]! / 2 });
    return Math.hypot(x, y) < 5.5 ? [i] : [];
  });
  const goal = (vehicle: Vehicle, number: number, slot: number, k: number): Place => {
    const draw = chance(seed + 81, number * 131 + k, slot);
    const central = middle.length > 0 && (vehicle.vehicle_type === "taxi" ? k % 4 !== 0 : k % 2 === 0);
    const among = central ? middle : all;
    const road = among[Math.floor(draw * among.length)]!;
    return { road, km: streets.length_km[road]! * (0.1 + 0.8 * chance(seed + 82, number * 131 + k, slot)) };
  };

  function errands(vehicle: Vehicle, number: number, slot: number, legs_max: number): Tour | null {
    const start_ms = slotStart(vehicle, slot);
    const end_ms = start_ms + vehicle.slot_ms - SPARE_MS;
    const wait_ms = chance(seed + 83, number, slot) * minutes(9);
    const builder = new TourBuilder(streets, speeds, vehicle.home, start_ms + wait_ms);
    let legs = 0;
    for (let k = 0; k < TRIES * LEGS_MAX && legs < legs_max; k++) {
      const to = goal(vehicle, number, slot, k);
      const stay_ms = minutes(1.5 + 5 * chance(seed + 84, number * 131 + k, slot));
      const way_ms =
        (streets.hours(builder.here, to) + streets.hours(to, vehicle.home)) * 3_600_000 * CAUTION;
      if (builder.now_ms + stay_ms + way_ms > end_ms) continue;
      builder.drive(to, vehicle.drive);
      builder.stand(stay_ms);
      legs++;
    }
    if (legs === 0) return null;
    builder.drive(vehicle.home, vehicle.drive);
    return builder.now_ms > end_ms ? null : builder.build();
  }

  function service(vehicle: Vehicle, far: Place, slot: number): Tour | null {
    const start_ms = slotStart(vehicle, slot);
    const builder = new TourBuilder(streets, speeds, vehicle.home, start_ms + minutes(2));
    builder.drive(far, vehicle.drive);
    builder.stand(minutes(4));
    builder.drive(vehicle.home, vehicle.drive);
    return builder.now_ms > start_ms + vehicle.slot_ms - SPARE_MS ? null : builder.build();
  }

  return {
    of(vehicle, number, slot) {
      const at_ms = slotStart(vehicle, slot) + vehicle.slot_ms / 4;
      if (chance(seed + 85, number, slot) >= share(city, vehicle.vehicle_type, at_ms)) return null;
      if (vehicle.line !== null) return service(vehicle, vehicle.line.far, slot);
      for (let legs = LEGS_MAX; legs > 0; legs--) {
        const tour = errands(vehicle, number, slot, legs);
        if (tour !== null) return tour;
      }
      return null;
    },
  };
}

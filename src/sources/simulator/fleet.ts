/** The vehicles of the city: what they are, where they stand at home, on which lines they drive. */
import type { City, RoadClass } from "../../core/city.ts";
import { minutes } from "../../core/time.ts";
import { chance } from "./chance.ts";
import type { Place, Streets } from "./streets.ts";
import type { DriveOptions } from "./tour.ts";

export type VehicleType = "car" | "taxi" | "truck" | "bus" | "ambulance";

export interface Vehicle {
  vehicle_id: string;
  vehicle_type: VehicleType;
  label: string | null;
  /** Where each of its tours begins and ends. */
  home: Place;
  /** It makes at most one tour in each slot of time; those of different vehicles begin at different times. */
  slot_ms: number;
  phase_ms: number;
  drive: DriveOptions;
  /** The line that a bus serves. */
  line: { route_id: string; far: Place } | null;
  /** Has a driver by shifts. */
  driven: boolean;
}

export const AMBULANCES = 12;
/** An ambulance takes at most one call in a slot, and is back at its hospital by its end. */
const DUTY_MS = minutes(60);
const BUSES_PER_LINE = 6;
const BUS_STOPS = { every_km: 0.45, stand_ms: 18_000 };
/** Shares of the others: the rest are cars. */
const SHARE = { bus: 0.11, taxi: 0.14, truck: 0.13 };

/** @param n How many in all, ambulances included. */
export function fleetOf(city: City, streets: Streets, seed: number, n: number): Vehicle[] {
  if (city.roads.length === 0) return [];
  const of = (...classes: RoadClass[]): number[] =>
    city.roads.flatMap((road, i) => (classes.includes(road.road_class) ? [i] : []));
  const all = city.roads.map((_, i) => i);
  const orAll = (some: number[]): number[] => (some.length > 0 ? some : all);
  const quiet = orAll(of("residential", "tertiary"));
  const broad = orAll(of("secondary", "tertiary"));
  const place = (from: readonly number[], a: number, what: number): Place => {
    const road = from[Math.floor(chance(seed + 71, a, what) * from.length)]!;
    return { road, km: streets.length_km[road]! * (0.1 + 0.8 * chance(seed + 72, a, what)) };
  };
  const spread = (type: VehicleType, i: number): number => chance(seed + 73, i, type.length);
  const id = (type: VehicleType, i: number): string => `${type}_${String(i + 1).padStart(3, "0")}`;

  const ambulances = Array.from({ length: Math.min(AMBULANCES, n) }, (_, i): Vehicle => ({
    vehicle_id: id("ambulance", i),
    vehicle_type: "ambulance",
    label: `Ambulance ${i + 1}`,
    home: homeOfAmbulance(city, streets, i) ?? place(broad, i, 9),
    slot_ms: DUTY_MS,
    // They take turns, so that calls come evenly.
    phase_ms: Math.round((i / AMBULANCES) * DUTY_MS),
    drive: { factor: 1.3 },
    line: null,
    driven: false,
  }));

  const rest = n - ambulances.length;
  const lines = Math.floor((rest * SHARE.bus) / BUSES_PER_LINE);
  const buses = Array.from({ length: lines }, (_, l) => busesOf(l)).flat();

  const others = (type: "taxi" | "truck" | "car", count: number): Vehicle[] =>
    Array.from({ length: count }, (_, i) => {
      const slot_ms = minutes(type === "truck" ? 80 : 60);
      return {
        vehicle_id: id(type, i),
        vehicle_type: type,
        label: type === "taxi" ? `Taxi ${i + 1}` : null,
        home: place(type === "truck" ? broad : quiet, i, type.length),
        slot_ms,
        phase_ms: Math.floor(slot_ms * spread(type, i)),
        drive:
          type === "truck"
            ? { factor: 0.9, top_kmh: 85 }
            : { factor: 0.94 + 0.12 * chance(seed + 74, i, type.length) },
        line: null,
        driven: type === "taxi",
      };
    });
  const taxis = Math.floor(rest * SHARE.taxi);
  const trucks = Math.floor(rest * SHARE.truck);
  return [
    ...ambulances,
    ...buses,
    ...others("taxi", taxis),
    ...others("truck", trucks),
    ...others("car", rest - buses.length - taxis - trucks),
  ];

  function busesOf(l: number): Vehicle[] {
    const { near, far, km, hours } = lineOf(l);
    const drive_ms = hours * 3_600_000 * 1.55 + (km / BUS_STOPS.every_km) * BUS_STOPS.stand_ms;
    const slot_ms = Math.ceil((2 * drive_ms + minutes(12)) / minutes(5)) * minutes(5);
    return Array.from({ length: BUSES_PER_LINE }, (_, i) => ({
      vehicle_id: id("bus", l * BUSES_PER_LINE + i),
      vehicle_type: "bus",
      label: `${l + 1} ${city.roads[far.road]!.district}`,
      home: near,
      slot_ms,
      phase_ms: Math.round((slot_ms * i) / BUSES_PER_LINE),
      drive: { factor: 0.92, top_kmh: 70, stops: BUS_STOPS },
      line: { route_id: `line_${l + 1}`, far },
      driven: true,
    }));
  }

  /** Two ends some 8 to 14 minutes apart without traffic, on either side of the middle where that can be had. */
  function lineOf(l: number): { near: Place; far: Place; km: number; hours: number } {
    let best: { near: Place; far: Place; hours: number; worth: number } | null = null;
    for (let k = 0; k < 16; k++) {
      const [near, far] = [place(broad, l, 20 + k), place(broad, l, 80 + k)];
      const hours = streets.hours(near, far);
      const [a, b] = [streets.at(near), streets.at(far)];
      const aside_km = Math.hypot(a.x + b.x, a.y + b.y) / 2;
      const worth = -Math.abs(hours - 0.19) * 20 - aside_km / 2;
      if (hours > 0 && hours < 0.4 && worth > (best?.worth ?? -Infinity)) best = { near, far, hours, worth };
    }
    const { near, far, hours } = best ?? { near: place(broad, l, 20), far: place(broad, l, 80), hours: 0.4 };
    const km = (streets.way(near, far) ?? []).reduce((sum, s) => sum + Math.abs(s.to_km - s.from_km), 0);
    return { near, far, km, hours };
  }
}

function homeOfAmbulance(city: City, streets: Streets, i: number): Place | null {
  const hospital = city.hospitals[i % Math.max(1, city.hospitals.length)];
  return hospital === undefined ? null : streets.nearestTo(hospital.at);
}

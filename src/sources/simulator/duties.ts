/**
 * Ambulances: in each slot of its time one takes at most one call, drives to it from its hospital, brings the patient
 * to the hospital that is nearest, and goes home. All of it follows from seed and slot; position and states are of one
 * piece.
 */
import type { City, Hospital } from "../../core/city.ts";
import { minutes, seconds } from "../../core/time.ts";
import { chance } from "./chance.ts";
import { demandAt, demandDay } from "./demand.ts";
import type { Vehicle } from "./fleet.ts";
import { SPARE_MS, slotStart } from "./outings.ts";
import type { RoadSpeeds } from "./road-speeds.ts";
import type { Place, Streets } from "./streets.ts";
import { TourBuilder, type Tour } from "./tour.ts";

export const severities = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof severities)[number];
export type EmergencyStatus = "dispatched" | "en_route" | "on_scene" | "transporting" | "closed";

export interface Call {
  emergency_id: string;
  emergency_type: string;
  severity: Severity;
  at: Place;
  opened_ms: number;
  /** Null where the patient could stay. */
  hospital: Hospital | null;
  patient_id: string;
  /** In their order, each later than the one before. */
  states: readonly { status: EmergencyStatus; ms: number }[];
}

export interface Duty {
  call: Call;
  tour: Tour;
}

/** What happens, how often, and how badly: shares of low, medium, high; the rest is critical. */
const kinds: readonly (readonly [type: string, weight: number, low: number, medium: number, high: number])[] =
  [
    ["Fall", 0.21, 0.45, 0.85, 0.98],
    ["Breathing difficulties", 0.15, 0.05, 0.4, 0.8],
    ["Chest pain", 0.15, 0, 0.25, 0.75],
    ["Road accident", 0.13, 0.2, 0.6, 0.88],
    ["Unconscious person", 0.11, 0, 0.3, 0.7],
    ["Stroke", 0.09, 0, 0.1, 0.7],
    ["Allergic reaction", 0.06, 0.2, 0.7, 0.93],
    ["Burns", 0.04, 0.2, 0.65, 0.9],
    ["Childbirth", 0.04, 0.1, 0.8, 0.98],
    ["Cardiac arrest", 0.02, 0, 0, 0],
  ];
/** How far from its hospital an ambulance is called, as minutes of driving without traffic. */
const REACH_MIN = 8;
const TRIES = 12;
/** Share of calls after which the patient stays. */
const STAYS = 0.13;
const BASE32 = 32;

export interface Duties {
  of(vehicle: Vehicle, number: number, slot: number): Duty | null;
}

export function dutiesOf(city: City, streets: Streets, speeds: RoadSpeeds, seed: number): Duties {
  const doors = city.hospitals.map((hospital) => ({ hospital, at: streets.nearestTo(hospital.at) }));
  const nearestHospital = (from: Place): (typeof doors)[number] | null => {
    let best: (typeof doors)[number] | null = null;
    let least = Infinity;
    for (const door of doors) {
      const hours = streets.hours(from, door.at);
      if (hours < least) [best, least] = [door, hours];
    }
    return best;
  };

  function placeOf(home: Place, number: number, slot: number): Place | null {
    for (let k = 0; k < TRIES; k++) {
      const road = Math.floor(chance(seed + 91, number * 31 + k, slot) * city.roads.length);
      const at = {
        road,
        km: streets.length_km[road]! * (0.1 + 0.8 * chance(seed + 92, number * 31 + k, slot)),
      };
      const motorway = city.roads[road]!.road_class === "motorway";
      if (!motorway && streets.hours(home, at) * 60 < REACH_MIN) return at;
    }
    return null;
  }

  return {
    of(vehicle, number, slot) {
      const draw = (what: number): number => chance(seed + 93 + 7 * what, number, slot);
      const start_ms = slotStart(vehicle, slot);
      const demand = Math.min(1, demandAt(demandDay(city, start_ms), 0, 1, 1));
      if (draw(0) > 0.45 + 0.5 * demand) return null;
      const at = placeOf(vehicle.home, number, slot);
      if (at === null) return null;
      const opened_ms = Math.floor(start_ms + draw(1) * minutes(5));
      const leaves_ms = opened_ms + Math.floor(seconds(35 + 50 * draw(2)));
      const builder = new TourBuilder(streets, speeds, vehicle.home, leaves_ms);
      const states: Call["states"][number][] = [
        { status: "dispatched", ms: opened_ms },
        { status: "en_route", ms: leaves_ms },
      ];
      const reach = (status: EmergencyStatus): void =>
        void states.push({ status, ms: Math.ceil(builder.now_ms) });
      builder.drive(at, vehicle.drive);
      reach("on_scene");
      builder.stand(minutes(9 + 10 * draw(3)));
      const door = draw(4) < STAYS ? null : nearestHospital(at);
      if (door !== null) {
        reach("transporting");
        builder.drive(door.at, vehicle.drive);
        builder.stand(minutes(4));
      }
      reach("closed");
      builder.drive(vehicle.home, { ...vehicle.drive, factor: 1 });
      if (builder.now_ms > start_ms + vehicle.slot_ms - SPARE_MS) return null;
      const [emergency_type, severity] = kindOf(draw(5), draw(6));
      return {
        call: {
          emergency_id: `em_${slot.toString(BASE32)}_${number.toString(BASE32)}`,
          emergency_type,
          severity,
          at,
          opened_ms,
          hospital: door?.hospital ?? null,
          patient_id: `patient_${Math.floor(draw(7) * 90_000) + 10_000}`,
          states,
        },
        tour: builder.build(),
      };
    },
  };
}

function kindOf(which: number, how: number): [type: string, severity: Severity] {
  let sum = 0;
  const kind = kinds.find(([, weight]) => (sum += weight) > which) ?? kinds.at(-1)!;
  const [type, , low, medium, high] = kind;
  return [type, how < low ? "low" : how < medium ? "medium" : how < high ? "high" : "critical"];
}

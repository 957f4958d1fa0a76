/** The city's hospitals, and which of them are near. As the crow flies: a way along roads is another question. */
import type { Hospital } from "../core/city.ts";
import { round } from "../core/field.ts";
import { distance_km, type Position } from "../core/geo.ts";
import type { HospitalRow } from "./emergency-answer.ts";

export const hospitalRow = ({ hospital_id, name, at: [longitude, latitude] }: Hospital): HospitalRow => ({
  hospital_id,
  name,
  latitude,
  longitude,
});

/** The `n` nearest, nearest first. `distance_km` is the great circle's, to 0.01 km. */
export const nearest = (
  hospitals: readonly Hospital[],
  at: Position,
  n: number,
): readonly (HospitalRow & { distance_km: number })[] =>
  hospitals
    .map((hospital) => ({ hospital, way_km: distance_km(at, hospital.at) }))
    .sort((a, b) => a.way_km - b.way_km)
    .slice(0, n)
    .map(({ hospital, way_km }) => ({ ...hospitalRow(hospital), distance_km: round(way_km, 2) }));

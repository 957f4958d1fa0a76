/** The city's hospitals, and which of them are near. As the crow flies: a way along roads is another question. */
import type { Hospital } from "../core/city.ts";
import { round } from "../core/field.ts";
import { type Position, nearest } from "../core/geo.ts";
import type { HospitalRow } from "./emergency-answer.ts";

export const hospitalRow = ({ hospital_id, name, at: [longitude, latitude] }: Hospital): HospitalRow => ({
  hospital_id,
  name,
  latitude,
  longitude,
});

/** The `n` nearest, nearest first. `distance_km` is the great circle's, to 0.01 km. */
export const nearestHospitals = (
  hospitals: readonly Hospital[],
  at: Position,
  n: number,
): readonly (HospitalRow & { distance_km: number })[] =>
  nearest(hospitals, at, n).map(({ place, distance_km }) => ({
    ...hospitalRow(place),
    distance_km: round(distance_km, 2),
  }));

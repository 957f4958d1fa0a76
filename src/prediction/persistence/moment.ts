/** The moment of one road, as persistence sees it: its newest speed, how that stands to its limit of slowness, and how it moved. */
import { RECENT_STEPS } from "../model.ts";

/**
 * Steps back that the newest value may be: with none in the last 15 minutes a road's speed now is not known, and nothing "stays as it is".
 */
export const AGE_MAX_STEPS = 2;

/** Steps back to the value that the movement is taken from. */
const LAG_STEPS = 3;

/** Speed as a multiple of `congested_below`; below 1 a road is slow. */
const LEVEL_EDGES = [0.5, 1, 1.25, 1.5, 1.75];
/** Movement over the last 15 minutes in the same unit. */
const MOVEMENT_EDGES = [-0.2, -0.05, 0.05, 0.2];

/** Movements, and one cell for "not known", which holds all of a level. */
const MOVEMENTS = MOVEMENT_EDGES.length + 2;
export const CELLS = (LEVEL_EDGES.length + 1) * MOVEMENTS;
/** The cells that hold every moment of a level, whatever its movement. */
export const LEVEL_CELLS = Array.from({ length: LEVEL_EDGES.length + 1 }, (_, i) => (i + 1) * MOVEMENTS - 1);

export interface Moment {
  /** Newest speed, at most `speed_max`. */
  speed: number;
  /** Steps since then, 0 to `AGE_MAX_STEPS`. */
  age: number;
  /** Which moments are alike, 0 to `CELLS` − 1. */
  cell: number;
}

/** A number that is no speed (NaN, infinite, below 0) is as good as none. */
export const isSpeed = (value: number): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;

const placeOf = (value: number, edges: readonly number[]): number => {
  let place = 0;
  while (place < edges.length && value >= edges[place]!) place++;
  return place;
};

export const cellOf = (level: number, movement: number | null): number =>
  placeOf(level, LEVEL_EDGES) * MOVEMENTS +
  (movement === null ? MOVEMENTS - 1 : placeOf(movement, MOVEMENT_EDGES));

/**
 * @param newest Row of the newest step.
 * @param rows_back Rows before it that may be read.
 * @returns null where the newest speed is too old.
 */
export function momentOf(
  speeds: Float32Array,
  roads: number,
  road: number,
  newest: number,
  rows_back: number,
  { congested_below, speed_max }: { congested_below: number; speed_max: number },
): Moment | null {
  const at = (back: number): number =>
    back > rows_back ? Number.NaN : speeds[(newest - back) * roads + road]!;
  for (let age = 0; age <= AGE_MAX_STEPS; age++) {
    if (!isSpeed(at(age))) continue;
    const speed = Math.min(at(age), speed_max);
    const before = at(age + LAG_STEPS);
    const movement = isSpeed(before) ? (speed - Math.min(before, speed_max)) / congested_below : null;
    return { speed, age, cell: cellOf(speed / congested_below, movement) };
  }
  return null;
}

/** Rows before the newest in a forecast's hour. */
export const ROWS_BACK = RECENT_STEPS - 1;

/**
 * What is usual at a time of day: over the days of one kind, what the speed was within a quarter of an hour of a slot. A profile table
 * holds `SLOTS × columns × PROFILE_STATS` numbers: mean, least and greatest of the days' means, and the share of slow days; NaN where
 * no day was measured. Speeds are in units of the road (`unitOf`).
 */
import { DAY_KINDS, SLOTS, type Moment } from "./calendar.ts";

export const PROFILE_STATS = 4;

/** Slots on each side that a day's mean takes in, never over midnight: what belongs to a day is left out with it. */
const AROUND = 3;

export type ProfileTable = Float32Array<ArrayBuffer>;

const size = (columns: number): number => SLOTS * columns * PROFILE_STATS;

export const emptyProfile = (columns: number): ProfileTable =>
  new Float32Array(size(columns)).fill(Number.NaN);

/** Days of measurements, each `SLOTS × roads`, smoothed over `AROUND`. */
export interface Days {
  roads: number;
  /** Local day number → place in `smooth` and `kinds`. */
  index: ReadonlyMap<number, number>;
  kinds: readonly number[];
  smooth: readonly Float32Array<ArrayBuffer>[];
}

function smoothed(day: Float32Array, roads: number): Float32Array<ArrayBuffer> {
  const smooth = new Float32Array(SLOTS * roads);
  const sums = new Float64Array(roads);
  const counts = new Int32Array(roads);
  for (let slot = 0; slot < SLOTS; slot++) {
    sums.fill(0);
    counts.fill(0);
    for (let near = Math.max(0, slot - AROUND); near <= Math.min(SLOTS - 1, slot + AROUND); near++)
      for (let road = 0; road < roads; road++) {
        const value = day[near * roads + road]!;
        if (Number.isNaN(value)) continue;
        sums[road]! += value;
        counts[road]!++;
      }
    for (let road = 0; road < roads; road++)
      smooth[slot * roads + road] = counts[road]! > 0 ? sums[road]! / counts[road]! : Number.NaN;
  }
  return smooth;
}

/** @param speeds `steps × roads`, in units, NaN where nothing was measured. @param moments One per step. */
export function daysOf(speeds: Float32Array, roads: number, moments: readonly Moment[]): Days {
  const index = new Map<number, number>();
  const kinds: number[] = [];
  const days: Float32Array[] = [];
  for (const [step, { day, slot, kind }] of moments.entries()) {
    let place = index.get(day);
    if (place === undefined) {
      index.set(day, (place = days.length));
      kinds.push(kind);
      days.push(new Float32Array(SLOTS * roads).fill(Number.NaN));
    }
    days[place]!.set(speeds.subarray(step * roads, (step + 1) * roads), slot * roads);
  }
  return { roads, index, kinds, smooth: days.map((day) => smoothed(day, roads)) };
}

/** @param slow_below In units, of each road. @param without Place of a day that is left out; −1 for none. */
export function profileOf(
  { roads, kinds, smooth }: Days,
  kind: number,
  slow_below: Float32Array,
  without = -1,
): ProfileTable {
  const table = emptyProfile(roads);
  const days = smooth.filter((_, place) => kinds[place] === kind && place !== without);
  for (let cell = 0; cell < SLOTS * roads; cell++) {
    const limit = slow_below[cell % roads]!;
    let [n, sum, least, greatest, slow] = [0, 0, Infinity, -Infinity, 0];
    for (const day of days) {
      const value = day[cell]!;
      if (Number.isNaN(value)) continue;
      n++;
      sum += value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
      if (value < limit) slow++;
    }
    if (n === 0) continue;
    const at = cell * PROFILE_STATS;
    table[at] = sum / n;
    table[at + 1] = least;
    table[at + 2] = greatest;
    table[at + 3] = slow / n;
  }
  return table;
}

/** The mean of the roads of each class, and in the last column that of all. @param class_of Class of each column of `table`. */
export function classProfile(table: ProfileTable, class_of: Int32Array, classes: number): ProfileTable {
  const roads = class_of.length;
  const sums = new Float64Array(size(classes));
  const counts = new Int32Array(size(classes));
  for (let slot = 0; slot < SLOTS; slot++)
    for (let road = 0; road < roads; road++)
      for (let stat = 0; stat < PROFILE_STATS; stat++) {
        const value = table[(slot * roads + road) * PROFILE_STATS + stat]!;
        if (Number.isNaN(value)) continue;
        for (const column of [class_of[road]!, classes - 1]) {
          const at = (slot * classes + column) * PROFILE_STATS + stat;
          sums[at]! += value;
          counts[at]!++;
        }
      }
  return Float32Array.from(sums, (sum, at) => (counts[at]! > 0 ? sum / counts[at]! : Number.NaN));
}

/** The tables of all kinds of day, over all days. */
export const profilesOf = (days: Days, slow_below: Float32Array): ProfileTable[] =>
  Array.from({ length: DAY_KINDS }, (_, kind) => profileOf(days, kind, slow_below));

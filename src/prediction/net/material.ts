/** What is learnt from: speeds in units with filled gaps blanked, the calendar, and for each day what the other days say is usual. */
import type { SpeedMatrix } from "../../core/speed-matrix.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { Calendar, DAY_KINDS, type Moment } from "../inputs/calendar.ts";
import { blankFilled, speedOr } from "../inputs/measured.ts";
import { VIEW_STEPS, type RoadsKnown, type View } from "../inputs/inputs.ts";
import {
  classProfile,
  daysOf,
  PROFILE_STATS,
  profileOf,
  profilesOf,
  type ProfileTable,
} from "../inputs/profile.ts";
import { classStatistics, ROAD_STATS, statisticsOf } from "../inputs/statistics.ts";
import { SLOW_UNITS, unitsOf } from "../inputs/units.ts";
import { LEVELS, RECENT_STEPS, TrainingError, type RoadNetwork, type TrainingSet } from "../model.ts";

/** Hours that something must have been measured in: an hour to look back at, half an hour ahead, and as much again to learn from. */
const HOURS_MIN = 3;
const STEPS_PER_HOUR = 12;

/** Values that quantiles of residuals are made of. */
const RESIDUALS_MAX = 20_000;

export interface Material extends RoadsKnown {
  roads: number;
  steps: number;
  units: Float32Array<ArrayBuffer>;
  /** `steps × roads`, in units; NaN where nothing was measured. */
  speeds: Float32Array<ArrayBuffer>;
  class_names: string[];
  /** By kind of day, over all days. */
  profiles: ProfileTable[];
  class_profiles: ProfileTable[];
  /** `classes × 2 × LEVELS`: quantiles of a speed minus what is usual on the road, and minus what is usual in its class. */
  residuals: Float32Array<ArrayBuffer>;
  /** What is usual around a step, by days other than those that the steps are in. */
  viewAt(step: number): View;
}

/** Classes in order of their names, then, as the last of `classes`, all roads. */
export function classesOf(network: RoadNetwork): { class_names: string[]; class_of: Int32Array } {
  const class_names = [...new Set(network.roads.map(({ road_class }) => road_class))].sort();
  const place = new Map(class_names.map((name, i) => [name, i]));
  return {
    class_names,
    class_of: Int32Array.from(network.roads, ({ road_class }) => place.get(road_class)!),
  };
}

/** Speeds in units, without what is no speed and what was filled. */
function measuredOf({ network, matrix }: TrainingSet, units: Float32Array): Float32Array<ArrayBuffer> {
  const { keys, steps } = matrix;
  const roads = keys.length;
  if (roads !== network.roads.length || matrix.speeds.length !== steps * roads)
    throw new TrainingError(`The matrix has ${roads} columns, the network ${network.roads.length} roads`);
  const speeds = new Float32Array(steps * roads);
  for (const [road, { speed_max }] of network.roads.entries()) {
    const unit = units[road]!;
    for (let at = road; at < speeds.length; at += roads) speeds[at] = speedOr(matrix.speeds[at]!, speed_max);
    const filled: number[] = [];
    blankFilled(
      (step) => speeds[step * roads + road]!,
      steps,
      (step) => filled.push(step),
    );
    for (const step of filled) speeds[step * roads + road] = Number.NaN;
    for (let at = road; at < speeds.length; at += roads) speeds[at]! /= unit;
  }
  return speeds;
}

function checkEnough(speeds: Float32Array, steps: number, roads: number): void {
  let measured = 0;
  for (let step = 0; step < steps; step++)
    if (speeds.subarray(step * roads, (step + 1) * roads).some((value) => value >= 0)) measured++;
  const hours = measured / STEPS_PER_HOUR;
  if (hours < HOURS_MIN)
    throw new TrainingError(
      `Only ${hours.toFixed(1)} hours of measurements are there, at least ${HOURS_MIN} hours are needed`,
    );
}

/** The moments of all steps and of those that a view of the last step reaches. */
function momentsOf(network: RoadNetwork, { from_ms, steps }: SpeedMatrix): Moment[] {
  const calendar = new Calendar(network);
  return Array.from({ length: steps + VIEW_STEPS }, (_, step) => calendar.at(from_ms + step * STEP_MS));
}

/** The quantiles of a sample, at `LEVELS`; NaN of nothing. */
function levelsOf(values: number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return LEVELS.map((level) => sorted[Math.floor(level * sorted.length)] ?? Number.NaN);
}

export function materialOf(set: TrainingSet): Material {
  const { network, matrix } = set;
  const { steps } = matrix;
  const roads = network.roads.length;
  const units = unitsOf(network.roads);
  const speeds = measuredOf(set, units);
  checkEnough(speeds, steps, roads);
  const { class_names, class_of } = classesOf(network);
  const classes = class_names.length + 1;
  const moments = momentsOf(network, matrix);
  const days = daysOf(speeds, roads, moments.slice(0, steps));
  const slow_below = new Float32Array(roads).fill(SLOW_UNITS);
  const profiles = profilesOf(days, slow_below);
  const ofClasses = (table: ProfileTable): ProfileTable => classProfile(table, class_of, classes);
  const class_profiles = profiles.map(ofClasses);
  const by_day = days.kinds.map((kind, place) => profileOf(days, kind, slow_below, place));
  const class_by_day = by_day.map(ofClasses);
  const pick = (
    own: readonly ProfileTable[],
    all: readonly ProfileTable[],
    { day, kind }: Moment,
  ): ProfileTable => own[days.index.get(day) ?? -1] ?? all[Math.min(kind, DAY_KINDS - 1)]!;

  const stats = new Float32Array(roads * ROAD_STATS);
  const misses: number[][] = Array.from({ length: classes * 2 }, () => []);
  const stride = Math.max(1, Math.floor((steps * roads) / (RESIDUALS_MAX * classes)));
  let seen = 0;
  for (let road = 0; road < roads; road++) {
    const values: number[] = [];
    const residuals: number[] = [];
    for (let step = 0; step < steps; step++) {
      const value = speeds[step * roads + road]!;
      if (Number.isNaN(value)) continue;
      values.push(value);
      const moment = moments[step]!;
      const of_class = class_of[road]!;
      const usual = pick(by_day, profiles, moment)[(moment.slot * roads + road) * PROFILE_STATS]!;
      if (Number.isNaN(usual)) continue;
      residuals.push(value - usual);
      if (seen++ % stride > 0) continue;
      const of_all = pick(class_by_day, class_profiles, moment);
      for (const column of [of_class, classes - 1]) {
        misses[column * 2]!.push(value - usual);
        misses[column * 2 + 1]!.push(value - of_all[(moment.slot * classes + column) * PROFILE_STATS]!);
      }
    }
    stats.set(
      statisticsOf(Float32Array.from(values), Float32Array.from(residuals), SLOW_UNITS),
      road * ROAD_STATS,
    );
  }

  const tables: ProfileTable[] = [];
  const class_tables: ProfileTable[] = [];
  const slots = new Int32Array(VIEW_STEPS);
  return {
    roads,
    steps,
    units,
    speeds,
    class_names,
    class_of,
    classes,
    stats,
    class_stats: classStatistics(stats, class_of, classes),
    profiles,
    class_profiles,
    residuals: Float32Array.from(misses.flatMap(levelsOf)),
    viewAt: (step) => {
      const first = step - RECENT_STEPS + 1;
      for (let i = 0; i < VIEW_STEPS; i++) {
        const moment = moments[first + i]!;
        tables[i] = pick(by_day, profiles, moment);
        class_tables[i] = pick(class_by_day, class_profiles, moment);
        slots[i] = moment.slot;
      }
      return { tables, class_tables, slots, free_day: moments[step]!.kind };
    },
  };
}

/**
 * The historical profile: a road is as it is at this time of day, on days of this kind. The point is the median of the days, each the mean
 * of ± 15 minutes; how sure that is was measured on each day against the others. A road without history is as roads of its class are,
 * which is less sure. In units of `congested_below`.
 */
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { aroundPoint } from "../around-point.ts";
import { packModel } from "../artefact.ts";
import { LEVELS, type Train, TrainingError } from "../model.ts";
import {
  addTo,
  BINS,
  binOf,
  type Histograms,
  histograms,
  quantilesOf,
  totalOf,
} from "../persistence/histogram.ts";
import { isSpeed } from "../persistence/moment.ts";
import { calendarOf, DAY_TYPES, HOURS, SLOTS, SLOTS_PER_HOUR } from "./calendar.ts";
import { daysOf, medianOf, placesOf } from "./days.ts";

export const INPUTS = "profile 1: weekday or day off, 5 minutes of the day";

/** So many differences of all hours count beside those of one, so many of a class beside those of a road. */
const SHRINK = 24;
/** A shape is kept in multiples of a mean difference; this brings it into the reach of a histogram. */
export const SHAPE_UNIT = 2;

const PLACES = DAY_TYPES * HOURS;
const hourOf = (type: number, slot: number): number => type * HOURS + Math.floor(slot / SLOTS_PER_HOUR);

const put = (into: Histograms, at: number, value: number): void => {
  const place = at * BINS + binOf(value);
  into.counts[place]! += 1;
  into.sums[place]! += value;
};

/**
 * `groups × PLACES × LEVELS`: quantiles of each histogram, shrunk to those of its group's other hours; around 0. A group without any is as
 * the last one, and that without any, certain: then nothing ever differed.
 */
function shapesOf(found: Histograms, groups: number): Float32Array<ArrayBuffer> {
  const shapes = new Float32Array(groups * PLACES * LEVELS.length);
  for (let group = groups - 1; group >= 0; group--) {
    const all = histograms(1);
    for (let place = 0; place < PLACES; place++) addTo(all, found, group * PLACES + place, 1);
    const total = totalOf(all, 0);
    if (total === 0) {
      const size = PLACES * LEVELS.length;
      shapes.copyWithin(group * size, (groups - 1) * size, groups * size);
      continue;
    }
    for (let place = 0; place < PLACES; place++) {
      const mixed = histograms(1);
      addTo(mixed, all, 0, SHRINK / total);
      addTo(mixed, found, group * PLACES + place, 1);
      const quantiles = aroundPoint(quantilesOf(mixed, LEVELS));
      shapes.set(quantiles, (group * PLACES + place) * LEVELS.length);
    }
  }
  return shapes;
}

/** @throws {TrainingError} where no road has a time of day on two days of one kind. */
export const trainProfile: Train = async ({ network, matrix }, { seed, signal, onProgress }) => {
  const { roads } = network;
  const { steps, speeds } = matrix;
  const classes = [...new Set(roads.map(({ road_class }) => road_class))].sort();
  if (classes.length > limits.model_classes_max)
    throw new TrainingError(
      `There are ${classes.length} classes of roads, and ${limits.model_classes_max} at most`,
    );
  // The last group is of all roads: for a class that was not seen.
  const groups = classes.length + 1;
  const groups_of = roads.map(({ road_class }) => [classes.indexOf(road_class), classes.length] as const);
  const groupsOf = (road: number): readonly [own: number, all: number] => groups_of[road]!;
  const inWeek = calendarOf(network);
  const week = Array.from({ length: steps }, (_, step) => inWeek(matrix.from_ms + step * STEP_MS));

  const places = placesOf(week);

  const median = new Float32Array(roads.length * DAY_TYPES * SLOTS).fill(Number.NaN);
  const scale = new Float32Array(roads.length * PLACES).fill(Number.NaN);
  const own = new Float64Array(roads.length * PLACES);
  const own_n = new Float64Array(roads.length * PLACES);
  const group_sum = new Float64Array(groups * PLACES);
  const group_n = new Float64Array(groups * PLACES);

  const relative = (road: number): Float32Array | null => {
    const { congested_below, speed_max } = roads[road]!;
    if (!(congested_below > 0)) return null;
    return Float32Array.from({ length: steps }, (_, step) => {
      const speed = speeds[step * roads.length + road]!;
      return isSpeed(speed) ? Math.min(speed, speed_max) / congested_below : Number.NaN;
    });
  };
  /** Each step's place, and how far its speed was from the median of other days. */
  const differences = (road: number, each: (place: number, difference: number) => void): void => {
    const values = relative(road);
    if (values === null) return;
    const found = daysOf(values, places);
    median.set(found.median, road * DAY_TYPES * SLOTS);
    for (const [step, { type, slot }] of week.entries()) {
      const difference = values[step]! - found.others[step]!;
      if (!Number.isNaN(difference)) each(hourOf(type, slot), difference);
    }
  };
  const told = async (road: number, pass: number): Promise<void> => {
    if (road % 50 !== 0) return;
    signal?.throwIfAborted();
    const done = (pass + road / Math.max(1, roads.length)) / 2;
    await onProgress?.({ pass, passes: 2, done, loss: null, held_out_loss: null });
  };

  for (let road = 0; road < roads.length; road++) {
    await told(road, 0);
    differences(road, (place, difference) => {
      own[road * PLACES + place]! += Math.abs(difference);
      own_n[road * PLACES + place]! += 1;
      for (const group of groupsOf(road)) {
        group_sum[group * PLACES + place]! += Math.abs(difference);
        group_n[group * PLACES + place]! += 1;
      }
    });
  }
  const all = classes.length * PLACES;
  const n = group_n.subarray(all).reduce((sum, count) => sum + count, 0);
  if (n === 0)
    throw new TrainingError("The profile learns from two days of one kind at least; there are none");
  const mean = group_sum.subarray(all).reduce((sum, one) => sum + one, 0) / n;
  const group_scale = group_sum.map((sum, i) => (sum + SHRINK * mean) / (group_n[i]! + SHRINK));
  for (let road = 0; road < roads.length; road++) {
    for (let place = 0; place < PLACES; place++) {
      const at = road * PLACES + place;
      const of_class = group_scale[groupsOf(road)[0] * PLACES + place]!;
      scale[at] = (own[at]! + SHRINK * of_class) / (own_n[at]! + SHRINK);
    }
  }

  const class_median = classMedians(median, roads.length, groups, groupsOf);
  const shape_found = histograms(groups * PLACES);
  const class_found = histograms(groups * PLACES);
  for (let road = 0; road < roads.length; road++) {
    await told(road, 1);
    const values = relative(road);
    if (values === null) continue;
    differences(road, (place, difference) => {
      const by = scale[road * PLACES + place]! * SHAPE_UNIT;
      if (by > 0)
        for (const group of groupsOf(road)) put(shape_found, group * PLACES + place, difference / by);
    });
    for (const [step, { type, slot }] of week.entries()) {
      for (const group of groupsOf(road)) {
        const difference = values[step]! - class_median[(group * DAY_TYPES + type) * SLOTS + slot]!;
        if (!Number.isNaN(difference)) put(class_found, group * PLACES + hourOf(type, slot), difference);
      }
    }
  }
  return packModel({
    about: {
      kind: "profile",
      trained_from_ms: matrix.from_ms,
      trained_to_ms: matrix.from_ms + steps * STEP_MS,
      seed,
      roads_n: roads.length,
    },
    inputs: INPUTS,
    settings: { classes, roads: roads.map(({ road_id }) => road_id) },
    arrays: {
      median,
      scale,
      shape: shapesOf(shape_found, groups),
      class_median,
      class_spread: shapesOf(class_found, groups),
    },
  });
};

/** `groups × DAY_TYPES × SLOTS`: median of the roads; of all where a class has none. */
function classMedians(
  median: Float32Array,
  roads: number,
  groups: number,
  groupsOf: (road: number) => readonly number[],
): Float32Array<ArrayBuffer> {
  const size = DAY_TYPES * SLOTS;
  const medians = new Float32Array(groups * size);
  for (let place = 0; place < size; place++) {
    const values: number[][] = Array.from({ length: groups }, () => []);
    for (let road = 0; road < roads; road++) {
      const value = median[road * size + place]!;
      if (!Number.isNaN(value)) for (const group of groupsOf(road)) values[group]!.push(value);
    }
    for (const [group, of_group] of values.entries()) {
      const of = of_group.length > 0 ? of_group : values[groups - 1]!;
      medians[group * size + place] = medianOf(of.sort((a, b) => a - b));
    }
  }
  return medians;
}

/**
 * "It stays as it is", with how sure that is: from how speeds changed 10, 20 and 30 minutes after moments that were alike. The point is
 * the speed now and the quantiles around it are those that were seen, of roads of the same class, shrunk to all roads. In units of
 * `congested_below`, so that it serves roads it never saw.
 */
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { aroundPoint } from "../around-point.ts";
import { packModel } from "../artefact.ts";
import { LEVELS, type Train, TrainingError, type TrainingSet } from "../model.ts";
import { addTo, BINS, binOf, type Histograms, histograms, quantilesOf, totalOf } from "./histogram.ts";
import { CELLS, cellOf, isSpeed, LEVEL_CELLS, momentOf } from "./moment.ts";

export const INPUTS = "persistence 1: newest speed, its change over 15 min";

/** Steps ahead: the three horizons, and one more for a speed that is some minutes old. */
export const LEADS = [2, 4, 6, 8] as const;

/** So many changes of all moments count beside those of a class, so many of any moment beside those of all. */
const SHRINK = 100;
/** Moments never seen are less sure than those that were: the changes of all, so many times as large. */
const UNSEEN_STRETCH = 2;

/** Histograms of `classes × CELLS × LEADS`. */
function count({ network, matrix }: TrainingSet, class_of: readonly number[], classes: number): Histograms {
  const found = histograms(classes * CELLS * LEADS.length);
  const roads = network.roads.length;
  const { speeds, steps } = matrix;
  for (let step = 0; step < steps; step++) {
    for (let road = 0; road < roads; road++) {
      const facts = network.roads[road]!;
      if (!(facts.congested_below > 0) || !isSpeed(speeds[step * roads + road]!)) continue;
      const moment = momentOf(speeds, roads, road, step, step, facts);
      if (moment === null) continue;
      const unit = facts.congested_below;
      const any = cellOf(moment.speed / unit, null);
      const first = class_of[road]! * CELLS;
      for (let lead = 0; lead < LEADS.length; lead++) {
        const later = step + LEADS[lead]!;
        if (later >= steps) break;
        const then = speeds[later * roads + road]!;
        if (!isSpeed(then)) continue;
        const change = (Math.min(then, facts.speed_max) - moment.speed) / unit;
        const bin = binOf(change);
        for (const cell of moment.cell === any ? [any] : [any, moment.cell]) {
          const at = ((first + cell) * LEADS.length + lead) * BINS + bin;
          found.counts[at]! += 1;
          found.sums[at]! += change;
        }
      }
    }
  }
  return found;
}

/** Of all classes together: `CELLS × LEADS`. */
function together(found: Histograms, classes: number): Histograms {
  const size = CELLS * LEADS.length * BINS;
  const all = histograms(CELLS * LEADS.length);
  for (let i = 0; i < classes * size; i++) {
    all.counts[i % size]! += found.counts[i]!;
    all.sums[i % size]! += found.sums[i]!;
  }
  return all;
}

/**
 * Takes an hour of a few roads and bears it; a day of 1,247 roads in a fraction of a second.
 *
 * @throws {TrainingError} for fewer changes over 30 minutes than `limits.persistence_changes_min`, or too many classes.
 */
export const trainPersistence: Train = async (set, { seed, signal }) => {
  signal?.throwIfAborted();
  const { network, matrix } = set;
  const classes = [...new Set(network.roads.map(({ road_class }) => road_class))].sort();
  if (classes.length > limits.model_classes_max)
    throw new TrainingError(
      `There are ${classes.length} classes of roads, and ${limits.model_classes_max} at most`,
    );
  const class_of = network.roads.map(({ road_class }) => classes.indexOf(road_class));
  const found = count(set, class_of, classes.length);
  const all = together(found, classes.length);

  const of_any = LEADS.map((_, lead) => {
    const any = histograms(1);
    for (const cell of LEVEL_CELLS) addTo(any, all, cell * LEADS.length + lead, 1);
    return any;
  });
  const changes = totalOf(of_any[2]!, 0);
  if (changes < limits.persistence_changes_min)
    throw new TrainingError(
      `Persistence learns from ${limits.persistence_changes_min} changes over 30 minutes at least; there are ${changes}`,
    );

  // One table per class, and one for classes that were not seen.
  const table = new Float32Array((classes.length + 1) * CELLS * LEADS.length * LEVELS.length);
  for (let of_class = 0; of_class <= classes.length; of_class++) {
    for (let cell = 0; cell < CELLS; cell++) {
      for (let lead = 0; lead < LEADS.length; lead++) {
        const at = cell * LEADS.length + lead;
        // With an hour of data nothing is seen 40 minutes later: then as after 30.
        const prior_lead = totalOf(of_any[lead]!, 0) > 0 ? lead : 2;
        const mixed = histograms(1);
        const prior = of_any[prior_lead]!;
        addTo(mixed, prior, 0, SHRINK / totalOf(prior, 0), UNSEEN_STRETCH);
        addTo(mixed, all, at, 1);
        if (of_class < classes.length) {
          const scale = SHRINK / totalOf(mixed, 0);
          for (let bin = 0; bin < BINS; bin++) {
            mixed.counts[bin]! *= scale;
            mixed.sums[bin]! *= scale;
          }
          addTo(mixed, found, of_class * CELLS * LEADS.length + at, 1);
        }
        const begin = (of_class * CELLS * LEADS.length + at) * LEVELS.length;
        table.set(aroundPoint(quantilesOf(mixed, LEVELS)), begin);
      }
    }
  }
  return packModel({
    about: {
      kind: "persistence",
      trained_from_ms: matrix.from_ms,
      trained_to_ms: matrix.from_ms + matrix.steps * STEP_MS,
      seed,
      roads_n: network.roads.length,
    },
    inputs: INPUTS,
    settings: { classes },
    arrays: { table },
  });
};

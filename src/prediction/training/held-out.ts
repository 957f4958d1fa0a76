/**
 * Models judged on time that they had not learnt from: each origin is asked as it would be in service, from the hour before it, and
 * compared with what came 10, 20 and 30 minutes later. All of them on the same pairs: those where each said something.
 */
import { limits } from "../../core/limits.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { localTime } from "../../core/time.ts";
import { noMargins, predictionOf } from "../distribution.ts";
import { recentAt } from "../judge/recent-at.ts";
import type { Judged } from "../margins.ts";
import { FORECAST_SIZE, type Forecaster, HORIZONS_MIN, LEVELS, type TrainingSet } from "../model.ts";
import { FigureSums } from "./figures.ts";
import type { Figures } from "./verdict.ts";

export interface Asked {
  forecaster: Forecaster;
  /** What its errors are of: the point that is shown, or the median. "It stays as it is" and the profile say their medians. */
  point: "shown" | "median";
}

export interface HeldOutOptions {
  set: TrainingSet;
  /** Origins lie in `[from_step, steps − 6)`; so many of them, evenly, that there are at most `limits.judge_rows_max` rows. */
  from_step: number;
  /** The first is the one whose margins are wanted. */
  models: readonly Asked[];
  /** After each origin; awaited. */
  onProgress?: (done: number) => void | Promise<void>;
}

export interface HeldOut {
  /** By model. */
  figures: readonly Figures[];
  /** Forecasts of the first model and what came: what its margins come from. */
  judged: Judged;
  origins_n: number;
}

const STEPS_AHEAD = HORIZONS_MIN.map((minutes) => (minutes * 60_000) / STEP_MS);
const FURTHEST = Math.max(...STEPS_AHEAD);
const MEDIAN = LEVELS.indexOf(0.5);

/** Steps to judge. Not every twelfth: that would be the same minutes of each hour. */
export function originsOf(from_step: number, steps: number, roads: number): readonly number[] {
  const all = Math.max(0, steps - FURTHEST - from_step);
  const most = Math.max(1, Math.floor(limits.judge_rows_max / Math.max(1, roads)));
  const stride = Math.max(1, Math.ceil(all / most));
  const odd = stride > 1 && stride % 12 === 0 ? stride + 1 : stride;
  const origins: number[] = [];
  for (let step = from_step; step < from_step + all; step += odd) origins.push(step);
  return origins;
}

export async function judgeHeldOut({ set, from_step, models, onProgress }: HeldOutOptions): Promise<HeldOut> {
  const { network, matrix } = set;
  const { roads, zone } = network;
  const origins = originsOf(from_step, matrix.steps, roads.length);
  const wanted = roads.map((_, column) => column);
  const sums = models.map(() => new FigureSums());
  const rows = new Rows(origins.length * roads.length);

  for (const [i, step] of origins.entries()) {
    const recent = recentAt(matrix, step);
    const { hour } = localTime(recent.at_ms, zone);
    const forecasts = models.map(({ forecaster }) => forecaster.forecast(recent, wanted));
    for (const [column, { congested_below, speed_max }] of roads.entries()) {
      const truths = STEPS_AHEAD.map(
        (ahead) => matrix.speeds[(step + ahead) * roads.length + column] ?? Number.NaN,
      );
      if (truths.every(Number.isNaN)) continue;
      const now = matrix.speeds[step * roads.length + column]!;
      const facts = { congested_below, speed_max, now, margins: noMargins };
      const said = forecasts.map((quantiles) => predictionOf(quantiles, column * FORECAST_SIZE, facts));
      if (said.includes(null)) continue;
      rows.add(forecasts[0]!, column * FORECAST_SIZE, truths, now, congested_below);
      for (const [horizon, came] of truths.entries()) {
        if (Number.isNaN(came)) continue;
        const pair = { came, was_slow: now < congested_below, is_slow: came < congested_below, hour };
        const median = column * FORECAST_SIZE + horizon * LEVELS.length + MEDIAN;
        for (const [model, one] of said.entries()) {
          const shown = one!.horizons[horizon]!;
          const speed = models[model]!.point === "shown" ? shown.speed : forecasts[model]![median]!;
          sums[model]!.add(horizon, { ...pair, said: { ...shown, speed } });
        }
      }
    }
    await onProgress?.((i + 1) / origins.length);
  }
  return { figures: sums.map((one) => one.told()), judged: rows.taken(), origins_n: origins.length };
}

/** Rows for margins, in arrays of the size that they may grow to. */
class Rows {
  readonly #judged: Judged;
  #n = 0;

  constructor(most: number) {
    this.#judged = {
      quantiles: new Float32Array(most * FORECAST_SIZE),
      truths: new Float32Array(most * HORIZONS_MIN.length),
      now: new Float32Array(most),
      congested_below: new Float32Array(most),
    };
  }

  add(
    quantiles: Float32Array,
    offset: number,
    truths: readonly number[],
    now: number,
    congested_below: number,
  ): void {
    const { quantiles: all, ...to } = this.#judged;
    all.set(quantiles.subarray(offset, offset + FORECAST_SIZE), this.#n * FORECAST_SIZE);
    to.truths.set(truths, this.#n * HORIZONS_MIN.length);
    to.now[this.#n] = now;
    to.congested_below[this.#n] = congested_below;
    this.#n++;
  }

  taken(): Judged {
    const { quantiles, truths, now, congested_below } = this.#judged;
    return {
      quantiles: quantiles.subarray(0, this.#n * FORECAST_SIZE),
      truths: truths.subarray(0, this.#n * HORIZONS_MIN.length),
      now: now.subarray(0, this.#n),
      congested_below: congested_below.subarray(0, this.#n),
    };
  }
}

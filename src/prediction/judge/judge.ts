/**
 * A model judged in full, as it is in service: each origin is asked with the hour before it and compared with what came. What training
 * decides by is a part of this (`training/held-out.ts`).
 */
import { STEP_MS, type SpeedMatrix } from "../../core/speed-matrix.ts";
import { localTime, minutes } from "../../core/time.ts";
import { noMargins, predictionOf } from "../distribution.ts";
import type { Judged } from "../margins.ts";
import { FORECAST_SIZE, type Forecaster, HORIZONS_MIN, LEVELS, type RoadNetwork } from "../model.ts";
import type { Margins } from "../prediction.ts";
import { HorizonSums } from "./horizon-sums.ts";
import { recentAt } from "./recent-at.ts";
import { subsetsOf } from "./subsets.ts";
import type { Verdict } from "./verdict.ts";

const AHEAD = HORIZONS_MIN.map((horizon) => minutes(horizon) / STEP_MS);
const MEDIAN = LEVELS.indexOf(0.5);

export interface JudgeOptions {
  /** Origins, half-open; what comes after the end of the data is not judged. */
  from_step: number;
  to_step: number;
  margins?: Margins;
  /** What errors are of: the point that is shown, or the median, which is what a model was taught to say. */
  point?: "shown" | "median";
}

export function judge(
  forecaster: Forecaster,
  network: RoadNetwork,
  matrix: SpeedMatrix,
  { from_step, to_step, margins = noMargins, point = "shown" }: JudgeOptions,
): Verdict {
  const sums = HORIZONS_MIN.map(() => new HorizonSums());
  let asked_n = 0;
  let unknown_n = 0;
  for (const { at_ms, quantiles, now, came } of forecasts(forecaster, network, matrix, from_step, to_step)) {
    const { hour } = localTime(at_ms, network.zone);
    for (const [road, { congested_below, speed_max }] of network.roads.entries()) {
      const from = road * FORECAST_SIZE;
      const facts = { congested_below, speed_max, now: now[road]!, margins };
      const said = predictionOf(quantiles, from, facts);
      for (const [h, sum] of sums.entries()) {
        const then = came[h]?.[road] ?? Number.NaN;
        if (!Number.isFinite(then)) continue;
        asked_n++;
        if (said === null) {
          unknown_n++;
          continue;
        }
        const offset = from + h * LEVELS.length;
        const ahead = said.horizons[h]!;
        sum.add({
          point: point === "shown" ? ahead.speed : quantiles[offset + MEDIAN]!,
          said: ahead,
          regime: said.regime,
          came: then,
          is_slow: then < congested_below,
          subsets: subsetsOf(now[road]!, then, congested_below),
          hour,
          quantiles,
          offset,
        });
      }
    }
  }
  return {
    from_step,
    to_step,
    asked_n,
    unknown_n,
    horizons: sums.map((sum, h) => sum.verdict(HORIZONS_MIN[h]!)),
  };
}

/** Forecasts and what came, for margins. */
export function judgedRows(
  forecaster: Forecaster,
  network: RoadNetwork,
  matrix: SpeedMatrix,
  { from_step, to_step }: JudgeOptions,
): Judged {
  const roads = network.roads.length;
  const n = Math.max(0, to_step - from_step) * roads;
  const rows = {
    quantiles: new Float32Array(n * FORECAST_SIZE),
    truths: new Float32Array(n * AHEAD.length).fill(Number.NaN),
    now: new Float32Array(n),
    congested_below: new Float32Array(n),
  };
  let row = 0;
  for (const { quantiles, now, came } of forecasts(forecaster, network, matrix, from_step, to_step)) {
    rows.quantiles.set(quantiles, row * FORECAST_SIZE);
    rows.now.set(now, row);
    for (const [road, { congested_below }] of network.roads.entries()) {
      rows.congested_below[row] = congested_below;
      for (const [h, then] of came.entries()) rows.truths[row * AHEAD.length + h] = then[road] ?? Number.NaN;
      row++;
    }
  }
  return rows;
}

interface Asked {
  at_ms: number;
  quantiles: Float32Array;
  now: Float32Array;
  /** By horizon; empty after the end of the data. */
  came: readonly Float32Array[];
}

function* forecasts(
  forecaster: Forecaster,
  { roads }: RoadNetwork,
  matrix: SpeedMatrix,
  from_step: number,
  to_step: number,
): Generator<Asked> {
  const wanted = roads.map((_, column) => column);
  const rowOf = (step: number): Float32Array =>
    step < matrix.steps
      ? matrix.speeds.subarray(step * roads.length, (step + 1) * roads.length)
      : new Float32Array();
  for (let step = from_step; step < to_step; step++) {
    const recent = recentAt(matrix, step);
    const quantiles = forecaster.forecast(recent, wanted);
    yield {
      at_ms: recent.at_ms,
      quantiles,
      now: rowOf(step),
      came: AHEAD.map((ahead) => rowOf(step + ahead)),
    };
  }
}

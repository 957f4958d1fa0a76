/** Days within the first part on which margins are found: its last day as far as it goes, and the whole day three days before. */
import type { SpeedMatrix } from "../../src/core/speed-matrix.ts";
import { judgedRows } from "../../src/prediction/judge/judge.ts";
import type { Judged } from "../../src/prediction/margins.ts";
import type { Forecaster, RoadNetwork } from "../../src/prediction/model.ts";

/** Steps of a day. */
const DAY = 288;

/** Half-open, in steps; a recording begins with a day. */
export interface HeldOut {
  from_step: number;
  to_step: number;
}

/** Friday and Monday morning, of the week that ends on Monday at noon: days of both ends of it, none next to another. */
export function heldOutDays(train_steps: number): readonly HeldOut[] {
  const last = Math.floor((train_steps - 1) / DAY) * DAY;
  const whole = last - 3 * DAY;
  return [
    ...(whole >= 0 ? [{ from_step: whole, to_step: whole + DAY }] : []),
    ...(last > 0 ? [{ from_step: last, to_step: train_steps }] : []),
  ];
}

/** The same without what was measured in a span: other days, later ones too, are learnt from. */
export function without(matrix: SpeedMatrix, { from_step, to_step }: HeldOut): SpeedMatrix {
  const speeds = matrix.speeds.slice();
  speeds.fill(Number.NaN, from_step * matrix.keys.length, to_step * matrix.keys.length);
  return { ...matrix, speeds };
}

/** Forecasts of each twin on the days that it has not seen, and what came. */
export function together(
  twins: readonly { forecaster: Forecaster; held: HeldOut }[],
  network: RoadNetwork,
  matrix: SpeedMatrix,
): Judged {
  const all = twins.map(({ forecaster, held }) => judgedRows(forecaster, network, matrix, held));
  const joined = (pick: (judged: Judged) => Float32Array): Float32Array => {
    const parts = all.map(pick);
    const whole = new Float32Array(parts.reduce((n, { length }) => n + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  return {
    quantiles: joined(({ quantiles }) => quantiles),
    truths: joined(({ truths }) => truths),
    now: joined(({ now }) => now),
    congested_below: joined(({ congested_below }) => congested_below),
  };
}

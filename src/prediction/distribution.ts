/** From a forecast's quantiles to what is said of a road: point, intervals, probabilities and regime, all from one distribution. */
import { HORIZONS_MIN, LEVELS } from "./model.ts";
import type { HorizonPrediction, Margins, Regime, RoadPrediction } from "./prediction.ts";
import { quantileAt, shareBelow } from "./quantiles.ts";

const N = LEVELS.length;
const H = HORIZONS_MIN.length;

/**
 * How much lower than the median the point is where a jam is certain: the quantile of `0.5·(1 − POINT_LEAN·P(slow))`. With 0 the mean
 * error over all is least; with 0.2 forecasts of roads that are slow now or then have no bias.
 */
const POINT_LEAN = 0.2;

/** The point's neighbourhood that `within_15` speaks of. */
const WITHIN = 0.15;

/** The 90 % band 30 minutes ahead is wide from this share of the road's `congested_below` on. */
const UNCERTAIN_SHARE = 0.3;

/** What a road's forecast is read with. */
export interface Reading {
  congested_below: number;
  speed_max: number;
  /** Speed now; NaN where it is not known. */
  now: number;
  margins: Margins;
}

/** The ends of the 50 and the 90 % interval before any margin, as levels. */
export const ENDS = { 50: [0.25, 0.75], 90: [0.05, 0.95] } as const;

const nothingOf = { margin_50: 0, margin_90: 0 };
const none = { calm: nothingOf, uncertain: nothingOf, slow: nothingOf };

/** Intervals as the model says them. */
export const noMargins: Margins = { 10: none, 20: none, 30: none };

/** @param offset Where the road's `FORECAST_SIZE` numbers begin. */
export function regimeOf(
  quantiles: Float32Array,
  offset: number,
  { congested_below, now }: Pick<Reading, "congested_below" | "now">,
): Regime {
  if (now < congested_below) return "slow";
  const last = offset + (H - 1) * N;
  const width = quantileAt(quantiles, last, ENDS[90][1]) - quantileAt(quantiles, last, ENDS[90][0]);
  return width > UNCERTAIN_SHARE * congested_below ? "uncertain" : "calm";
}

function horizonOf(
  quantiles: Float32Array,
  offset: number,
  { congested_below, speed_max }: Reading,
  { margin_50, margin_90 }: Margins["10"]["calm"],
): HorizonPrediction {
  const within = (speed: number): number => Math.min(speed_max, Math.max(0, speed));
  const at = (level: number): number => quantileAt(quantiles, offset, level);
  const slow = shareBelow(quantiles, offset, congested_below);
  const speed = within(at(0.5 * (1 - POINT_LEAN * slow)));
  // A margin may be negative: an interval keeps its point, and the wider one the narrower.
  const low_50 = Math.min(speed, within(at(ENDS[50][0]) - margin_50));
  const high_50 = Math.max(speed, within(at(ENDS[50][1]) + margin_50));
  const low_90 = Math.min(low_50, within(at(ENDS[90][0]) - margin_90));
  const high_90 = Math.max(high_50, within(at(ENDS[90][1]) + margin_90));
  const top = speed * (1 + WITHIN);
  const below = speed > 0 ? shareBelow(quantiles, offset, speed * (1 - WITHIN)) : 0;
  const upTo = top >= speed_max ? 1 : shareBelow(quantiles, offset, top, true);
  const within_15 = Math.max(0, upTo - below);
  return { speed, low_50, high_50, low_90, high_90, congestion_probability: slow, within_15 };
}

/**
 * @param quantiles As a `Forecaster` gives them.
 * @param offset Where the road's `FORECAST_SIZE` numbers begin.
 * @returns null where the model does not know.
 */
export function predictionOf(
  quantiles: Float32Array,
  offset: number,
  reading: Reading,
): RoadPrediction | null {
  for (let i = 0; i < H * N; i++) if (!Number.isFinite(quantiles[offset + i])) return null;
  const regime = regimeOf(quantiles, offset, reading);
  const { margins } = reading;
  return {
    regime,
    horizons: [
      horizonOf(quantiles, offset, reading, margins[10][regime]),
      horizonOf(quantiles, offset + N, reading, margins[20][regime]),
      horizonOf(quantiles, offset + 2 * N, reading, margins[30][regime]),
    ],
  };
}

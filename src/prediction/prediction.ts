/** What is said of a road ahead, all of it read from one distribution per horizon. */
import type { HorizonMin } from "./model.ts";

/**
 * How sure the moment is, as a forecaster can see it: `slow` where the road is slow now, `uncertain` where the 90 % interval 30 minutes
 * ahead is wide before any margin, else `calm`.
 */
export const regimes = ["calm", "uncertain", "slow"] as const;
export type Regime = (typeof regimes)[number];

export interface HorizonPrediction {
  /** The point: the median, lower where a jam is likely. */
  speed: number;
  /** Interval that holds the speed in 50 and in 90 % of cases. */
  low_50: number;
  high_50: number;
  low_90: number;
  high_90: number;
  /** Probability that the road is slow then. */
  congestion_probability: number;
  /** Probability that the speed is within ±15 % of the point. */
  within_15: number;
}

export interface RoadPrediction {
  regime: Regime;
  /** In the order of `HORIZONS_MIN`. */
  horizons: readonly [HorizonPrediction, HorizonPrediction, HorizonPrediction];
}

/**
 * What is added to both ends of an interval (taken off, where negative), so that it covers what it says; by horizon, regime and
 * interval: from days that were held out, later from the last days served.
 */
export type Margins = Readonly<
  Record<`${HorizonMin}`, Readonly<Record<Regime, Readonly<{ margin_50: number; margin_90: number }>>>>
>;

/** Quantiles of differences from a point that is kept: what is below it stays below, what is above it above, and it is the median. */
import { LEVELS } from "./model.ts";

/** @param quantiles By `LEVELS`. */
export const aroundPoint = (quantiles: readonly number[]): number[] =>
  quantiles.map((quantile, i) =>
    LEVELS[i]! < 0.5 ? Math.min(0, quantile) : LEVELS[i]! > 0.5 ? Math.max(0, quantile) : 0,
  );

/** How good a model was over some time, as plain JSON. Speeds are in the unit of the data. */
import { z } from "zod";
import { regimes } from "../prediction.ts";
import { subsets } from "./subsets.ts";

const known = z.number().nullable();
const count = z.int().min(0);

const errorsSchema = z.object({
  n: count,
  mae: known,
  rmse: known,
  r2: known,
  mape_percent: known,
  bias: known,
  within_15: known,
});

const coverageSchema = z.object({
  n: count,
  /** Share of what came inside the interval. */
  covered_50: known,
  covered_90: known,
  /** Mean width. */
  width_50: known,
  width_90: known,
});

const saidAndCame = z.object({
  n: count,
  /** Mean of the probabilities that were said, and share of the cases in which it came so. */
  said: known,
  came: known,
});

const horizonSchema = z.object({
  horizon_min: z.int(),
  errors: z.record(z.enum(subsets), errorsSchema),
  coverage: z.record(z.enum(["all", ...regimes]), coverageSchema),
  /** Mean over the levels of the pinball loss, before any margin. */
  pinball: known,
  /** Mean squared error of the probability of being slow. */
  brier: known,
  /** By tenths of what was said: confidence that the speed is within ±15 % of the point; probability of being slow. */
  confidence: z.array(saidAndCame).length(10),
  slow: z.array(saidAndCame).length(10),
  /** Mean absolute error by hour of the local day when it was predicted. */
  mae_by_hour: z.array(known).length(24),
});

export const verdictSchema = z.object({
  /** Steps of the data, half-open. */
  from_step: count,
  to_step: count,
  /** Pairs that were asked for, and of them those of which the model said that it does not know. */
  asked_n: count,
  unknown_n: count,
  horizons: z.array(horizonSchema).length(3),
});

export type HorizonVerdict = z.infer<typeof horizonSchema>;
export type Verdict = z.infer<typeof verdictSchema>;

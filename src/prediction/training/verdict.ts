/** What a model was judged to be on time that it had not learnt from, as it is kept beside it. Speeds are km/h. */
import { z } from "zod";

const known = z.number().nullable();

/** Of one horizon. Null where there was nothing to judge. An error is prediction minus what came. */
const horizonSchema = z.object({
  /** Pairs of a prediction and what came. */
  n: z.int().min(0),
  mae: known,
  rmse: known,
  bias: known,
  /** 1 − Σe² / Σ(y − mean y)². */
  r2: known,
  /** Mean of |error| / what came, percent, where that is above 0. */
  mape_percent: known,
  /** Share with what came within ±15 % of the prediction. */
  within_15: known,
  /** Share of what came inside the intervals, before any margin. */
  covered_50: known,
  covered_90: known,
  /** Slow when it was predicted, or when it came. */
  either: z.object({ n: z.int().min(0), mae: known, bias: known, mape_percent: known }),
  /** Slow when it came. */
  congested: z.object({ n: z.int().min(0), mae: known, bias: known, mape_percent: known }),
  /** Mean absolute error by hour of the city's day, 0 to 23. */
  mae_by_hour: z.array(known).length(24),
});

/** 10, 20 and 30 minutes ahead. */
const figuresSchema = z.tuple([horizonSchema, horizonSchema, horizonSchema]);

const verdictSchema = z.object({
  /** Half-open span of the origins that were judged, ms: the last fifth of the data. */
  judged_from_ms: z.number(),
  judged_to_ms: z.number(),
  origins_n: z.int().min(0),
  /** Up to where its twin had learnt that was judged; what is kept learnt from all. */
  learnt_to_ms: z.number(),
  /** All of the same pairs. Its own, and those of whatever is no better than a guess. */
  own: figuresSchema,
  persistence: figuresSchema,
  profile: figuresSchema.nullable(),
  /** Against who was champion then; null where nobody was. */
  champion: z
    .object({
      model_version: z.string(),
      /** Only later than what the champion had learnt from: null where nothing was. */
      on_unseen: z.object({ from_ms: z.number(), own: figuresSchema, champion: figuresSchema }).nullable(),
      /** Why the champion could not be asked; null where it could. */
      fault: z.string().nullable(),
    })
    .nullable(),
});

export type HorizonFigures = z.infer<typeof horizonSchema>;
export type Figures = z.infer<typeof figuresSchema>;
export type Verdict = z.infer<typeof verdictSchema>;

/** Null for nothing, and for what another release wrote. */
export function verdictOf(stored: unknown): Verdict | null {
  const read = verdictSchema.safeParse(stored);
  return read.success ? read.data : null;
}

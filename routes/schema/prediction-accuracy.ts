/** Shape of `/api/analytics/prediction-accuracy`: how good predictions were. */
import { z } from "@hono/zod-openapi";
import { limits } from "../../src/core/limits.ts";
import { modelStates } from "../../src/serving/predictions/answer.ts";
import { hourOfDay, shareOf } from "./analytics-parts.ts";
import { instant, LARGEST, number, tally, whole, words_of, yesNo } from "./numbers.ts";

const kmh = (doc: string) => number(0, limits.speed_kmh_max, "km/h", doc).nullable();
const bias = number(
  -limits.speed_kmh_max,
  limits.speed_kmh_max,
  "km/h",
  "Mean of prediction minus what came: above 0 where it says too fast.",
).nullable();
const percent = (doc: string) => number(0, LARGEST, "%", doc).nullable();
const skill = number(
  -LARGEST,
  1,
  "1",
  "1 − own mean absolute error / that of persistence, on the same pairs: above 0 is better than no model.",
).nullable();
const horizon = z.union([z.literal(10), z.literal(20), z.literal(30)]).openapi({
  type: "integer",
  enum: [10, 20, 30],
  minimum: 10,
  maximum: 30,
  "x-unit": "min",
  description: "Minutes ahead. Unit: min.",
});
const version = words_of("Model that made them.");

const either = z
  .object({
    n: tally("Pairs that were slow when predicted, or when it came."),
    mae: kmh("Mean absolute error."),
    bias,
    mape_percent: percent("Mean of |error| / what came, where that is above 0."),
    persistence_mae: kmh("Mean absolute error of: it stays as it is."),
    persistence_mape_percent: percent("The same in percent of what came."),
    skill,
  })
  .openapi("EitherFigures");

const figures = {
  n: tally("Pairs of a prediction and what came."),
  unscored_n: tally("Predictions of whose minute nothing was measured."),
  mae: kmh("Mean absolute error; null without a pair, as all figures."),
  rmse: kmh("Root of the mean squared error."),
  bias,
  r2: number(-LARGEST, 1, "1", "Share of the spread of what came that is explained.").nullable(),
  mape_percent: percent("Mean of |error| / what came, where that is above 0."),
  within_15: shareOf("Share with what came within ±15 % of the prediction."),
  persistence_mae: kmh("Mean absolute error of: it stays as it is."),
  skill,
  covered_50: shareOf("Share of what came inside the interval that promises half."),
  covered_90: shareOf("The same of the one that promises 90 %."),
  width_50: kmh("Mean width of the interval."),
  width_90: kmh("Mean width of the interval."),
  brier: shareOf("Mean squared error of the probability of congestion."),
  slow_share: shareOf("How often the road was slow."),
  either,
  onsets: z
    .object({
      n: tally("Jams that began: not slow when predicted, slow when it came."),
      called_n: tally("How often one was called: a probability of at least 0.35 while not slow."),
      right_n: tally("How often that was right."),
    })
    .openapi("JamOnsets"),
};
const ofHorizon = { horizon_min: horizon, ...figures };

const bin = z
  .object({
    from: number(0, 1, "1", "The bin's lower edge."),
    to: number(0, 1, "1", "And its upper one."),
    n: tally("Cases."),
    said: shareOf("Mean of what was said; null without a case."),
    came_true: shareOf("Share of cases in which it was so."),
  })
  .openapi("CalibrationBin");

const verdict = z
  .object({
    judged_from: instant("First origin that was judged."),
    judged_to: instant("First instant after the last one."),
    origins_n: tally("Origins that were judged."),
    horizons: z.array(
      z
        .object({
          horizon_min: horizon,
          n: tally("Pairs of a prediction and what came."),
          mae: kmh("Mean absolute error."),
          mape_percent: percent("Mean of |error| / what came."),
          r2: number(-LARGEST, 1, "1", "Share of the spread that is explained.").nullable(),
          within_15: shareOf("Share with what came within ±15 % of the prediction."),
          either_mae: kmh("Mean absolute error where it was slow when predicted, or when it came."),
          persistence_mae: kmh("That of persistence, on the same pairs."),
          persistence_either_mae: kmh("And where it was slow."),
          profile_mae: kmh("That of the usual speed of the hour, on the same pairs."),
        })
        .openapi("HeldOutFigures"),
    ),
  })
  .openapi("ModelVerdict", {
    description:
      "What it was judged to be on time that it had not learnt from, before it was asked anything.",
  });

const at = (doc: string) => instant(doc).nullable();
const model = z
  .object({
    model_version: version,
    kind: words_of("What it is made of; null for one that is kept nowhere.").nullable(),
    state: z
      .enum(modelStates)
      .nullable()
      .openapi({ description: "Its part; null for one that is kept nowhere." }),
    reason: words_of("Why it is in this state.").nullable(),
    created_at: at("When it was made."),
    promoted_at: at("When it became champion for the last time."),
    ended_at: at("When it was retired or rejected."),
    trained_from: at("First instant that it learnt from."),
    trained_to: at("First instant after the last one."),
    seed: whole(-LARGEST, LARGEST, "1", "Seed of its training.").nullable(),
    code_version: words_of("Release that made it.").nullable(),
    roads_n: tally("Roads that it learnt from.").nullable(),
    verdict: verdict.nullable(),
    served_n: tally("Pairs in the range, of predictions that were served."),
    trial_n: tally("And of those on trial."),
  })
  .openapi("PredictionModel");

const horizonFigures = z.object(ofHorizon).openapi("HorizonFigures");
const modelFigures = z
  .object({ model_version: version, trial: yesNo("On trial: shown to nobody."), ...ofHorizon })
  .openapi("ModelFigures");
const regimeFigures = z
  .object({
    regime: z
      .enum(["calm", "uncertain", "slow", "unknown"])
      .openapi({ description: "How sure the moment was." }),
    ...ofHorizon,
  })
  .openapi("RegimeFigures");
const hourFigures = z.object({ hour: hourOfDay, ...ofHorizon }).openapi("HourOfDayFigures");
const stepFigures = z
  .object({
    start: instant("First instant of the step: an hour of up to 15 days, else a day of the city."),
    end: instant("First instant after it."),
    ...ofHorizon,
  })
  .openapi("AccuracyStep");

const worstRoad = z
  .object({
    rank: whole(1, limits.worst_roads_max, "1", "By mean absolute error."),
    road_id: words_of("The road."),
    road_name: words_of("Its name; null for a road that is not of the network.").nullable(),
    horizon_min: horizon,
    n: tally("Pairs."),
    mae: kmh("Mean absolute error."),
    bias,
    mape_percent: percent("Mean of |error| / what came."),
  })
  .openapi("WorstPredictedRoad");

const drift = z
  .object({
    drifting: yesNo("Any horizon drifts."),
    rule: words_of("When it is said to drift."),
    until: at("The last 24 hours end here; null where nothing is scored."),
    horizons: z.array(
      z
        .object({
          horizon_min: horizon,
          mae: kmh("Mean absolute error of the last 24 hours that are scored."),
          skill,
          n: tally("Pairs."),
          before_mae: kmh("Of the 7 days before."),
          before_skill: skill,
          before_n: tally("Pairs of the 7 days before."),
          ratio: number(0, LARGEST, "1", "mae / before_mae.").nullable(),
          drifting: yesNo("By the rule."),
        })
        .openapi("DriftOfHorizon"),
    ),
  })
  .openapi("PredictionDrift");

export const predictionAccuracySchema = z
  .object({
    from: instant("First instant of the targets."),
    to: instant("First instant after them."),
    scored_to: at("Targets before it are scored; null where none ever was."),
    model_version: words_of("Version that was asked for; null is what was served.").nullable(),
    models: z.array(model),
    overall: z.array(horizonFigures),
    by_model: z.array(modelFigures),
    by_regime: z.array(regimeFigures),
    by_hour: z.array(hourFigures),
    series: z.array(stepFigures),
    calibration: z
      .object({
        confidence: z.array(bin),
        congestion: z.array(
          z.object({ horizon_min: horizon, bins: z.array(bin) }).openapi("CongestionCalibration"),
        ),
      })
      .openapi("PredictionCalibration", {
        description:
          "What was said and how often it came true, in tenths; of the days of the city that the range touches.",
      }),
    drift,
    worst_roads: z.array(worstRoad),
    worst_roads_n_min: tally("Roads with fewer pairs are not ranked."),
  })
  .openapi("PredictionAccuracy");

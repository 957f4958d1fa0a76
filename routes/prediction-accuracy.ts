/** `/api/analytics/prediction-accuracy`: how good predictions were, each compared with what came. */
import { ProblemError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import { formatInstant } from "../src/core/time.ts";
import { HORIZONS_MIN } from "../src/prediction/model.ts";
import { verdictOf } from "../src/prediction/training/verdict.ts";
import type { Answer } from "../src/serving/answer.ts";
import type { PredictionAccuracy } from "../src/serving/predictions/answer.ts";
import { sendAnalytics } from "./analytics-body.ts";
import { analyticsParameters, analyticsQuery } from "./analytics-query.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate, type Format } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { choice, format, key, queryOf, wholeParameter } from "./parameters.ts";
import { accuracyTables } from "./prediction-accuracy-tables.ts";
import { predictionAccuracySchema } from "./schema/prediction-accuracy.ts";
import { problems } from "./schema/problem.ts";

const formats = ["json", "csv", "ndjson"] as const satisfies readonly Format[];
const ROADS_DEFAULT = 20;
const horizonTexts = ["10", "20", "30"] as const;

export function predictionAccuracyRoutes({ serving, city, clock }: ReadDeps) {
  const told = new WeakMap<Answer<PredictionAccuracy>, Answer<PredictionAccuracy>>();
  /** With verdicts of this release's shape; the same object for the same answer, so that its bytes are kept. */
  const toldOf = (answer: Answer<PredictionAccuracy>): Answer<PredictionAccuracy> => {
    let made = told.get(answer);
    if (made === undefined) {
      const models = answer.data.models.map((model) => ({ ...model, verdict: verdictTold(model.verdict) }));
      told.set(answer, (made = { ...answer, data: { ...answer.data, models } }));
    }
    return made;
  };

  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/analytics/prediction-accuracy",
      operationId: "predictionAccuracy",
      summary: "How good predictions were: by horizon, hour, regime, road and model, beside persistence",
      description:
        "Each prediction is compared, once, with the mean of what was measured around its minute. Ranges are whole hours of the city's zone, calibration and roads whole days; drift is always of now.",
      tags: ["Analytics"],
      "x-scope": "read",
      request: {
        query: queryOf({
          from: analyticsParameters.from,
          to: analyticsParameters.to,
          tz: analyticsParameters.tz,
          model_version: key("Only this model, served or on trial; what was served without it.").optional(),
          horizon_min: choice(horizonTexts, "Only this horizon, minutes; all without it.").optional(),
          limit: wholeParameter(
            1,
            limits.worst_roads_max,
            "1",
            `Roads in the ranking; ${ROADS_DEFAULT} without it.`,
          ).optional(),
          table: choice(
            Object.keys(accuracyTables),
            "Of CSV and NDJSON: which table; horizons without it.",
          ).optional(),
          format: format(formats),
        }),
      },
      responses: {
        ...tableAnswer({
          description: "Figures, calibration, drift and the worst roads.",
          row: predictionAccuracySchema,
          data: predictionAccuracySchema,
          formats,
          etag: true,
        }),
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const asked = c.req.valid("query");
      if (serving.predictionScores === undefined)
        throw new ProblemError({ name: "unavailable", detail: "Nobody scores predictions here" });
      const { from, to, tz } = asked;
      const { from_ms, to_ms } = await analyticsQuery(
        { from, to, tz },
        { serving, city, now_ms: clock.now() },
      );
      const answer = await serving.predictionScores.accuracy({
        from_ms,
        to_ms,
        model_version: asked.model_version ?? null,
        horizon_min: HORIZONS_MIN.find((h) => String(h) === asked.horizon_min) ?? null,
        limit: asked.limit ?? ROADS_DEFAULT,
      });
      const table = asked.table ?? "horizons";
      return sendAnalytics(c, toldOf(answer), {
        format: negotiate(c.req.header("accept"), asked.format, formats),
        name: `prediction-accuracy-${table}`,
        table: accuracyTables[table]!,
      });
    },
  );
}

/** What training judged it to be; null for nothing, and for what another release wrote. */
function verdictTold(stored: unknown): Record<string, unknown> | null {
  const verdict = verdictOf(stored);
  if (verdict === null) return null;
  return {
    judged_from: formatInstant(verdict.judged_from_ms),
    judged_to: formatInstant(verdict.judged_to_ms),
    origins_n: verdict.origins_n,
    horizons: HORIZONS_MIN.map((horizon_min, i) => {
      const [own, stay, usual] = [verdict.own[i]!, verdict.persistence[i]!, verdict.profile?.[i] ?? null];
      return {
        horizon_min,
        n: own.n,
        mae: own.mae,
        mape_percent: own.mape_percent,
        r2: own.r2,
        within_15: own.within_15,
        either_mae: own.either.mae,
        persistence_mae: stay.mae,
        persistence_either_mae: stay.either.mae,
        profile_mae: usual?.mae ?? null,
      };
    }),
  };
}

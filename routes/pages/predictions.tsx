/** `/predictions`: what will change, how good that was, and who says it. */
import { Hono, type Context } from "hono";
import { isAway, ProblemError } from "../../src/core/errors.ts";
import { verdictOf } from "../../src/prediction/training/verdict.ts";
import { predictions as declared } from "../../src/streams/predictions.ts";
import type { PredictionAccuracy } from "../../src/serving/predictions/answer.ts";
import { predictionsFragment, predictionsPage, type PredictionsProps } from "../../views/predictions.tsx";
import { outlookOf } from "../../views/predictions/changes.ts";
import { rangeOf, readPredictionsQuery, type PredictionsQuery } from "../../views/predictions/query.ts";
import { answerPage } from "../pages-frame.ts";
import type { Page, PageTools } from "./page.ts";

const WORST_ROADS = 20;

export const predictions: Page = {
  routes(tools) {
    const { serving, city, clock, frame, stream } = tools;
    const declaredHere = stream(declared.name);

    async function props(c: Context): Promise<PredictionsProps> {
      const query = readPredictionsQuery(c.req.query());
      const now_ms = clock.now();
      const [rows, accuracy] = await Promise.all([
        declaredHere === null ? [] : serving.shared(declaredHere).then(({ answer }) => answer.data),
        accuracyOf(tools, query, now_ms),
      ]);
      const verdicts = (accuracy?.models ?? []).flatMap(({ model_version, verdict }) => {
        const read = verdictOf(verdict);
        return read === null ? [] : [[model_version, read] as const];
      });
      return {
        frame: frame(c),
        city,
        query,
        outlook: outlookOf(city.roads, rows, now_ms),
        accuracy,
        verdicts: new Map(verdicts),
        training: serving.delivery().jobs.find(({ job }) => job.name === "train") ?? null,
      };
    }

    return new Hono()
      .get("/predictions", async (c) => answerPage(c, predictionsPage(await props(c))))
      .get("/fragments/predictions", async (c) => answerPage(c, predictionsFragment(await props(c))));
  },
};

/** Null where history is away: what is expected is shown all the same. */
async function accuracyOf(
  { serving: { predictionScores: scores }, city }: Pick<PageTools, "serving" | "city">,
  query: PredictionsQuery,
  now_ms: number,
): Promise<PredictionAccuracy | null> {
  if (scores === undefined) return null;
  const { from_ms, to_ms } = rangeOf(query, now_ms, city.zone);
  try {
    const { data } = await scores.accuracy({
      from_ms,
      to_ms,
      model_version: query.model,
      horizon_min: query.horizon,
      limit: WORST_ROADS,
    });
    return data;
  } catch (error) {
    if (isAway(error) || (error instanceof ProblemError && error.problem.name === "unavailable")) return null;
    throw error;
  }
}

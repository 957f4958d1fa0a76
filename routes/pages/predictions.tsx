/** `/predictions`: what will change, how good that was, and who says it. */
import { Hono, type Context } from "hono";
import { isAway, ProblemError } from "../../src/core/errors.ts";
import type { Stream } from "../../src/core/stream.ts";
import { verdictOf } from "../../src/prediction/training/verdict.ts";
import { predictions as declared } from "../../src/streams/predictions.ts";
import { traffic } from "../../src/streams/traffic.ts";
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
      const rowsOf = async (of: Stream | null) => (of === null ? [] : (await serving.shared(of)).answer.data);
      const [rows, measured, { accuracy, unknown_model }] = await Promise.all([
        rowsOf(declaredHere),
        rowsOf(stream(traffic.name)),
        accuracyOf(tools, query, now_ms),
      ]);
      const verdicts = (accuracy?.models ?? []).flatMap(({ model_version, verdict }) => {
        const read = verdictOf(verdict);
        return read === null ? [] : [[model_version, read] as const];
      });
      return {
        frame: frame(c),
        city,
        // Links and figures are then of what was shown.
        query: unknown_model === null ? query : { ...query, model: null },
        outlook: outlookOf(city.roads, rows, measured, now_ms),
        accuracy,
        unknown_model,
        scoring: serving.predictionScores !== undefined,
        verdicts: new Map(verdicts),
        training: serving.delivery().jobs.find(({ job }) => job.name === "train") ?? null,
      };
    }

    return new Hono()
      .get("/predictions", async (c) => answerPage(c, predictionsPage(await props(c))))
      .get("/fragments/predictions", async (c) => answerPage(c, predictionsFragment(await props(c))));
  },
};

interface Judged {
  /** Null where history is away: what is expected is shown all the same. */
  accuracy: PredictionAccuracy | null;
  /** Asked for, but neither kept nor heard of in the range: figures are of what was shown. */
  unknown_model: string | null;
}

async function accuracyOf(
  tools: Pick<PageTools, "serving" | "city">,
  query: PredictionsQuery,
  now_ms: number,
): Promise<Judged> {
  const { serving, city } = tools;
  const nothing = { accuracy: null, unknown_model: null };
  if (serving.predictionScores === undefined) return nothing;
  const { from_ms, to_ms } = rangeOf(query, now_ms, city.zone);
  try {
    const { data } = await serving.predictionScores.accuracy({
      from_ms,
      to_ms,
      model_version: query.model,
      horizon_min: query.horizon,
      limit: WORST_ROADS,
    });
    return { accuracy: data, unknown_model: null };
  } catch (error) {
    if (isAway(error)) return nothing;
    if (!(error instanceof ProblemError)) throw error;
    if (error.problem.name === "unavailable") return nothing;
    if (error.problem.name !== "not-found" || query.model === null) throw error;
    return { ...(await accuracyOf(tools, { ...query, model: null }, now_ms)), unknown_model: query.model };
  }
}

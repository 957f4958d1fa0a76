/** `/api/analytics/episodes` and `/api/analytics/bottlenecks`: congestion as things with a begin, an end and a cost. */
import { ProblemError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import type { Serving } from "../src/serving/answer.ts";
import {
  episodeSorts,
  episodeStates,
  type BottleneckRow,
  type EpisodeRow,
  type EpisodeState,
  type RoadPatterns,
} from "../src/serving/episode-answer.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { newRoutes, route } from "./new-routes.ts";
import { choice, format, limit, queryOf } from "./parameters.ts";
import { rangeOf, rangeParameters, roadsOf, roadsParameters, type AskedRange } from "./patterns-query.ts";
import { present, type Shape } from "./present.ts";
import { invalidParameter } from "./problem.ts";
import { bottleneckSchema, episodeSchema } from "./schema/patterns.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";

const formats = ["json", "csv", "ndjson"] as const;
const EPISODES_DEFAULT = 500;
const BOTTLENECKS_DEFAULT = 100;

/** @throws {ProblemError} unavailable where this installation keeps no roads. */
export function patternsOf({ patterns }: Pick<Serving, "patterns">): RoadPatterns {
  if (patterns === undefined)
    throw new ProblemError({ name: "unavailable", detail: "There is no history of roads here" });
  return patterns;
}

const episodeShape: Shape<EpisodeRow> = { name: "episodes", columns: columnsOfSchema(episodeSchema) };
const bottleneckShape: Shape<BottleneckRow> = {
  name: "bottlenecks",
  columns: columnsOfSchema(bottleneckSchema),
};

/** What goes on now has no range. */
function mustBeWithoutRange(state: EpisodeState, asked: AskedRange): void {
  const name = asked.from === undefined ? "to" : "from";
  const ms = asked[name];
  if (state === "now" && ms !== undefined)
    throw invalidParameter(name, new Date(ms).toISOString(), "must be left out with state=now");
}

export function episodeRoutes({ serving, city, clock }: ReadDeps) {
  const range = (asked: AskedRange) => rangeOf(asked, { zone: city.zone, now_ms: clock.now() });
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/analytics/episodes",
        operationId: "analyticsEpisodes",
        summary: "Congestion episodes: begin, end, worst, delay",
        description:
          "An episode begins with a window of 5 min below 0.5 of free flow and ends at one above 0.65; after 15 min without data its end is unknown. Up to meta.frontier from the batch layer, from there on folded from windows.",
        tags: ["Analytics"],
        "x-scope": "read",
        request: {
          query: queryOf({
            ...rangeParameters,
            ...roadsParameters,
            state: choice(
              episodeStates,
              "now: going on, without a range. new: began in the range, at a time of the day at which the road had none in the 28 days before it. all: every one that touches the range, also without it.",
            ).optional(),
            sort: choice(
              episodeSorts,
              "Newest, most delay, longest or worst first; started_at without it.",
            ).optional(),
            limit: limit(limits.list_rows_max),
            format: format(formats),
          }),
        },
        responses: {
          ...tableAnswer({ description: "Episodes.", row: episodeSchema, formats }),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const {
          state = "all",
          sort = "started_at",
          limit: rows,
          format: wanted,
          ...asked
        } = c.req.valid("query");
        mustBeWithoutRange(state, asked);
        const answer = await patternsOf(serving).episodes({
          ...range(asked),
          ...roadsOf(asked),
          state,
          sort,
          limit: rows ?? EPISODES_DEFAULT,
        });
        return present(c, answer, negotiate(c.req.header("accept"), wanted, formats), episodeShape);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/analytics/bottlenecks",
        operationId: "analyticsBottlenecks",
        summary: "Roads ranked by the delay of their episodes",
        description:
          "Of the episodes that began in the range; the rank before is of the period of the same length right before it.",
        tags: ["Analytics"],
        "x-scope": "read",
        request: {
          query: queryOf({
            ...rangeParameters,
            ...roadsParameters,
            limit: limit(limits.list_rows_max),
            format: format(formats),
          }),
        },
        responses: {
          ...tableAnswer({ description: "The ranking.", row: bottleneckSchema, formats }),
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const { limit: rows, format: wanted, ...asked } = c.req.valid("query");
        const query = { ...range(asked), ...roadsOf(asked), limit: rows ?? BOTTLENECKS_DEFAULT };
        const answer = await patternsOf(serving).bottlenecks(query);
        return present(c, answer, negotiate(c.req.header("accept"), wanted, formats), bottleneckShape);
      },
    );
}

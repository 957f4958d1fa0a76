/** `/api/feeds`: how each feed does, wherever it is polled. */
import { z } from "@hono/zod-openapi";
import { ProblemError } from "../src/core/errors.ts";
import type { FeedStatus } from "../src/core/feed-status.ts";
import { formatInstant } from "../src/core/time.ts";
import type { FeedDesk } from "../src/serving/feeds.ts";
import { objectAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { newRoutes, route } from "./new-routes.ts";
import { key, queryOf } from "./parameters.ts";
import { presentJson } from "./present.ts";
import { notFound } from "./problem.ts";
import { feedSchema } from "./schema/feeds.ts";
import { answerOf } from "./schema/meta.ts";
import { words_of } from "./schema/numbers.ts";
import { problems } from "./schema/problem.ts";

export interface FeedsDeps extends Pick<ReadDeps, "clock"> {
  serving: Pick<ReadDeps["serving"], "cursor" | "delivery">;
}

export function feedRoutes({ serving, clock }: FeedsDeps, desk: FeedDesk) {
  const list = newRoutes().openapi(
    route({
      method: "get",
      path: "/api/feeds",
      operationId: "feeds",
      summary: "How each feed does: age, success, quota, last error, and whether it is believed",
      tags: ["Streams"],
      "x-scope": "read",
      request: { query: queryOf({}) },
      responses: {
        ...objectAnswer("The feeds, by name.", answerOf(z.array(feedSchema))),
        ...problems(400, 503),
      },
    }),
    async (c) => {
      const cursor = await serving.cursor();
      const { feeds } = serving.delivery();
      const newest = Math.max(...feeds.map(({ newest_event_ms }) => newest_event_ms ?? -Infinity));
      const meta = {
        cursor,
        layer: "batch" as const,
        as_of: instantOf(Number.isFinite(newest) ? newest : null),
        age_ms: Number.isFinite(newest) ? Math.max(0, clock.now() - newest) : null,
        // Each feed says for itself how old it is.
        stale: false,
        coverage: feeds.length === 0 ? 1 : feeds.filter(({ state }) => state === "ok").length / feeds.length,
      };
      return presentJson(c, { data: feeds.map(toldOf), meta });
    },
  );
  return list.openapi(
    route({
      method: "post",
      path: "/api/feeds/{feed}/believe",
      operationId: "believeFeed",
      summary: "Believe a suspect feed",
      description:
        "Its unit has changed for good, say, and is mapped anew: from the next poll on its values come in, and are what the next ones are measured by. What was held back stays among the dead letters.",
      tags: ["Streams"],
      "x-scope": "operate",
      request: { params: z.object({ feed: key("Name of the feed.", "here") }), query: queryOf({}) },
      responses: {
        ...objectAnswer(
          "It will be believed.",
          z.object({ data: z.object({ feed: words_of("The feed.") }) }),
          202,
        ),
        ...problems(400, 401, 403, 404, 409, 503),
      },
    }),
    async (c) => {
      const { feed } = c.req.valid("param");
      const said = await desk.believe(feed);
      if (said === null) throw notFound(`There is no feed "${feed}" here`);
      if (!said)
        throw new ProblemError({
          name: "conflict",
          detail: `The feed "${feed}" is not suspect: its values come in`,
        });
      return presentJson(c, { data: { feed } }, "no-store", 202);
    },
  );
}

const instantOf = (ms: number | null): string | null => (ms === null ? null : formatInstant(ms));

function toldOf(feed: FeedStatus): z.output<typeof feedSchema> {
  const { last_error, suspect, quota, totals } = feed;
  return {
    feed: feed.feed,
    label: feed.label,
    attribution: feed.attribution,
    streams: feed.streams,
    state: feed.state,
    every_ms: Math.round(feed.every_ms),
    interval_ms: Math.round(feed.interval_ms),
    last_call: instantOf(feed.last_call_ms),
    last_success: instantOf(feed.last_success_ms),
    next_poll: instantOf(feed.next_poll_ms),
    newest_event: instantOf(feed.newest_event_ms),
    age_ms: feed.age_ms,
    success_rate_hour: feed.success_rate_hour,
    success_rate_day: feed.success_rate_day,
    calls_today: quota.calls,
    calls_per_day_max: quota.max,
    circuit: feed.circuit,
    suspect:
      suspect === null
        ? null
        : { since: formatInstant(suspect.since_ms), words: suspect.words, held: suspect.held },
    last_error:
      last_error === null
        ? null
        : {
            kind: last_error.kind,
            words: last_error.words,
            request: last_error.request,
            at: formatInstant(last_error.at_ms),
            over: (feed.last_success_ms ?? 0) > last_error.at_ms,
          },
    accepted: totals.accepted,
    rejected: totals.rejected,
    held: totals.held,
    unchanged: totals.unchanged,
  };
}

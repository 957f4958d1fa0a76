/** The analytics: roll-ups merged with windows, folded into answers that all who ask the same within 10 s share. */
import { LRUCache } from "lru-cache";
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import type { Context } from "../context.ts";
import { keyNotFound, notFound } from "../problem.ts";
import type { Analytics, AnalyticsQuery } from "./answer.ts";
import { correlation } from "./correlation.ts";
import { dailySummary } from "./daily-summary.ts";
import { peakHoursByLocation } from "./peak-hours-locations.ts";
import { peakHours } from "./peak-hours.ts";
import { FRESH_MS, Reads } from "./reads.ts";
import { statistics } from "./statistics.ts";
import { trafficSummary } from "./traffic-summary.ts";
import { trends } from "./trends.ts";

/** @param traffic The stream whose keys are roads. */
export function createAnalytics(context: Context, traffic: Stream): Analytics {
  const reads = new Reads(context, traffic);
  const streamOf = (name: string): Stream | null =>
    context.streams.find((stream) => stream.name === name && stream.windows !== null) ?? null;
  const [readings, weather] = [streamOf("readings"), streamOf("weather")];
  const answers = new LRUCache<string, Promise<object>>({
    max: limits.analytics_answers_max,
    ttl: FRESH_MS,
    ttlResolution: 0,
    perf: { now: () => context.clock.monotonic() + 1 },
  });

  /** Made once for all who ask the same. */
  const once =
    <Q extends AnalyticsQuery, A extends object>(name: string, make: (query: Q) => Promise<A>) =>
    (query: Q): Promise<A> => {
      const question = `${name} ${JSON.stringify(query)}`;
      const kept = answers.get(question) as Promise<A> | undefined;
      if (kept !== undefined) return kept;
      const answer = known(query).then(() => make(query));
      answers.set(question, answer);
      answer.catch(() => answers.delete(question));
      return answer;
    };

  /** @throws {ProblemError} not-found for a road that neither the network nor any event knows. */
  async function known({ roads }: AnalyticsQuery): Promise<void> {
    const missing = (keys: ReadonlySet<string>): string | undefined => roads?.find((road) => !keys.has(road));
    if (missing(context.known.now(traffic)) === undefined) return;
    const unknown = missing(await context.known.fresh(traffic));
    if (unknown !== undefined) throw keyNotFound(traffic, unknown);
  }

  return {
    trafficSummary: once("traffic-summary", (query) => trafficSummary(reads, query)),
    statistics: once("statistics", (query) => statistics(reads, readings, query)),
    trends: once("trends", (query) => trends(reads, query)),
    peakHours: once("peak-hours", (query) => peakHours(reads, query)),
    peakHoursByLocation: once("peak-hours-by-location", (query) => {
      if (readings === null) throw notFound("There are no readings of locations here");
      return peakHoursByLocation(reads, readings, query);
    }),
    dailySummary: once("daily-summary", (query) => dailySummary(reads, readings, query)),
    correlation: once("correlation", (query) => correlation(reads, { weather, readings }, query)),
  };
}

/** The analytics: roll-ups merged with windows, folded into answers that all who ask the same within 10 s share. */
import { LRUCache } from "lru-cache";
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import type { Answer } from "../answer.ts";
import type { Context } from "../context.ts";
import { LeavingOut } from "../left-out.ts";
import { keyNotFound, notFound } from "../problem.ts";
import type { Analytics, AnalyticsQuery } from "./answer.ts";
import { correlation } from "./correlation.ts";
import { dailySummary } from "./daily-summary.ts";
import { peakHoursByLocation } from "./peak-hours-locations.ts";
import { peakHours } from "./peak-hours.ts";
import type { Question } from "./question.ts";
import { FRESH_MS, Reads } from "./reads.ts";
import { statistics } from "./statistics.ts";
import { trafficSummary } from "./traffic-summary.ts";
import { trends } from "./trends.ts";

/** As many roads are read by themselves quickly enough. */
const FEW = 250;

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

  const leaving = new LeavingOut(context);
  const [air, outside] = [
    [readings].filter((stream) => stream !== null),
    [weather, readings].filter((stream) => stream !== null),
  ];

  /** Made once for all who ask the same. @param streams Whose keys are left out as data quality says. */
  const once =
    <Q extends AnalyticsQuery, D>(
      name: string,
      streams: readonly Stream[],
      make: (query: Question<Q>) => Promise<Answer<D>>,
    ) =>
    (query: Q): Promise<Answer<D>> => {
      const question = `${name} ${JSON.stringify(query)}`;
      const kept = answers.get(question) as Promise<Answer<D>> | undefined;
      if (kept !== undefined) return kept;
      const answer = made(query, streams, make);
      answers.set(question, answer);
      answer.catch(() => answers.delete(question));
      return answer;
    };

  async function made<Q extends AnalyticsQuery, D>(
    query: Q,
    streams: readonly Stream[],
    make: (query: Question<Q>) => Promise<Answer<D>>,
  ): Promise<Answer<D>> {
    const { roads } = query;
    const spans = [query, ...(query.compared?.ranges ?? [])];
    const [{ keys, told }] = await Promise.all([
      leaving.of(streams, spans, { [traffic.name]: roads }),
      known(query),
    ]);
    const out = new Set(keys[traffic.name] ?? []);
    const left = roads === null ? null : roads.filter((road) => !out.has(road));
    const others = left === null || left.length <= FEW ? null : await allBut(left);
    const { data, meta } = await make(
      others === null
        ? { ...query, roads: left, without: keys }
        : { ...query, roads: null, without: { ...keys, [traffic.name]: others } },
    );
    return { data, meta: told === null ? meta : { ...meta, excluded: told } };
  }

  /** Most of the city is read quicker as the city without its other roads: null where these are more. */
  async function allBut(roads: readonly string[]): Promise<readonly string[] | null> {
    if (roads.length < context.known.now(traffic).size / 2) return null;
    const asked = new Set(roads);
    // Also those that came a moment ago: the city's hours hold them already.
    const others = [...(await context.known.fresh(traffic))].filter((road) => !asked.has(road)).sort();
    return others.length < roads.length ? others : null;
  }

  /** @throws {ProblemError} not-found for a road that neither the network nor any event knows. */
  async function known({ roads }: AnalyticsQuery): Promise<void> {
    const missing = (keys: ReadonlySet<string>): string | undefined => roads?.find((road) => !keys.has(road));
    if (missing(context.known.now(traffic)) === undefined) return;
    const unknown = missing(await context.known.fresh(traffic));
    if (unknown !== undefined) throw keyNotFound(traffic, unknown);
  }

  return {
    trafficSummary: once("traffic-summary", [traffic], (query) => trafficSummary(reads, query)),
    statistics: once("statistics", [traffic, ...air], (query) => statistics(reads, readings, query)),
    trends: once("trends", [traffic], (query) => trends(reads, query)),
    peakHours: once("peak-hours", [traffic], (query) => peakHours(reads, query)),
    peakHoursByLocation: once("peak-hours-by-location", air, (query) => {
      if (readings === null) throw notFound("There are no readings of locations here");
      return peakHoursByLocation(reads, readings, query);
    }),
    dailySummary: once("daily-summary", [traffic, ...air], (query) => dailySummary(reads, readings, query)),
    correlation: once("correlation", [traffic, ...outside], (query) =>
      correlation(reads, { weather, readings }, query),
    ),
  };
}

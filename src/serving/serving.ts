/** The serving layer: one answer from the live view and from history, with where it comes from. */
import { limits } from "../core/limits.ts";
import { LiveUnavailableError } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import type { Serving } from "./answer.ts";
import { airForecast } from "./air-forecast.ts";
import { createAnalytics } from "./analytics/analytics.ts";
import { categorySales } from "./category-sales.ts";
import type { Context, ServingOptions } from "./context.ts";
import { current, one } from "./current.ts";
import { emergencyOf } from "./emergency.ts";
import { exported } from "./export.ts";
import { explainRoad } from "./explain.ts";
import { unobserved } from "./delivery.ts";
import { KnownKeys } from "./known-keys.ts";
import { LogCursor, padded } from "./log-cursor.ts";
import { Network } from "./network.ts";
import { notFound } from "./problem.ts";
import { createPatterns } from "./patterns/patterns.ts";
import { predictionScores } from "./predictions/accuracy.ts";
import { rawRows } from "./raw-rows.ts";
import { Roads } from "./roads.ts";
import { roadView } from "./road-view.ts";
import { salesHistory } from "./sales-history.ts";
import { SharedLists } from "./shared.ts";
import { StreamsStatus } from "./streams-status.ts";
import { Summary } from "./summary.ts";
import { trackOf } from "./track.ts";
import { TrafficDays } from "./traffic-day.ts";
import { TypicalDays } from "./typical.ts";
import { Views } from "./view.ts";
import { windowRows } from "./window-rows.ts";

export type { ServingOptions };

/** Starts nothing: what is kept is read when somebody asks. */
export function createServing(options: ServingOptions): Serving {
  const { streams, live, history, log, city, clock } = options;
  const tick_ms = options.tick_ms ?? limits.shared_tick_ms;
  const network = new Network(city);
  const context: Context = {
    ...options,
    tick_ms,
    network,
    cursors: new LogCursor(log, clock),
    known: new KnownKeys(network, history, clock),
    views: new Views({ live, history, clock, tick_ms }),
  };
  const shared = new SharedLists(context);
  const status = new StreamsStatus(context);
  const readings = streams.find(({ name }) => name === "readings");
  const traffic = streams.find((stream) => Network.keys(stream));
  const predicted = streams.find(({ name }) => name === "predictions");
  const city_parts = traffic === undefined ? null : cityParts(context, traffic);
  const cityPart = () => {
    if (city_parts === null) throw notFound("There is no stream of roads here");
    return city_parts;
  };

  /** What answers made from now on hold at least. */
  async function position(stream: Stream): Promise<readonly number[]> {
    if (stream.live !== null) {
      try {
        return padded(stream, await live.applied(stream));
      } catch (error) {
        if (!(error instanceof LiveUnavailableError)) throw error;
      }
    }
    return padded(stream, (await history.applied([stream]))[stream.name] ?? []);
  }

  return {
    current: (stream, query) => current(context, stream, query),
    shared: (stream, listed) => shared.get(stream, listed),
    one: (stream, key) => one(context, stream, key),
    history: (stream, key, query) =>
      query.step === undefined
        ? rawRows(context, stream, key, query)
        : windowRows(context, stream, key, query),
    windows: (stream, key, query) => windowRows(context, stream, key, query),
    data: (stream, { key, ...query }) => rawRows(context, stream, key ?? null, query),
    export: (stream, query) => exported(context, stream, query),
    roads: async (query) => cityPart().roads.list(query),
    road: async (road_id, hours) => cityPart().view(road_id, hours),
    explain: async (road_id) => cityPart().explain(road_id),
    track: (stream, key, query) => trackOf(context, stream, key, query),
    emergency: (stream, emergency_id) => emergencyOf(context, stream, emergency_id),
    categorySales: (stream, { step, ...range }) =>
      step === undefined
        ? categorySales(context, stream, range)
        : salesHistory(context, stream, { ...range, step }),
    streams: () => status.all(),
    delivery: options.delivery ?? (() => unobserved),
    summary: async () => cityPart().summary.get(),
    trafficDay: async (query) => cityPart().days.get(query),
    ...(traffic === undefined || options.batch === undefined
      ? {}
      : { analytics: createAnalytics(context, traffic) }),
    ...(predicted === undefined || options.accuracy === undefined
      ? {}
      : { predictionScores: predictionScores(context, predicted, options.accuracy) }),
    ...(traffic === undefined || traffic.windows === null
      ? {}
      : { patterns: createPatterns(context, traffic) }),
    ...(readings === undefined || options.air === undefined
      ? {}
      : { airForecast: airForecast(context, readings, options.air) }),
    async cursor() {
      const entries = streams.map(async (stream) => [stream.name, await position(stream)] as const);
      return context.cursors.format(Object.fromEntries(await Promise.all(entries)));
    },
  };
}

function cityParts(context: Context, stream: Stream) {
  const { history, city, clock } = context;
  const roads = new Roads(context, stream);
  const typicals = new TypicalDays(history, stream, "current_speed_mean", city.zone, clock);
  const summary = new Summary(context, stream);
  return {
    roads,
    summary,
    days: new TrafficDays(context, stream),
    view: (road_id: string, hours: number) => roadView(context, stream, roads, typicals, road_id, hours),
    explain: (road_id: string) => explainRoad(context, stream, roads, road_id),
  };
}

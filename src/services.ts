/** What runs by itself in this process, by its roles. */
import type { Config } from "./config.ts";
import type { City } from "./core/city.ts";
import type { Stream } from "./core/stream.ts";
import { hours, seconds, type Clock } from "./core/time.ts";
import { predictingOf, watchingRoads } from "./predicting.ts";
import { rawFromMs } from "./history/retention.ts";
import type { Held } from "./log/progress-watch.ts";
import type { Hub } from "./push/hub.ts";
import type { Observation } from "./observe/observe.ts";
import type { Holder } from "./readiness.ts";
import type { Serving } from "./serving/answer.ts";
import type { CanaryTurn } from "./serving/delivery.ts";
import { DEAD_LETTERS_TOPIC, type RefusingDoor } from "./sources/door.ts";
import { makersOf } from "./sources/simulator/index.ts";
import type { Stores } from "./stores.ts";
import { canary as internalCanary } from "./streams/canary.ts";
import { alone } from "../jobs/alone.ts";
import { canary } from "../jobs/canary.ts";
import type { DetectAnomalies } from "../jobs/detect-anomalies.ts";
import { demoFeed } from "../jobs/demo-feed.ts";
import { historyFromLog, type HistoryFromLog } from "../jobs/history-from-log.ts";
import type { Job } from "../jobs/job.ts";
import { later } from "../jobs/later.ts";
import { liveFromLog, type LiveFromLog } from "../jobs/live-from-log.ts";
import { patient } from "../jobs/patient.ts";
import type { Predict } from "../jobs/predict.ts";
import { pollFeeds } from "../jobs/poll-feeds.ts";
import { PUSH_FROM_LOG, pushFromLog } from "../jobs/push-from-log.ts";
import { scheduled } from "../jobs/scheduled.ts";
import type { SeedProgress } from "../jobs/seed-history.ts";
import type { Service } from "../jobs/service.ts";
import { tellGone } from "../jobs/tell-gone.ts";
import { tellPages } from "../jobs/tell-pages.ts";
import { watchDelivery } from "../jobs/watch-delivery.ts";
import { watchProgress } from "../jobs/watch-progress.ts";
import { pageNotes } from "../routes/pages/index.ts";

export interface ServicesOptions {
  config: Config;
  stores: Stores;
  streams: readonly Stream[];
  city: City;
  clock: Clock;
  door: RefusingDoor;
  /** Name of this process among its replicas. */
  holder: string;
  onWarning: (part: string, message: string) => void;
  onInfo: (part: string, message: string) => void;
  onSeeding: (progress: SeedProgress) => void;
}

/** Topics that consumers read: the streams', and what was refused at the door. */
export const topicsOf = (streams: readonly Stream[]): readonly string[] => [
  ...streams.map(({ topic }) => topic),
  DEAD_LETTERS_TOPIC,
];

/** The consumers of this process; null where it has not that role. */
export interface Consumers {
  toLive: LiveFromLog | null;
  toHistory: HistoryFromLog | null;
  /** One replica of all predicts; the others stand by. */
  toPredictions: Predict | null;
  toAnomalies: DetectAnomalies | null;
}

export function consumersOf(
  options: ServicesOptions,
  onExpired: (stream: Stream, keys: readonly string[]) => void,
): Consumers {
  const { config, stores, streams, city, clock, onWarning } = options;
  const { log, live, history } = stores;
  const has = (role: Config["ROLES"][number]): boolean => config.ROLES.includes(role);
  return {
    toLive: has("speed")
      ? liveFromLog({
          log,
          live,
          history,
          streams,
          city,
          clock,
          onWarning,
          onExpired,
          // A view that only this process sees must see every partition.
          ephemeral: !live.shared,
        })
      : null,
    toHistory: has("batch") ? historyFromLog({ log, history, streams, city, clock, onWarning }) : null,
    toPredictions: predictingOf(options),
    toAnomalies: watchingRoads(options),
  };
}

/** What of this process reads the log, by its service. */
export function holdersOf(
  { toHistory, toLive, toPredictions, toAnomalies }: Consumers,
  hub: Hub | null,
  streams: readonly Stream[],
): readonly Holder[] {
  const holders: Holder[] = [toHistory, toLive].flatMap((consumer) =>
    consumer === null ? [] : [{ name: consumer.service.name, held: () => consumer.held() }],
  );
  for (const one of [toPredictions, toAnomalies])
    if (one !== null) holders.push({ name: one.service.name, held: () => one.held() });
  if (hub === null) return holders;
  const held = (): Held[] =>
    streams.flatMap((stream) =>
      Array.from({ length: stream.partitions }, (_, partition) => ({
        consumer: PUSH_FROM_LOG,
        topic: stream.topic,
        partition,
        position: hub.position(stream, partition),
      })),
    );
  return [...holders, { name: PUSH_FROM_LOG, held }];
}

export interface WebParts {
  hub: Hub;
  serving: Serving;
  onHubReady: () => void;
  onCanary: (turn: CanaryTurn) => void;
}

export function servicesOf(
  options: ServicesOptions,
  { toLive, toHistory, toPredictions, toAnomalies }: Consumers,
  holders: readonly Holder[],
  web: WebParts | null,
  observation: Pick<Observation, "look" | "stop">,
  jobs: readonly Job[],
): readonly Service[] {
  const { config, streams, city, clock, door, onWarning } = options;
  const { log, history, live } = options.stores;
  const services: Service[] = [];
  if (toHistory !== null) services.push(toHistory.service);
  if (toLive !== null) services.push(toLive.service);
  const { stores, holder } = options;
  // Each needs all roads: a replica with a share of the partitions would see some of a road's neighbours.
  // History and the live view come first: after a crash they are what is missed.
  for (const [one, after_ms] of [
    [toPredictions, seconds(3)],
    [toAnomalies, seconds(6)],
  ] as const)
    if (one !== null)
      services.push(alone(later(one.service, after_ms), { duties: stores.duties, holder, clock }));
  if (web !== null) {
    const { hub, serving } = web;
    const { makeTopics } = options.stores;
    services.push(pushFromLog({ log, hub, streams, city, clock, makeTopics }, web.onHubReady));
    services.push(tellPages({ serving, hub, streams, city, clock, notes: pageNotes }));
    services.push(tellGone({ streams, live, history, hub, clock }));
    for (const stream of streams.filter(({ name }) => name === internalCanary.name))
      services.push(canary({ stream, door, history, live, hub, clock, onTurn: web.onCanary }));
  }
  if (config.ROLES.includes("jobs")) services.push(working(options, jobs));
  if (config.ROLES.includes("feeds") && config.FEEDS.includes("simulator"))
    services.push(demo(options, toLive));
  if (config.ROLES.includes("feeds")) services.push(...polling(options));
  services.push(watchDelivery({ observation }));
  services.push(
    watchProgress({
      log,
      topics: topicsOf(streams),
      held: () => holders.flatMap(({ held }) => held()),
      clock,
    }),
  );
  return services.map((service) => patient(service, (message) => onWarning(service.name, message)));
}

function working(
  { stores, city, clock, holder, onWarning, onInfo }: ServicesOptions,
  jobs: readonly Job[],
): Service {
  return scheduled({
    jobs,
    runs: stores.duties.runs,
    zone: city.zone,
    holder,
    clock,
    onEnded({ job }, ended) {
      if (ended.kind === "failed" || ended.kind === "lost") onWarning(job, ended.error);
      else if (ended.kind === "done")
        onInfo(job, String(ended.result["words"] ?? JSON.stringify(ended.result)));
    },
    onAway: (message) => onWarning("scheduled-jobs", message),
  });
}

function polling({
  config,
  stores,
  city,
  clock,
  door,
  holder,
  onWarning,
}: ServicesOptions): readonly Service[] {
  return pollFeeds({
    feeds: config.feeds,
    duties: stores.duties,
    city,
    clock,
    door,
    holder,
    onWarning,
  });
}

function demo(options: ServicesOptions, toLive: LiveFromLog | null): Service {
  const { config, stores, streams, city, clock, door, holder, onWarning, onSeeding } = options;
  const kept = new Map(streams.map((stream) => [stream.name, stream]));
  const feed = demoFeed({
    // With the retention that this installation has: partitions are made by it.
    makers: () =>
      makersOf(city, config.SIMULATOR_SEED, config.SIMULATOR_RATE).map((maker) => ({
        ...maker,
        stream: kept.get(maker.stream.name) ?? maker.stream,
      })),
    door,
    clock,
    duties: stores.duties,
    history: stores.history,
    hours: config.SEED_HOURS,
    // As it will be when it is written.
    rawFrom: (stream) => rawFromMs(kept.get(stream.name) ?? stream, clock.now() + hours(1)),
    lag: () => toLive?.lag_ms() ?? 0,
    onProgress: onSeeding,
    onAway: (error) => onWarning("simulate", error.message),
  });
  // Every replica would report the same roads: one of them does.
  return alone(feed, { duties: stores.duties, holder, clock });
}

/** The composition root: wires the rooms to the stores, starts and supervises what runs by itself, stops it all. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { cityHub } from "./city-hub.ts";
import type { Config } from "./config.ts";
import type { City } from "./core/city.ts";
import type { Stream } from "./core/stream.ts";
import { minutes, seconds, type Clock } from "./core/time.ts";
import type { Duties } from "./history/duties.ts";
import type { HistoryStore } from "./history/history-store.ts";
import { jobsHere } from "./jobs-here.ts";
import type { Log } from "./log/log.ts";
import type { Logger } from "./logger.ts";
import { createMeters } from "./observe/meters.ts";
import type { Observation } from "./observe/observe.ts";
import { watchRestarts } from "./observe/restarts.ts";
import { readinessOf } from "./readiness.ts";
import { jobsDesk } from "./serving/jobs.ts";
import { createServing } from "./serving/serving.ts";
import { predictionFacts } from "./serving/predictions/facts.ts";
import type { Server } from "./server.ts";
import { consumersOf, holdersOf, servicesOf, topicsOf, type ServicesOptions } from "./services.ts";
import { siteOf } from "./site.ts";
import type { RefusingDoor } from "./sources/door.ts";
import { createDoor } from "./sources/gather-door.ts";
import { needsLog, type Stores } from "./stores.ts";
import type { Waiting } from "./until-there.ts";
import { watching } from "./watching.ts";
import { declaredOf } from "../jobs/declared.ts";
import type { Job } from "../jobs/job.ts";
import type { SeedProgress } from "../jobs/seed-history.ts";
import { supervise } from "../jobs/service.ts";

export interface PlatformOptions {
  clock: Clock;
  logger: Logger;
  version: string;
  onSeeding?: (progress: SeedProgress & { hours: number }) => void;
  /** A server is not there yet, and why; null once it is. */
  onWait?: Waiting["onWait"];
  /** Ends a start that is still waiting. */
  signal?: AbortSignal;
  /** A city other than that of the configuration: a recording's. */
  city?: City;
  /** Streams other than the declared ones, with folders of their migrations beside ours: for tests of a new stream. */
  streams?: { streams: readonly Stream[]; migrations: readonly string[] };
}

export interface Platform {
  url: string;
  city_name: string;
  parts: readonly (readonly [part: string, on: string])[];
  door: RefusingDoor;
  log: Log;
  history: HistoryStore;
  duties: Duties;
  jobs: readonly Job[];
  /** Rejects when a service has used up its restart budget; never resolves. */
  failed: Promise<never>;
  /** Ends everything within 3 s. Idempotent. */
  stop(): Promise<void>;
}

export interface Opened {
  city: City;
  /** Those of the city: what lists and addresses show. */
  streams: readonly Stream[];
  /** With Arterial's own. */
  all: readonly Stream[];
  server: Server;
  stores: Stores;
  /** Identity of the log; null in a process that gives nobody a cursor. */
  epoch: string | null;
  /** Of the logs before a restore. */
  epochs_before: readonly string[];
  onWarning: (part: string, message: string) => void;
}

const RESTARTS = { restarts_max: 5, window_ms: minutes(10), backoff_ms: 200, backoff_ms_max: seconds(10) };

/** Embedded there is one process, which takes its own leases up again at once; replicas are told apart. */
const nameOf = (config: Config): string =>
  config.DATABASE_URL === undefined ? "embedded" : `${hostname()} ${process.pid} ${randomUUID()}`;

/** Wires the rooms, starts and supervises what runs by itself. */
export function wire(config: Config, options: PlatformOptions, opened: Opened): Platform {
  const { clock, logger, version } = options;
  const { city, streams, all, server, epoch, epochs_before, onWarning } = opened;
  const meters = createMeters(clock);
  const stores: Stores = { ...opened.stores, history: meters.history(opened.stores.history) };
  const { log, history, live, parts } = stores;
  const abort = new AbortController();
  const door = createDoor({ log, city, clock });
  const runs: ServicesOptions = {
    config,
    stores,
    streams: all,
    city,
    clock,
    door,
    holder: nameOf(config),
    onWarning,
    onInfo: (part, message) => logger.info({ part }, message),
    onSeeding: (progress) => options.onSeeding?.({ ...progress, hours: config.SEED_HOURS }),
  };
  const hub = epoch === null ? null : cityHub(city, all, clock, epoch, epochs_before);
  const consumers = consumersOf(runs, (stream, keys) => hub?.gone(stream, keys));
  const hubReady = Promise.withResolvers<void>();
  if (hub === null) hubReady.resolve();
  const holders = holdersOf(consumers, hub, all);
  const readiness = readinessOf({
    holders,
    topics: topicsOf(all),
    log,
    clock,
    hub_ready: hubReady.promise,
    needs_log: needsLog(config),
  });
  const serving = meters.serving(
    createServing({
      streams: all,
      live,
      history,
      batch: stores.batch,
      care: stores.care,
      quality: stores.quality,
      patterns: stores.patterns,
      air: stores.air,
      accuracy: { scores: stores.scores, models: stores.models },
      log: { ends: (topics) => log.ends(topics), epoch: stores.epoch },
      city,
      clock,
      breaker: () => live.breaker(),
      delivery: () => observation.delivery(),
      events_per_s: (stream) =>
        consumers.toLive?.progress().find((one) => one.stream === stream.name)?.events_per_s ?? null,
    }),
  );
  const web = hub === null ? null : { hub, serving, onHubReady: hubReady.resolve, onCanary: meters.canary };
  const jobs = jobsHere(runs);
  const desk = jobsDesk({
    jobs: jobs.map((job) => declaredOf(job, city.zone)),
    runs: stores.duties.runs,
    clock,
  });
  const services = servicesOf(
    runs,
    consumers,
    holders,
    web,
    {
      look: () => observation.look(),
      stop: () => observation.stop(),
    },
    jobs,
  );
  const names = services.map(({ name }) => name);
  const restarts = watchRestarts({ clock, services: names, ...RESTARTS });
  const eyes = {
    ...runs,
    logger,
    version,
    meters,
    serving,
    consumers,
    hub,
    restarts,
    jobs: () => desk.now(),
    predictions: () => predictionFacts(stores.scores, city.zone),
  };
  const observation: Observation = watching(eyes);

  server.answerWith(
    siteOf(config, {
      city,
      streams,
      clock,
      logger,
      version,
      door,
      serving,
      meters,
      observation,
      readiness,
      jobs: desk,
      stores,
      hub,
      hub_ready: hubReady.promise,
    }),
  );

  const running = supervise(services, {
    ...RESTARTS,
    clock,
    signal: abort.signal,
    onCrash(name, error, left) {
      restarts.crashed(name);
      logger.error({ err: error, service: name, restarts_left: left }, "a service crashed");
    },
  });
  const failed = running.then(() => new Promise<never>(() => {}));
  failed.catch(() => {});

  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    // Each step has its share of the 3 s that a stop may take; what is cut off is read again from the log.
    if (hub !== null) await atMost(400, hub.close());
    abort.abort();
    await Promise.all([
      server.stop(200),
      atMost(
        800,
        running.catch(() => {}),
      ),
    ]);
    await stores.close();
  };
  return {
    url: server.url,
    city_name: `${city.name}, ${city.roads.length.toLocaleString("en-US")} roads`,
    parts: [...parts, ["Feeds", feedsOf(config)]],
    door,
    log,
    history,
    duties: stores.duties,
    jobs,
    failed,
    stop: () => (stopping ??= stop()),
  };
}

const atMost = (ms: number, work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work, new Promise((done) => setTimeout(done, ms))]);

const feedsOf = (config: Config): string =>
  config.FEEDS.length === 0
    ? "none but HTTP (POST /api/ingest/traffic)"
    : `${config.FEEDS.join(", ")}; and HTTP`;

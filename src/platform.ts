/** The composition root: opens the stores, wires the rooms, starts and supervises what runs by itself, stops it all. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createApp } from "./app.ts";
import { cityOf } from "./cities/index.ts";
import type { Config } from "./config.ts";
import type { City } from "./core/city.ts";
import { boundsOf } from "./core/geo.ts";
import type { Stream } from "./core/stream.ts";
import { minutes, seconds, type Clock } from "./core/time.ts";
import type { HistoryStore } from "./history/history-store.ts";
import type { Log } from "./log/log.ts";
import type { Logger } from "./logger.ts";
import { createHub, type Hub } from "./push/hub.ts";
import { readinessOf } from "./readiness.ts";
import { withRetention } from "./retention.ts";
import { deadLetters } from "./serving/dead-letters.ts";
import { createServing } from "./serving/serving.ts";
import { listen, type Server } from "./server.ts";
import { consumersOf, holdersOf, servicesOf, topicsOf, type ServicesOptions } from "./services.ts";
import { openStores, type Stores } from "./stores.ts";
import { createDoorCursor } from "./sources/door-cursor.ts";
import { createDoor } from "./sources/gather-door.ts";
import type { RefusingDoor } from "./sources/door.ts";
import { createMeters } from "./observe/meters.ts";
import type { Observation } from "./observe/observe.ts";
import { watchRestarts } from "./observe/restarts.ts";
import { internalStreams, streams as declared } from "./streams/index.ts";
import { untilThere, type Waiting } from "./until-there.ts";
import { watching } from "./watching.ts";
import { makePartitions } from "../jobs/keep-partitions.ts";
import type { SeedProgress } from "../jobs/seed-history.ts";
import { supervise } from "../jobs/service.ts";
import { pageGroups } from "../jobs/tell-pages.ts";
import { healthOnly, waitingRoutes } from "../routes/waiting.ts";
import type { Wait } from "../routes/health.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { liveRoutes } from "../routes/live.ts";
import { pageRoutes } from "../routes/pages.tsx";

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
  /** Rejects when a service has used up its restart budget; never resolves. */
  failed: Promise<never>;
  /** Ends everything within 3 s. Idempotent. */
  stop(): Promise<void>;
}

const RESTARTS = { restarts_max: 5, window_ms: minutes(10), backoff_ms: 200, backoff_ms_max: seconds(10) };

/** Embedded there is one process, which takes its own leases up again at once; replicas are told apart. */
const nameOf = (config: Config): string =>
  config.DATABASE_URL === undefined ? "embedded" : `${hostname()} ${process.pid} ${randomUUID()}`;

/**
 * Listens at once, and says what it waits for until the servers are there.
 *
 * @throws {ConfigError} in one sentence, for what a user can mend; the signal's reason when that aborts.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  const { clock, logger, version } = options;
  const city = options.city ?? cityOf(config.CITY);
  const streams = withRetention(options.streams?.streams ?? declared, config);
  const all = [...streams, ...withRetention(internalStreams, config)];
  const onWarning = (part: string, message: string): void => logger.warn({ part }, message);
  const waits = new Map<string, Wait>();
  const waiting: Waiting = {
    signal: options.signal ?? new AbortController().signal,
    onWait(part, reason) {
      if (reason === null) waits.delete(part);
      else waits.set(part, { part, reason });
      options.onWait?.(part, reason);
    },
  };
  const server = listen(config.HOST, config.PORT);
  const before = waitingRoutes({ city, clock, version, waits: () => [...waits.values()] });
  server.answerWith((request) => before.fetch(request));
  let stores: Stores | null = null;
  try {
    const migrations = options.streams?.migrations ?? [];
    stores = await openStores(config, { streams: all, clock, migrations, onWarning, ...waiting });
    return await wire(config, options, { city, streams, all, server, stores, waiting, onWarning });
  } catch (error) {
    await stores?.close();
    await server.stop(0);
    throw error;
  }
}

interface Opened {
  city: City;
  /** Those of the city: what lists and addresses show. */
  streams: readonly Stream[];
  /** With Arterial's own. */
  all: readonly Stream[];
  server: Server;
  stores: Stores;
  waiting: Waiting;
  onWarning: (part: string, message: string) => void;
}

async function wire(config: Config, options: PlatformOptions, opened: Opened): Promise<Platform> {
  const { clock, logger, version } = options;
  const { city, streams, all, server, waiting, onWarning } = opened;
  const meters = createMeters(clock);
  const stores: Stores = { ...opened.stores, history: meters.history(opened.stores.history) };
  const { log, history, live, parts } = stores;
  const [, on] = parts.find(([part]) => part === "Log")!;
  const [, database] = parts.find(([part]) => part === "History")!;
  await untilThere(database, waiting, () => makePartitions({ streams: all, history, clock }));
  const epoch = await untilThere(on, waiting, () => log.epoch());
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
  const hub = config.ROLES.includes("web") ? hubOf(city, all, clock, epoch) : null;
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
  });
  const serving = meters.serving(
    createServing({
      streams: all,
      live,
      history,
      log,
      city,
      clock,
      breaker: () => live.breaker(),
      delivery: () => observation.delivery(),
      events_per_s: (stream) =>
        consumers.toLive?.progress().find((one) => one.stream === stream.name)?.events_per_s ?? null,
    }),
  );
  const web = hub === null ? null : { hub, serving, onHubReady: hubReady.resolve, onCanary: meters.canary };
  const services = servicesOf(runs, consumers, holders, web, {
    look: () => observation.look(),
    stop: () => observation.stop(),
  });
  const names = services.map(({ name }) => name);
  const restarts = watchRestarts({ clock, services: names, ...RESTARTS });
  const eyes = { ...runs, logger, version, meters, serving, consumers, hub, restarts };
  const observation: Observation = watching(eyes);

  const guarded = {
    admin_token: config.ADMIN_TOKEN,
    allowed_hosts: [config.HOST, ...config.ALLOWED_HOSTS],
  };
  if (hub === null) {
    const app = healthOnly({ ...guarded, city, clock, version, readiness, metrics: observation });
    server.answerWith((request) => app.fetch(request));
  } else {
    const letters = deadLetters(history, log, streams);
    const app = createApp({
      serving,
      streams,
      city,
      clock,
      readiness,
      deadLetters: letters,
      ...guarded,
      version,
      ingest: ingestRoutes({ door, streams, cursor: createDoorCursor(log) }),
      live: liveRoutes({ hub, streams, pages: pageGroups, ready: hubReady.promise }),
      pages: pageRoutes({ serving, streams, city, clock, deadLetters: letters }),
      metrics: { text: observation, measure: meters.request },
      onFault: (error, request_id, path) =>
        logger.error({ err: error, request_id, path }, "a request failed"),
    });
    server.answerWith((request, self) => app.fetch(request, self));
  }

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
    failed,
    stop: () => (stopping ??= stop()),
  };
}

function hubOf(city: City, streams: readonly Stream[], clock: Clock, epoch: string): Hub {
  const places = new Map(city.roads.map((road) => [road.road_id, boundsOf(road.geometry)]));
  return createHub({
    streams,
    clock,
    epoch,
    placeOf: (_stream, key, row) => {
      const known = places.get(key);
      if (known !== undefined) return known;
      const [lng, lat] = [row["longitude"], row["latitude"]];
      return typeof lng === "number" && typeof lat === "number" ? [lng, lat, lng, lat] : null;
    },
  });
}

const atMost = (ms: number, work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work, new Promise((done) => setTimeout(done, ms))]);

const feedsOf = (config: Config): string =>
  config.FEEDS.length === 0
    ? "none but HTTP (POST /api/ingest/traffic)"
    : `${config.FEEDS.join(", ")}; and HTTP`;

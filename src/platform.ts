/** The composition root: opens the stores, wires the rooms, starts and supervises what runs by itself, stops it all. */
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
import { createHub } from "./push/hub.ts";
import { readinessOf } from "./readiness.ts";
import { deadLetters } from "./serving/dead-letters.ts";
import { createServing } from "./serving/serving.ts";
import { listen, type Server } from "./server.ts";
import { openStores, withRetention, type Stores } from "./stores.ts";
import { createDoorCursor } from "./sources/door-cursor.ts";
import { createDoor } from "./sources/gather-door.ts";
import { DEAD_LETTERS_TOPIC, type RefusingDoor } from "./sources/door.ts";
import { streams as declared } from "./streams/index.ts";
import { traffic } from "./streams/traffic.ts";
import { historyFromLog } from "../jobs/history-from-log.ts";
import { keepPartitions, makePartitions } from "../jobs/keep-partitions.ts";
import { liveFromLog } from "../jobs/live-from-log.ts";
import { pushFromLog } from "../jobs/push-from-log.ts";
import { seedOnce } from "../jobs/seed-once.ts";
import type { SeedProgress } from "../jobs/seed-history.ts";
import { supervise, type Service } from "../jobs/service.ts";
import { simulate } from "../jobs/simulate.ts";
import { pageGroups, tellPages } from "../jobs/tell-pages.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { liveRoutes } from "../routes/live.ts";
import { pageRoutes } from "../routes/pages.tsx";

export interface PlatformOptions {
  clock: Clock;
  logger: Logger;
  version: string;
  onSeeding?: (progress: SeedProgress & { hours: number }) => void;
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

/** @throws {ConfigError} in one sentence, for what a user can mend. */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  const { clock } = options;
  const city = options.city ?? cityOf(config.CITY);
  const streams = withRetention(options.streams?.streams ?? declared, config);
  const server = listen(config.HOST, config.PORT);
  const stores = await openStores(config, streams, clock, options.streams?.migrations).catch(
    async (error: unknown) => {
      await server.stop(0);
      throw error;
    },
  );
  try {
    return await wire(config, options, { city, streams, server, stores });
  } catch (error) {
    await stores.close();
    await server.stop(0);
    throw error;
  }
}

interface Opened {
  city: City;
  streams: readonly Stream[];
  server: Server;
  stores: Stores;
}

async function wire(config: Config, options: PlatformOptions, opened: Opened): Promise<Platform> {
  const { clock, logger } = options;
  const { city, streams, server, stores } = opened;
  const { log, history, live } = stores;
  await makePartitions({ streams, history, clock });
  const abort = new AbortController();
  const hubReady = Promise.withResolvers<void>();
  const onWarning = (part: string, message: string): void => logger.warn({ part }, message);
  const toLive = liveFromLog({
    log,
    live,
    history,
    streams,
    city,
    clock,
    onWarning,
    onExpired: (stream, keys) => hub.gone(stream, keys),
  });
  const serving = createServing({
    streams,
    live,
    history,
    log,
    city,
    clock,
    events_per_s: (stream) =>
      toLive.progress().find((one) => one.stream === stream.name)?.events_per_s ?? null,
  });
  const places = new Map(city.roads.map((road) => [road.road_id, boundsOf(road.geometry)]));
  const hub = createHub({
    streams,
    clock,
    epoch: await log.epoch(),
    placeOf: (_stream, key, row) => {
      const known = places.get(key);
      if (known !== undefined) return known;
      const [lng, lat] = [row["longitude"], row["latitude"]];
      return typeof lng === "number" && typeof lat === "number" ? [lng, lat, lng, lat] : null;
    },
  });
  const door = createDoor({ log, city, clock });
  const letters = deadLetters(history, log, streams);

  const toHistory = historyFromLog({ log, history, streams, city, clock, onWarning });
  const services: Service[] = [
    toHistory.service,
    toLive.service,
    pushFromLog({ log, hub, streams, city, clock }, hubReady.resolve),
    keepPartitions({
      streams,
      history,
      log,
      rejects_topic: DEAD_LETTERS_TOPIC,
      clock,
      onDropped: (names) => logger.info({ names }, "partitions dropped"),
      onAway: (message) => onWarning("keep-partitions", message),
    }),
    tellPages({ serving, hub, city, clock }),
  ];
  if (config.FEEDS.includes("simulator")) {
    const demo = { city, door, clock, seed: config.SIMULATOR_SEED };
    // Asked before the first live event: then an empty store is still empty.
    const seed = await seedOnce({
      ...demo,
      dir: config.DATA_DIR,
      history,
      stream: traffic,
      hours: config.SEED_HOURS,
      lag: () => toLive.lag_ms(),
      onProgress: (progress) => options.onSeeding?.({ ...progress, hours: config.SEED_HOURS }),
    });
    services.push(
      simulate({
        ...demo,
        rate: config.SIMULATOR_RATE,
        onAway: (error) => onWarning("simulate", error.message),
      }),
    );
    if (seed !== null) services.push(seed);
  }

  const app = createApp({
    serving,
    streams,
    city,
    clock,
    readiness: readinessOf({
      streams,
      log,
      history,
      toLive,
      clock,
      rejects_topic: DEAD_LETTERS_TOPIC,
      hub_ready: hubReady.promise,
    }),
    deadLetters: letters,
    admin_token: config.ADMIN_TOKEN,
    allowed_hosts: [config.HOST, ...config.ALLOWED_HOSTS],
    version: options.version,
    ingest: ingestRoutes({ door, streams, cursor: createDoorCursor(log) }),
    live: liveRoutes({ hub, streams, pages: pageGroups, ready: hubReady.promise }),
    pages: pageRoutes({ serving, streams, city, clock, deadLetters: letters }),
    onFault: (error, request_id, path) => logger.error({ err: error, request_id, path }, "a request failed"),
  });
  server.answerWith((request, self) => app.fetch(request, self));

  const running = supervise(services, {
    ...RESTARTS,
    clock,
    signal: abort.signal,
    onCrash: (name, error, left) =>
      logger.error({ err: error, service: name, restarts_left: left }, "a service crashed"),
  });
  const failed = running.then(() => new Promise<never>(() => {}));
  failed.catch(() => {});

  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    // Each step has its share of the 3 s that a stop may take; what is cut off is read again from the log.
    await atMost(400, hub.close());
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
    parts: [...stores.parts, ["Feeds", feedsOf(config)]],
    door,
    log,
    history,
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

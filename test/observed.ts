/** All that moves an event, on a real PostgreSQL and a log in memory, under one observation: for tests of what is told of it. */
import type { Clock } from "../src/core/time.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import type { LiveStore } from "../src/live/live-store.ts";
import { createMeters } from "../src/observe/meters.ts";
import { createObservation, type MetricsSources } from "../src/observe/observe.ts";
import { watchRestarts } from "../src/observe/restarts.ts";
import type { Change } from "../src/observe/warnings.ts";
import { createHub } from "../src/push/hub.ts";
import { createServing } from "../src/serving/serving.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { internalStreams, streams as declared } from "../src/streams/index.ts";
import { historyFromLog } from "../jobs/history-from-log.ts";
import { liveFromLog } from "../jobs/live-from-log.ts";
import { pushFromLog } from "../jobs/push-from-log.ts";
import type { Service } from "../jobs/service.ts";
import { city } from "./api-fixture.ts";
import { freshDatabase } from "./postgres.ts";

export interface ObservedOptions {
  clock: Clock;
  /** Parts that stand in for what is not started here. */
  sources?: Partial<MetricsSources>;
  live?: (live: LiveStore) => LiveStore;
}

export async function observed({ clock, sources, live: around }: ObservedOptions) {
  const database = await freshDatabase();
  const streams = [...declared, ...internalStreams];
  const meters = createMeters(clock);
  const log = openMemoryLog({ clock });
  const history = meters.history(openPostgresHistory({ url: database.url, clock }));
  const memory = openMemoryLive({ clock });
  const live = around?.(memory) ?? memory;
  await history.migrate();
  await log.createTopics([
    ...streams.map(({ topic, partitions }) => ({ topic, partitions, retention_ms: 1e9 })),
    { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: 1e9 },
  ]);
  const hub = createHub({ streams, clock, epoch: await log.epoch() });
  const onWarning = (): void => {};
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
  const toHistory = historyFromLog({ log, history, streams, city, clock, onWarning });
  const ready = Promise.withResolvers<void>();
  const services: Service[] = [
    toLive.service,
    toHistory.service,
    pushFromLog({ log, hub, streams, city, clock }, ready.resolve),
  ];
  const restarts = watchRestarts({
    clock,
    services: services.map(({ name }) => name),
    restarts_max: 5,
    window_ms: 600_000,
  });
  const changes: Change[] = [];
  const serving = meters.serving(
    createServing({ streams, live, history, log, city, clock, delivery: () => observation.delivery() }),
  );
  const observation = createObservation({
    clock,
    version: "test",
    meters,
    streams,
    serving,
    history,
    hub,
    speed: toLive.progress,
    batch: toHistory.progress,
    restarts,
    live_on: "this process",
    readers_max: 4,
    data_dir: ".",
    onChange: (change) => changes.push(change),
    ...sources,
  });
  const abort = new AbortController();
  const running = services.map((service) => service.run(abort.signal));
  await ready.promise;
  return {
    door: createDoor({ log, city, clock }),
    log,
    history,
    live,
    hub,
    serving,
    meters,
    speed: toLive.progress,
    restarts,
    observation,
    changes,
    async stop() {
      await hub.close();
      abort.abort();
      await Promise.allSettled(running);
      observation.stop();
      await Promise.all([log.close(), history.close(), live.close()]);
      await database.drop();
    },
  };
}

export type Observed = Awaited<ReturnType<typeof observed>>;

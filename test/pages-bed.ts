/**
 * All streams on the real door, log, hub, serving layer and pages, with history and the live view in memory: a platform
 * that stands in milliseconds. What is told is stored and live when `tell` answers; notes are sent when `note` is called.
 */
import { createApp } from "../src/app.ts";
import { demo } from "../src/cities/demo/index.ts";
import type { City } from "../src/core/city.ts";
import { answerRow } from "../src/core/json.ts";
import { limits } from "../src/core/limits.ts";
import { decodeRecords } from "../src/core/records.ts";
import type { Stream } from "../src/core/stream.ts";
import { systemClock } from "../src/core/time.ts";
import { openMemoryHistory } from "../src/history/memory-history.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import type { LiveRow } from "../src/live/live-store.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { hubFeed } from "../src/push/feed.ts";
import { createHub } from "../src/push/hub.ts";
import type { AskAirForecast } from "../src/serving/air-forecast.ts";
import type { Delivery } from "../src/serving/delivery.ts";
import type { PredictionScores } from "../src/serving/predictions/answer.ts";
import { createServing } from "../src/serving/serving.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { streams as all } from "../src/streams/index.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { liveRoutes } from "../routes/live.ts";
import { pageGroups, pageNotes, pageRoutes } from "../routes/pages/index.ts";
import { foldBatch } from "./fold-batch.ts";

export interface PagesBed {
  url: string;
  city: City;
  /** Through the door, into the log, history and the live view. @throws {Error} if one is refused. */
  tell(stream: Stream, values: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** What the job does each second. */
  note(): Promise<void>;
  /** Reads of history fail while it is away. */
  history: HistoryStore;
  close(): Promise<void>;
}

interface BedOptions {
  port?: number;
  /** All of them by default. */
  streams?: readonly Stream[];
  /** How good predictions were; none by default. */
  scores?: PredictionScores;
  /** The air in the hours ahead; not forecast by default. */
  airForecast?: AskAirForecast;
  delivery?: () => Delivery;
}

export async function pagesBed({
  port = 0,
  streams = all,
  scores,
  airForecast,
  delivery,
}: BedOptions = {}): Promise<PagesBed> {
  const clock = systemClock;
  const city = demo();
  const log = openMemoryLog({ clock });
  await log.createTopics(
    streams.map(({ topic, partitions, log_retention_ms: retention_ms }) => ({
      topic,
      partitions,
      retention_ms,
    })),
  );
  const history = openMemoryHistory({ clock });
  const live = openMemoryLive({ clock });
  const batch = foldBatch(history, city.zone);
  const own = createServing({
    streams,
    live,
    history,
    batch,
    log,
    city,
    clock,
    tick_ms: 0,
    ...(delivery && { delivery }),
  });
  const serving = {
    ...own,
    ...(scores && { predictionScores: scores }),
    ...(airForecast && { airForecast }),
  };
  const door = createDoor({ log, city, clock });
  const hub = createHub({ streams, clock, epoch: await log.epoch() });
  const feed = await hubFeed({ log, hub, streams, city, clock });

  const app = createApp({
    serving,
    streams,
    city,
    clock,
    deadLetters: {
      list: async () => ({ letters: [], cursor: await serving.cursor() }),
      replay: async () => ({ replayed: [], skipped: [], cursor: await serving.cursor() }),
    },
    readiness: { waitingFor: async () => [] },
    allowed_hosts: [],
    version: "test",
    ingest: ingestRoutes({
      door,
      streams,
      cursor: async () => {
        const cursor = await serving.cursor();
        return () => cursor;
      },
    }),
    live: liveRoutes({ hub, streams, pages: pageGroups, ready: feed.ready }),
    pages: pageRoutes({ serving, streams, city, clock }),
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    idleTimeout: 60,
    fetch: app.fetch,
  });

  /** What the log has, into both layers. */
  async function settle(stream: Stream): Promise<void> {
    for (let partition = 0; partition < stream.partitions; partition++) {
      for (;;) {
        const expected_offset = (await history.applied([stream]))[stream.name]![partition] ?? 0;
        const records = await log.read(
          stream.topic,
          partition,
          expected_offset,
          limits.history_batch_events_max,
        );
        if (records.length === 0) break;
        const next_offset = records.at(-1)!.offset + 1;
        const decoded = decodeRecords(stream, partition, records, { city, now_ms: clock.now() });
        const events = decoded.flatMap((one) => (one.ok ? [one.event] : []));
        await history.append(stream, [
          {
            partition,
            expected_offset,
            next_offset,
            events,
            dead: [],
            last_record_hash: `${next_offset}`,
          },
        ]);
        if (stream.live === null) continue;
        const newest = new Map<string, LiveRow>();
        for (const event of events) {
          const { key, event_time_ms, offset, source } = event;
          if ((newest.get(key)?.event_time_ms ?? -Infinity) <= event_time_ms)
            newest.set(key, { key, event_time_ms, partition, offset, source, row: answerRow(stream, event) });
        }
        await live.put(stream, [...newest.values()], [{ partition, next_offset }]);
      }
    }
  }

  return {
    url: `http://127.0.0.1:${server.port}`,
    city,
    history,
    async tell(stream, values) {
      for (let from = 0; from < values.length; from += limits.body_events_max) {
        const slice = values.slice(from, from + limits.body_events_max);
        const { rejected, rejects } = await door.accept(stream, slice, { source: "test" });
        if (rejected > 0) throw new Error(`Refused: ${JSON.stringify(rejects[0])}`);
      }
      await settle(stream);
    },
    async note() {
      const deps = { serving, streams, city, clock };
      await Promise.all(pageNotes.map(async ({ group, render }) => hub.note(group, await render(deps))));
    },
    async close() {
      await feed.close();
      await server.stop(true);
      await log.close();
      await history.close();
    },
  };
}

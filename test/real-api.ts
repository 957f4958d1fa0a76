/** The app on a real PostgreSQL, log and live view: events come in by the door and are written as the layers write them. */
import { Hono } from "hono";
import { createApp } from "../src/app.ts";
import { decoderOf } from "../src/core/decode.ts";
import type { Event } from "../src/core/event.ts";
import { answerRow } from "../src/core/json.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
import { openPostgresAir } from "../src/history/air/postgres-air.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openPostgresModels } from "../src/history/models/postgres-models.ts";
import { openPostgresScores } from "../src/history/scores/postgres-scores.ts";
import { openPostgresQuality } from "../src/history/quality/postgres-quality.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { openPatterns } from "../src/open-patterns.ts";
import { deadLetters } from "../src/serving/dead-letters.ts";
import { qualityDesk } from "../src/serving/quality-desk.ts";
import { createServing } from "../src/serving/serving.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";
import { createDoorCursor } from "../src/sources/door-cursor.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { streams } from "../src/streams/index.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { city } from "./api-fixture.ts";
import { freshDatabase } from "./postgres.ts";

export async function realApi(clock: Clock) {
  const database = await freshDatabase();
  const log = openMemoryLog({ clock });
  const history = openPostgresHistory({ url: database.url, clock });
  const live = openMemoryLive({ clock });
  await history.migrate();
  const batch = openPostgresBatch({ url: database.url, zone: city.zone });
  const patterns = openPatterns(database.url, city);
  const air = openPostgresAir({ url: database.url });
  const quality = openPostgresQuality({ url: database.url });
  await log.createTopics([
    ...streams.map(({ topic, partitions }) => ({ topic, partitions, retention_ms: 1e9 })),
    { topic: DEAD_LETTERS_TOPIC, partitions: 1, retention_ms: 1e9 },
  ]);
  const door = createDoor({ log, city, clock });
  const faults: unknown[] = [];
  const scores = openPostgresScores({ url: database.url, zone: city.zone });
  const models = openPostgresModels({ url: database.url });
  const reads = { history, batch, patterns, quality, air, accuracy: { scores, models } };
  const serving = createServing({ streams, live, ...reads, log, city, clock });
  const app = createApp({
    serving,
    quality: qualityDesk({ quality, streams, city, clock, cursor: () => serving.cursor() }),
    streams,
    city,
    clock,
    readiness: { waitingFor: async () => [] },
    deadLetters: deadLetters(history, log, streams),
    allowed_hosts: [],
    version: "test",
    ingest: ingestRoutes({ door, streams, cursor: createDoorCursor(log) }),
    live: new Hono(),
    pages: new Hono(),
    onFault: (error) => faults.push(error),
  });

  const reached = new Map<string, number>();

  /** Brings history and the live view up to the log's end: one batch per partition. */
  async function settle(): Promise<void> {
    for (const stream of streams)
      for (let partition = 0; partition < stream.partitions; partition++) await read(stream, partition);
  }

  async function read(stream: Stream, partition: number): Promise<void> {
    const expected_offset = reached.get(`${stream.name} ${partition}`) ?? 0;
    const records = await log.read(stream.topic, partition, expected_offset, 10_000);
    if (records.length === 0) return;
    const raw = records.map((r) => ({
      value: r.value,
      source: r.headers["source"] ?? "test",
      received_at_ms: r.timestamp_ms,
      partition,
      offset: r.offset,
      backfill: false,
      dead_letter_id: r.headers["dead_letter_id"] ?? null,
    }));
    const decoded = decoderOf(stream).decode(raw, { city, now_ms: clock.now() });
    const events: Event[] = decoded.flatMap((d) => (d.ok ? [d.event] : []));
    const dead = decoded.flatMap((d) =>
      d.ok
        ? []
        : [
            {
              ...d.reject,
              topic: stream.topic,
              partition,
              offset: d.raw.offset,
              source: d.raw.source,
              received_at_ms: d.raw.received_at_ms,
              payload: d.raw.value,
              payload_bytes: d.raw.value?.length ?? 0,
              payload_sha256: "00",
              dead_letter_id: d.raw.dead_letter_id,
            },
          ],
    );
    const next_offset = records.at(-1)!.offset + 1;
    await history.append(stream, [
      { partition, expected_offset, next_offset, events, dead, last_record_hash: null },
    ]);
    const newest = new Map(
      events.toSorted((a, b) => a.event_time_ms - b.event_time_ms).map((e) => [e.key, e]),
    );
    const rows = [...newest.values()].map((e) => ({
      key: e.key,
      event_time_ms: e.event_time_ms,
      partition,
      offset: e.offset,
      source: e.source,
      row: answerRow(stream, e),
    }));
    if (stream.live !== null) await live.put(stream, rows, [{ partition, next_offset }]);
    reached.set(`${stream.name} ${partition}`, next_offset);
  }

  return {
    app,
    log,
    faults,
    settle,
    async stop() {
      const stores = [log, history, live, batch, patterns, quality, air, scores, models];
      await Promise.all(stores.map((store) => store.close()));
      await database.drop();
    },
  };
}

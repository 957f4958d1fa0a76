/**
 * Log → hub. Every process has its own ephemeral group and sees everything, so that its clients do. It starts as far
 * back as the ring reaches: a client that was connected to another replica, or to this one before a restart, resumes.
 */
import { randomUUID } from "node:crypto";
import type { CityRules } from "../core/city.ts";
import { decodeRecords } from "../core/records.ts";
import type { Event } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { seconds, type Clock } from "../core/time.ts";
import type { Log, LogBatch, LogRecord } from "../log/log.ts";
import type { Hub } from "./hub.ts";

export interface HubFeedOptions {
  log: Log;
  hub: Hub;
  streams: readonly Stream[];
  city: CityRules;
  clock: Clock;
}

export interface HubFeed {
  /** The hub has read what the log held when the feed started: cursors made before are understood. */
  readonly ready: Promise<void>;
  /** Resolves after `close`, rejects with what ended the feed; start another one then. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

/** Records handled without a pause: about 2 ms. */
const SLICE = 250;

/** @throws {LogUnavailableError} if it cannot start now. */
export async function hubFeed(options: HubFeedOptions): Promise<HubFeed> {
  const { log, hub, clock } = options;
  const byTopic = new Map(options.streams.map((s) => [s.topic, s]));
  const topics = [...byTopic.keys()];
  const behind = await startPositions(options, byTopic);
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  const checkReady = (topic: string, partition: number): void => {
    const end_offset = behind.get(`${topic} ${partition}`);
    if (end_offset === undefined || (hub.position(byTopic.get(topic)!, partition) ?? -1) < end_offset) return;
    behind.delete(`${topic} ${partition}`);
    if (behind.size === 0) isReady();
  };
  if (behind.size === 0) isReady();

  const consumer = await log.consume({
    topics,
    group: `arterial-push-${randomUUID()}`,
    ephemeral: true,
    // Further than the ring by a margin: what was younger than the ring's time a moment ago must surely come.
    from: { ago_ms: limits.ring_ms + seconds(10) },
    position: (topic, partition) => Promise.resolve(hub.position(byTopic.get(topic)!, partition)),
    async onBatch(batch) {
      const stream = byTopic.get(batch.topic)!;
      hub.begin(stream, batch.partition, batch.first_offset);
      for (let from = 0; from === 0 || from < batch.records.length; from += SLICE) {
        if (from > 0) await new Promise<void>((done) => setImmediate(done));
        const next_offset = batch.records[from + SLICE]?.offset ?? batch.next_offset;
        const records = batch.records.slice(from, from + SLICE);
        hub.publish(stream, eventsOf(stream, batch, records, options), batch.partition, next_offset);
      }
      checkReady(batch.topic, batch.partition);
    },
  });
  return { ready, done: consumer.done, close: () => consumer.close() };

  function eventsOf(
    stream: Stream,
    batch: LogBatch,
    records: readonly LogRecord[],
    from: HubFeedOptions,
  ): Event[] {
    const events: Event[] = [];
    const context = { city: from.city, now_ms: clock.now() };
    for (const decoded of decodeRecords(stream, batch.partition, records, context)) {
      // Rejects are history's business: only it stores dead letters.
      if (decoded.ok) events.push(decoded.event);
    }
    return events;
  }
}

/**
 * A partition that has been silent for the ring's time will send no batch to start from: it begins at its end.
 *
 * @returns The ends that the hub has not reached yet, by topic and partition.
 */
async function startPositions(
  { log, hub, clock }: HubFeedOptions,
  byTopic: ReadonlyMap<string, Stream>,
): Promise<Map<string, number>> {
  const behind = new Map<string, number>();
  const ends = await log.ends([...byTopic.keys()]);
  await Promise.all(
    ends.map(async ({ topic, partition, start_offset, end_offset }) => {
      const stream = byTopic.get(topic)!;
      if (hub.position(stream, partition) === null) {
        const last = end_offset > start_offset ? await log.read(topic, partition, end_offset - 1, 1) : [];
        const silent = last.length === 0 || last[0]!.timestamp_ms < clock.now() - limits.ring_ms;
        if (silent) hub.begin(stream, partition, end_offset);
      }
      if ((hub.position(stream, partition) ?? -1) < end_offset)
        behind.set(`${topic} ${partition}`, end_offset);
    }),
  );
  return behind;
}

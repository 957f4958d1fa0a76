/** Faults that are planted, to see that the oracle finds them: each a wrapper round a port, never the product's code. */
import { HistoryUnavailableError } from "../../src/core/errors.ts";
import type { DeadLetter, Event } from "../../src/core/event.ts";
import { answerRow } from "../../src/core/json.ts";
import { BATCH_GROUP } from "../../src/batch/consumer.ts";
import type { HistoryStore } from "../../src/history/history-store.ts";
import type { LiveStore } from "../../src/live/live-store.ts";
import type { Log } from "../../src/log/log.ts";
import type { Hub, HubOptions } from "../../src/push/port.ts";
import { ArrivalLive } from "./arrival-live.ts";
import { streamOf } from "./city.ts";
import type { World } from "./world.ts";

/** Where a fault can be put. One object per run: it may remember. */
export interface Planted {
  by_sequence: boolean;
  /** At the server, below the link. */
  history_server: (inner: HistoryStore) => HistoryStore;
  live_store: (inner: LiveStore, world: World) => LiveStore;
  /** In the replica, above the link. */
  history: (inner: HistoryStore) => HistoryStore;
  live: (inner: LiveStore) => LiveStore;
  batchLog: (inner: Log, history: HistoryStore) => Log;
  hub: (inner: Hub) => Hub;
  hub_options: Partial<HubOptions>;
}

export const nothing = (): Planted => ({
  by_sequence: false,
  history_server: (inner) => inner,
  live_store: (inner) => inner,
  history: (inner) => inner,
  live: (inner) => inner,
  batchLog: (inner) => inner,
  hub: (inner) => inner,
  hub_options: {},
});

export const faults: Readonly<Record<string, () => Partial<Planted>>> = {
  "commit on delivery": () => {
    const delivered = new Map<string, number>();
    return {
      batchLog: (inner) => ({
        ...inner,
        consume: (options) =>
          inner.consume({
            ...options,
            position: async (topic, partition) => {
              const known = await options.position?.(topic, partition);
              return delivered.get(`${topic} ${partition}`) ?? known ?? null;
            },
            onBatch(batch, consumer) {
              if (options.group === BATCH_GROUP)
                delivered.set(`${batch.topic} ${batch.partition}`, batch.next_offset);
              return options.onBatch(batch, consumer);
            },
          }),
      }),
    };
  },
  "offsets by sequence": () => ({ by_sequence: true }),
  "last write by arrival": () => ({ live_store: (_, world) => new ArrivalLive(world.server) }),
  "no compare-and-set": () => ({
    history_server: (inner) => ({
      ...inner,
      async append(stream, parts) {
        const at = new Map((await inner.ledger(stream)).map((row) => [row.partition, row.next_offset]));
        return inner.append(
          stream,
          parts.map((part) => ({ ...part, expected_offset: at.get(part.partition) ?? 0 })),
        );
      },
    }),
  }),
  "watermark by clock while lagging": () => ({
    batchLog: (inner, history) => ({
      ...inner,
      ends: async (topics) =>
        Promise.all(
          (await inner.ends(topics)).map(async (end) => {
            const applied = (await history.applied([streamOf(end.topic)]))[streamOf(end.topic).name];
            return { ...end, end_offset: applied?.[end.partition] ?? 0 };
          }),
        ),
    }),
  }),
  "cursor ahead of its data": () => ({
    live: (inner) => ({
      ...inner,
      async put(stream, rows, applied) {
        await inner.put(stream, [], applied);
        return inner.put(stream, rows, []);
      },
    }),
  }),
  "hub sends older state": () => {
    const original = new WeakMap<Event, Event>();
    return {
      hub: (inner) => ({
        ...inner,
        publish: (stream, events, partition, next_offset) =>
          inner.publish(
            stream,
            events.map((event) => {
              const by_arrival = { ...event, event_time_ms: event.received_at_ms };
              original.set(by_arrival, event);
              return by_arrival;
            }),
            partition,
            next_offset,
          ),
      }),
      hub_options: { present: (stream, event) => answerRow(stream, original.get(event) ?? event) },
    };
  },
  "dead letters on a server's error": () => ({
    history: (inner) => ({
      ...inner,
      async append(stream, parts) {
        try {
          return await inner.append(stream, parts);
        } catch (error) {
          if (!(error instanceof HistoryUnavailableError)) throw error;
          const dead = (event: Event): DeadLetter => ({
            reason: "range",
            pointer: "",
            value: "",
            rule: "must be storable",
            topic: stream.topic,
            partition: event.partition,
            offset: event.offset,
            source: event.source,
            received_at_ms: event.received_at_ms,
            payload: null,
            payload_bytes: 0,
            payload_sha256: "",
            dead_letter_id: null,
          });
          return inner.append(
            stream,
            parts.map((part) => ({ ...part, events: [], dead: [...part.dead, ...part.events.map(dead)] })),
          );
        }
      },
    }),
  }),
  "fenced taken for stored": () => ({
    history: (inner) => ({
      ...inner,
      async append(stream, parts) {
        const outcome = await inner.append(stream, parts);
        if (outcome.kind === "stored") return outcome;
        return { kind: "stored", already: true, stored: 0, duplicate: 0, dead: 0, late: 0 };
      },
    }),
  }),
  "resume from now": () => ({
    hub: (inner) => ({
      ...inner,
      subscribe: (options, sink) => inner.subscribe({ ...options, resume: null }, sink),
    }),
  }),
};

export const plant = (name: string | null): Planted => ({
  ...nothing(),
  ...(name === null ? {} : faults[name]!()),
});

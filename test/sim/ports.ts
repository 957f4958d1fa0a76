/** The ports as one process has them: each over its link. */
import { HistoryUnavailableError, LiveUnavailableError, LogUnavailableError } from "../../src/core/errors.ts";
import type { HistoryStore } from "../../src/history/history-store.ts";
import type { Consumer, ConsumeOptions, Log, LogBatch, LogRecord } from "../../src/log/log.ts";
import { Link, type Weather } from "./link.ts";
import type { Process, World } from "./world.ts";

export interface Links {
  log: Link;
  history: Link;
  live: Link;
}

export const linksOf = (world: World, process: Process, weather: Weather): Links => ({
  log: new Link(world, process, weather, (message) => new LogUnavailableError(message)),
  history: new Link(world, process, weather, (message) => new HistoryUnavailableError(message)),
  live: new Link(world, process, weather, (message) => new LiveUnavailableError(message)),
});

export function linkedHistory(link: Link, inner: HistoryStore): HistoryStore {
  return {
    ...inner,
    append: (...args) => link.ask("append to history", () => inner.append(...args)),
    appendRejects: (...args) => link.ask("append rejects", () => inner.appendRejects(...args)),
    restart: (...args) => link.ask("begin a new epoch", () => inner.restart(...args)),
    ledger: (...args) => link.ask("read the ledger", () => inner.ledger(...args)),
    applied: (...args) => link.ask("read the offsets", () => inner.applied(...args)),
    rejectsApplied: () => link.ask("read the offsets", () => inner.rejectsApplied()),
    latest: (...args) => link.ask("read the newest rows", () => inner.latest(...args)),
    keys: (...args) => link.ask("read the keys", () => inner.keys(...args)),
    raw: (...args) => link.ask("read a range", () => inner.raw(...args)),
    windows: (...args) => link.ask("read windows", () => inner.windows(...args)),
  };
}

export function linkedLog(world: World, link: Link, inner: Log): Log {
  const deliver = delivery(world);
  return {
    createTopics: (...args) => inner.createTopics(...args),
    append: (...args) => link.ask("append to the log", () => inner.append(...args)),
    ends: (...args) => link.ask("look at the log's ends", () => inner.ends(...args)),
    read: (...args) => link.ask("read the log", () => inner.read(...args)),
    epoch: () => inner.epoch(),
    retain: (...args) => inner.retain(...args),
    close: () => inner.close(),
    consume: (options) => deliver(options, (chaotic) => inner.consume(chaotic)),
  };
}

/** Batches come late, cut in two, and again: all that "at least once" allows. */
function delivery(world: World) {
  const { chance } = world;
  const decoded = new Map<string, LogRecord>();
  /** A process decodes for itself; what it has decoded it mostly remembers for its other readers. */
  const own = (batch: LogBatch): LogBatch => {
    const records = batch.records.map((record) => {
      const place = `${batch.topic} ${batch.partition} ${record.offset}`;
      let mine = decoded.get(place);
      if (mine === undefined || chance.is(0.1))
        decoded.set(place, (mine = { ...record, decoded: undefined }));
      return mine;
    });
    return { ...batch, records };
  };
  return async (
    options: ConsumeOptions,
    consume: (options: ConsumeOptions) => Promise<Consumer>,
  ): Promise<Consumer> => {
    /** How often each partition was sent elsewhere: what is left of a batch is void then. */
    const seeks = new Map<string, number>();
    const watched = (consumer: Consumer): Consumer => ({
      done: consumer.done,
      commit: (...args) => consumer.commit(...args),
      seek(topic, partition, offset) {
        const place = `${topic} ${partition}`;
        seeks.set(place, (seeks.get(place) ?? 0) + 1);
        consumer.seek(topic, partition, offset);
      },
      assignment: () => consumer.assignment(),
      close: () => consumer.close(),
    });
    return watched(
      await consume({
        ...options,
        async onBatch(whole, consumer) {
          const place = `${whole.topic} ${whole.partition}`;
          const before = seeks.get(place);
          if (chance.is(0.1)) await late(chance.part() * 400);
          const parts = halves(own(whole), chance.is(0.2) ? chance.part() : 1);
          if (chance.is(0.05)) parts.push(parts.at(-1)!);
          for (const part of parts) {
            if (seeks.get(place) !== before) return;
            await options.onBatch(part, watched(consumer));
          }
        },
      }),
    );
  };
}

const late = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function halves(batch: LogBatch, share: number): LogBatch[] {
  const at = Math.ceil(batch.records.length * share);
  const middle = batch.records[at]?.offset;
  if (at === 0 || middle === undefined) return [batch];
  return [
    { ...batch, records: batch.records.slice(0, at), next_offset: middle },
    { ...batch, records: batch.records.slice(at), first_offset: middle },
  ];
}

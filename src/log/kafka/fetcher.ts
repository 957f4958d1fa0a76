/**
 * Fetches for all partitions of one consumer: one long poll at a time for each leader. What is read slowly is left
 * out while it has enough ahead, and the poll is short then, so that it is asked for again soon.
 */
import { LogUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { pause } from "../../core/pause.ts";
import { isHopeless, type Carrier } from "./client.ts";
import { codes, fetchFrom, type FetchAsk, type Fetched } from "./fetch.ts";
import { NotHereError, type KafkaLink } from "./link.ts";
import type { PartitionReader } from "./partition.ts";

/** How long a broker waits for the first byte. Short, because a seek or a new partition waits for it too. */
const WAIT_MS = 250;
const WAIT_SHORT_MS = 10;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1_000;
/** Of one partition in one answer, bytes; less where many partitions share what may wait. */
const PARTITION_BYTES_MAX = 500_000;
const PARTITION_BYTES_MIN = 32_768;

/** What the partitions of one leader want. */
interface Asks {
  asks: FetchAsk[];
  readers: Map<string, PartitionReader>;
  /** One at least has enough ahead. */
  full: boolean;
  /** One at least is this leader's. */
  any: boolean;
}

/** What it needs of a link. */
export type FetchLink = Pick<KafkaLink, "connection" | "leaders" | "offsets" | "refresh" | "renew"> & {
  broker(node_id: number): Promise<Carrier>;
};

export class KafkaFetcher {
  readonly #link: FetchLink;
  readonly #readers: () => readonly PartitionReader[];
  readonly #fail: (error: Error) => void;
  readonly #stop = new AbortController();
  readonly #loops = new Map<number, Promise<void>>();
  readonly #waiting = new Set<() => void>();
  #turn = 0;
  /** Counts what may have changed the wishes of a partition. */
  #changes = 0;
  #spreading = false;
  #spread_again = false;

  /** @param fail Told what no new try can heal. */
  constructor(link: FetchLink, readers: () => readonly PartitionReader[], fail: (error: Error) => void) {
    this.#link = link;
    this.#readers = readers;
    this.#fail = fail;
  }

  /** There are other partitions, or one has room for more. */
  wake(): void {
    this.#changes++;
    for (const wake of this.#waiting) wake();
    if (this.#loops.size === 0) this.spread();
  }

  /** Sees to it that every leader of a partition has its loop. */
  spread(): void {
    this.#spread_again = true;
    if (this.#stop.signal.aborted || this.#spreading) return;
    this.#spreading = true;
    void this.#startLoops().finally(() => (this.#spreading = false));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    // A hung broker must not keep anybody: what it answers later is dropped.
    await Promise.race([
      Promise.all(this.#loops.values()),
      pause(WAIT_MS + 500, new AbortController().signal),
    ]);
  }

  async #startLoops(): Promise<void> {
    let backoff_ms = BACKOFF_MIN_MS;
    while (!this.#stop.signal.aborted && this.#spread_again) {
      this.#spread_again = false;
      const { connection } = this.#link;
      try {
        const { leaders, lost } = await this.#leaders();
        for (const leader of leaders) this.#startLoop(leader);
        if (!lost) continue;
        this.#spread_again = true;
        await this.#link.refresh();
      } catch (error) {
        if (this.#gaveUp(error, connection)) return;
        this.#spread_again = true;
      }
      await pause(backoff_ms, this.#stop.signal);
      backoff_ms = Math.min(BACKOFF_MAX_MS, backoff_ms * 2);
    }
  }

  /** Who leads our partitions, and whether one has no leader now. */
  async #leaders(): Promise<{ leaders: Set<number>; lost: boolean }> {
    const leaders = new Set<number>();
    let lost = false;
    for (const reader of this.#readers()) {
      const leader = await this.#leaderOf(reader);
      if (leader < 0) lost = true;
      else leaders.add(leader);
    }
    return { leaders, lost };
  }

  /** Node of its leader, -1 when there is none now. */
  async #leaderOf({ topic, partition }: PartitionReader): Promise<number> {
    try {
      return (await this.#link.leaders(topic)).get(partition) ?? -1;
    } catch (error) {
      // The other topics are read on meanwhile.
      if (error instanceof NotHereError) return -1;
      throw error;
    }
  }

  #startLoop(leader: number): void {
    if (this.#loops.has(leader)) return;
    const loop = this.#loop(leader).finally(() => {
      this.#loops.delete(leader);
      // A partition may have come to this leader just as its loop saw that there was none.
      this.spread();
    });
    this.#loops.set(leader, loop);
  }

  async #loop(leader: number): Promise<void> {
    let backoff_ms = BACKOFF_MIN_MS;
    while (!this.#stop.signal.aborted) {
      const { connection } = this.#link;
      try {
        const changes = this.#changes;
        const { asks, readers, full, any } = await this.#asks(leader);
        if (!any) return;
        if (asks.length === 0) {
          if (changes === this.#changes) await this.#sleep();
          continue;
        }
        const broker = await this.#link.broker(leader);
        const answers = await fetchFrom(broker, asks, full ? WAIT_SHORT_MS : WAIT_MS);
        if (this.#stop.signal.aborted) return;
        const again = answers.filter((answer) => !this.#take(answer, asks, readers));
        if (again.length === 0) {
          backoff_ms = BACKOFF_MIN_MS;
          continue;
        }
        await this.#link.refresh();
        this.spread();
      } catch (error) {
        if (this.#gaveUp(error, connection)) return;
      }
      await pause(backoff_ms, this.#stop.signal);
      backoff_ms = Math.min(BACKOFF_MAX_MS, backoff_ms * 2);
    }
  }

  /** Whose turn comes first goes round, as an answer has an end. */
  async #asks(leader: number): Promise<Asks> {
    const all = this.#readers();
    const found: Asks = { asks: [], readers: new Map(), full: false, any: false };
    // Half of what may wait is asked for at a time.
    const share = Math.floor(limits.kafka_ahead_bytes_max / 2 / Math.max(1, all.length));
    const bytes_max = Math.max(PARTITION_BYTES_MIN, Math.min(PARTITION_BYTES_MAX, share));
    this.#turn++;
    for (let n = 0; n < all.length; n++) {
      const reader = all[(n + this.#turn) % all.length]!;
      const of_reader = await this.#leaderOf(reader);
      if (of_reader !== leader) {
        // It has moved to where nobody fetches yet.
        if (!this.#loops.has(of_reader)) this.spread();
        continue;
      }
      found.any = true;
      found.full ||= reader.isFull(2 * bytes_max) || reader.follows;
      const offset = reader.wants(2 * bytes_max);
      if (offset === null) continue;
      const { topic, partition } = reader;
      found.asks.push({ topic, partition, offset, bytes_max });
      found.readers.set(reader.name, reader);
    }
    return found;
  }

  /** False when the partition must be asked for again elsewhere or later. */
  #take(answer: Fetched, asks: readonly FetchAsk[], readers: ReadonlyMap<string, PartitionReader>): boolean {
    const reader = readers.get(`${answer.topic}-${answer.partition}`);
    const ask = asks.find(({ topic, partition }) => topic === answer.topic && partition === answer.partition);
    if (reader === undefined || ask === undefined) return true;
    switch (answer.code) {
      case codes.none:
        return reader.give(ask.offset, answer);
      case codes.offsetOutOfRange:
        void this.#outOfRange(reader, ask.offset);
        return false;
      case codes.unknownTopic:
        reader.forget();
        if (ask.offset > 0)
          reader.fail(new Error(`Cannot read ${reader.name} from ${ask.offset}: the topic was deleted`));
        return false;
      case codes.topicAuthorizationFailed:
        reader.fail(new Error(`Cannot read ${reader.name}: Kafka does not allow it`));
        return true;
      default:
        return false;
    }
  }

  async #outOfRange(reader: PartitionReader, asked: number): Promise<void> {
    const { topic, partition } = reader;
    try {
      const [first, last] = await Promise.all([
        this.#link.offsets(topic, [partition], "start"),
        this.#link.offsets(topic, [partition], "end"),
      ]);
      const [start_offset, end_offset] = [first.get(partition), last.get(partition)];
      if (start_offset !== undefined && end_offset !== undefined)
        reader.outOfRange(asked, start_offset, end_offset);
    } catch {
      // Asked again with the next fetch.
    }
  }

  #gaveUp(error: unknown, connection: number): boolean {
    if (this.#stop.signal.aborted) return true;
    if (!(error instanceof LogUnavailableError) && isHopeless(error)) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
    this.#link.renew(error, connection);
    return false;
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      if (this.#stop.signal.aborted) wake();
    });
  }
}

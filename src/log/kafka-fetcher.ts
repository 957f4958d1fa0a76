/**
 * Fetches for all partitions of one consumer: one long poll at a time for each leader. What is read slowly is left
 * out while it has enough ahead, and the poll is short then, so that it is asked for again soon.
 */
import { LogUnavailableError } from "../core/errors.ts";
import { pause } from "../core/pause.ts";
import { isHopeless } from "./kafka-client.ts";
import { codes, fetchFrom, type FetchAsk, type Fetched } from "./kafka-fetch.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { FETCH_PARTITION_BYTES, type PartitionReader } from "./kafka-partition.ts";

/** How long a broker waits for the first byte. Short, because a seek or a new partition waits for it too. */
const WAIT_MS = 250;
const WAIT_SHORT_MS = 10;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1_000;

export class KafkaFetcher {
  readonly #link: KafkaLink;
  readonly #readers: () => readonly PartitionReader[];
  readonly #fail: (error: Error) => void;
  readonly #stop = new AbortController();
  readonly #loops = new Map<number, Promise<void>>();
  readonly #waiting = new Set<() => void>();
  #turn = 0;
  #spreading = false;

  /** @param fail Told what no new try can heal. */
  constructor(link: KafkaLink, readers: () => readonly PartitionReader[], fail: (error: Error) => void) {
    this.#link = link;
    this.#readers = readers;
    this.#fail = fail;
  }

  /** There are other partitions, or one has room for more. */
  wake(): void {
    for (const wake of this.#waiting) wake();
    if (this.#loops.size === 0) this.spread();
  }

  /** Sees to it that every leader of a partition has its loop. */
  spread(): void {
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
    while (!this.#stop.signal.aborted) {
      try {
        const leaders = new Set<number>();
        let lost = false;
        for (const reader of this.#readers()) {
          const leader = (await this.#link.leaders(reader.topic)).get(reader.partition);
          if (leader === undefined || leader < 0) lost = true;
          else leaders.add(leader);
        }
        for (const leader of leaders) {
          if (!this.#loops.has(leader))
            this.#loops.set(
              leader,
              this.#loop(leader).finally(() => this.#loops.delete(leader)),
            );
        }
        if (!lost) return;
        await this.#link.refresh();
      } catch (error) {
        if (this.#gaveUp(error)) return;
      }
      await pause(backoff_ms, this.#stop.signal);
      backoff_ms = Math.min(BACKOFF_MAX_MS, backoff_ms * 2);
    }
  }

  async #loop(leader: number): Promise<void> {
    let backoff_ms = BACKOFF_MIN_MS;
    while (!this.#stop.signal.aborted) {
      try {
        const { asks, readers, full, any } = await this.#asks(leader);
        if (!any) return;
        if (asks.length === 0) {
          await this.#sleep();
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
        if (this.#gaveUp(error)) return;
      }
      await pause(backoff_ms, this.#stop.signal);
      backoff_ms = Math.min(BACKOFF_MAX_MS, backoff_ms * 2);
    }
  }

  /** What the partitions of a leader want; whose turn comes first goes round, as an answer has an end. */
  async #asks(leader: number): Promise<{
    asks: FetchAsk[];
    readers: Map<string, PartitionReader>;
    full: boolean;
    any: boolean;
  }> {
    const all = this.#readers();
    const asks: FetchAsk[] = [];
    const readers = new Map<string, PartitionReader>();
    let [full, any] = [false, false];
    this.#turn++;
    for (let n = 0; n < all.length; n++) {
      const reader = all[(n + this.#turn) % all.length]!;
      if ((await this.#link.leaders(reader.topic)).get(reader.partition) !== leader) continue;
      any = true;
      full ||= reader.full;
      const offset = reader.wants();
      if (offset === null) continue;
      asks.push({
        topic: reader.topic,
        partition: reader.partition,
        offset,
        bytes_max: FETCH_PARTITION_BYTES,
      });
      readers.set(reader.name, reader);
    }
    return { asks, readers, full, any };
  }

  /** False when the partition must be asked for again elsewhere or later. */
  #take(answer: Fetched, asks: readonly FetchAsk[], readers: ReadonlyMap<string, PartitionReader>): boolean {
    const reader = readers.get(`${answer.topic}-${answer.partition}`);
    const ask = asks.find(({ topic, partition }) => topic === answer.topic && partition === answer.partition);
    if (reader === undefined || ask === undefined) return true;
    switch (answer.code) {
      case codes.none:
        reader.give(ask.offset, answer);
        return true;
      case codes.offsetOutOfRange:
        void this.#outOfRange(reader, ask.offset);
        return false;
      case codes.unknownTopic:
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
    try {
      const { start_offset, end_offset } = await endsOf(this.#link, reader.topic, reader.partition);
      reader.outOfRange(asked, start_offset, end_offset);
    } catch {
      // Asked again with the next fetch.
    }
  }

  #gaveUp(error: unknown): boolean {
    if (this.#stop.signal.aborted) return true;
    if (!(error instanceof LogUnavailableError) && isHopeless(error)) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
    this.#link.renew(error);
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

export async function endsOf(
  link: KafkaLink,
  topic: string,
  partition: number,
): Promise<{ start_offset: number; end_offset: number }> {
  const cluster = await link.ready();
  const [first, last] = await Promise.all(
    [true, false].map((fromBeginning) =>
      cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }]),
    ),
  );
  return {
    start_offset: Number(first?.[0]?.partitions[0]?.offset ?? 0),
    end_offset: Number(last?.[0]?.partitions[0]?.offset ?? 0),
  };
}

/**
 * What a process must know of a partition before it reads on: whoever had it before wrote its keys to the live store,
 * and if that is emptied later, only the reader of the partition can fill it again. So the rows come along.
 */
import { LiveUnavailableError, LogUnavailableError } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { LiveStore } from "../live/live-store.ts";
import type { Log } from "../log/log.ts";
import type { KnownRows } from "./known-rows.ts";
import type { StreamView } from "./stream-view.ts";

/** Newest rows from elsewhere than the live store: from history. Null where that is away, too. */
export type AskKnown = (stream: Stream) => Promise<KnownRows | null>;

export interface TakeOverOptions {
  log: Pick<Log, "ends">;
  live: LiveStore;
  known?: AskKnown | undefined;
  clock: Clock;
  /** The stream's log was made anew: it is read from its beginning. */
  onAnew?: ((stream: Stream) => void) | undefined;
}

/** Partitions come several at a time: what was read for one serves the others, ms. */
const SHARED_MS = 1_000;

export class TakeOver {
  readonly #view: StreamView;
  readonly #fromLive: () => Promise<KnownRows | null>;
  readonly #fromElsewhere: () => Promise<KnownRows | null>;

  readonly #options: TakeOverOptions;

  constructor(view: StreamView, options: TakeOverOptions) {
    const { stream } = view;
    const { live, known, clock } = options;
    this.#view = view;
    this.#options = options;
    this.#fromLive = shared(clock, async () => {
      try {
        return await live.all(stream);
      } catch (error) {
        if (error instanceof LiveUnavailableError) return null;
        throw error;
      }
    });
    this.#fromElsewhere = shared(clock, async () => (known === undefined ? null : known(stream)));
  }

  /** Where to read on: all that stands before it is in memory. The log's start where nobody knows. */
  async position(partition: number): Promise<number> {
    const { reached } = this.#view.writer;
    const mine = (): number => reached.get(partition) ?? 0;
    const live = await this.#fromLive();
    const live_at = live?.applied[partition] ?? 0;
    if (live !== null && live_at > mine()) this.#view.primeOne(partition, live);
    // Somebody else may have read on for days, and the live store has gone since: the log would do, but slowly.
    if (live_at === 0 && !this.#view.primedJustNow()) {
      const known = await this.#fromElsewhere();
      if (known !== null && (known.applied[partition] ?? 0) > mine()) this.#view.primeOne(partition, known);
    }
    // Asked after the place was known: the end can only have grown since.
    const ends = await this.#ends();
    if (ends !== null && mine() > (ends.get(partition) ?? Infinity)) await this.#beginAnew(ends);
    return mine();
  }

  /** Null while nobody knows. */
  async #ends(): Promise<ReadonlyMap<number, number> | null> {
    try {
      const ends = await this.#options.log.ends([this.#view.stream.topic]);
      return new Map(ends.map(({ partition, end_offset }) => [partition, end_offset]));
    } catch (error) {
      if (error instanceof LogUnavailableError) return null;
      throw error;
    }
  }

  /** The log ends before the place that is known: it is another. Rows stay, by their event times; places do not. */
  async #beginAnew(ends: ReadonlyMap<number, number>): Promise<void> {
    const { live, onAnew } = this.#options;
    const { stream, writer } = this.#view;
    for (const [partition, reached] of writer.reached)
      if (reached > (ends.get(partition) ?? 0)) writer.forget(partition);
    // What is being written now still has the old places: it must have ended before the store is cleared.
    await writer.flush().catch(notAway);
    await live.clear(stream).catch(notAway);
    await writer.refill().catch(notAway);
    onAnew?.(stream);
  }
}

function notAway(error: unknown): void {
  if (!(error instanceof LiveUnavailableError)) throw error;
}

/** One asking at a time, and its answer for a while. */
function shared<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let asked: { at_ms: number; answer: Promise<T> } | null = null;
  return () => {
    const now_ms = clock.monotonic();
    if (asked === null || now_ms - asked.at_ms >= SHARED_MS) {
      asked = { at_ms: now_ms, answer: ask() };
      asked.answer.catch(() => (asked = null));
    }
    return asked.answer;
  };
}

/**
 * The live view in Redis, shared by all processes: a hash per key under the declaration's own name, with the event's
 * place beside its fields, so that of two writers the newer event wins at any order of arrival.
 */
import { randomUUID } from "node:crypto";
import { LiveUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { ttlOf, type Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import {
  endsOf,
  type AppliedOffset,
  type LiveRow,
  type LiveStore,
  type LiveView,
  type PutResult,
} from "./live-store.ts";
import { RedisClient } from "./redis-client.ts";
import { RedisMemory, type RedisStats } from "./redis-memory.ts";
import { RedisRows } from "./redis-rows.ts";
import { EXPIRE, KEYS_NOW, PUT, READ } from "./redis-scripts.ts";
import { LiveLostError } from "./trouble.ts";

export type { RedisStats };

export interface RedisLiveOptions {
  /** `redis://[[user]:password@]host:port[/database]`; `rediss://` for TLS. */
  url: string;
  clock: Clock;
  /** In words for an operator; never with the password. The same again at most every ten seconds. */
  onWarning?: (message: string) => void;
}

export interface RedisLive extends LiveStore {
  /** Counted since the start. */
  readonly counts: RedisLiveCounts;
  /** Of the server, at most five seconds old; null while it has never answered. Never fails. */
  stats(): Promise<RedisStats | null>;
  /** True while new rows live shorter, because the server's memory fills up. */
  readonly pressed: boolean;
}

export interface RedisLiveCounts {
  /** Keys that held something of another type, and were replaced. */
  replaced: number;
  /** Rows that were not there, or not readable, though the index named them: evicted, or written by another program. */
  missing: number;
  /** Times the server had lost what was written to it. */
  lost: number;
}

/** With little memory left, a row lives this share of its TTL. */
const PRESSED_SHARE = 1 / 4;
const WARN_APART_MS = 10_000;
/** Chunks of a list that are asked for at once: the server works while we decode, and each keeps its deadline. */
const READS_AT_ONCE = 3;

export const openRedisLive = (options: RedisLiveOptions): RedisLive => new RedisLiveStore(options);

/** Until when a row is shown, and until when its hash keeps older ones out. */
interface Ends {
  shown_ms: number;
  kept_ms: number;
}

/** What this process knows of a stream in the server. */
interface Known {
  rows: RedisRows;
  index: string;
  state: string;
  /** That our writes belong to; "" before the first. */
  generation: string;
  /** Partition → next offset that the server has shown to hold. */
  seen: Map<number, number>;
}

class RedisLiveStore implements RedisLive {
  readonly counts: RedisLiveCounts = { replaced: 0, missing: 0, lost: 0 };
  readonly #clock: Clock;
  readonly #client: RedisClient;
  readonly #memory: RedisMemory;
  readonly #streams = new Map<string, Known>();
  #closed = false;

  constructor({ url, clock, onWarning = () => {} }: RedisLiveOptions) {
    this.#clock = clock;
    const warned = new Map<string, number>();
    const warn = (message: string): void => {
      const now_ms = clock.monotonic();
      if (now_ms - (warned.get(message) ?? -Infinity) < WARN_APART_MS) return;
      if (warned.size > 100) warned.clear();
      warned.set(message, now_ms);
      onWarning(message);
    };
    this.#client = new RedisClient(url, warn);
    const database = Number(/^\/(\d+)$/.exec(new URL(url).pathname)?.[1] ?? 0);
    this.#memory = new RedisMemory(this.#client, clock, database, warn);
  }

  get pressed(): boolean {
    return this.#memory.pressed;
  }

  async put(stream: Stream, rows: readonly LiveRow[], applied: readonly AppliedOffset[]): Promise<PutResult> {
    const known = this.#known(stream);
    void this.#memory.look();
    const share = this.pressed ? PRESSED_SHARE : 1;
    const now_ms = this.#clock.now();
    const endsAt = (row: LiveRow): Ends => ({
      shown_ms: row.event_time_ms + ttlOf(stream.live!, row.row) * share,
      kept_ms: row.event_time_ms + stream.live!.ttl_ms * share,
    });
    const alive = rows.filter((row) => endsAt(row).kept_ms > now_ms);
    let written = 0;
    // One after the other, and the offsets with the last: where one fails, none comes after it.
    for (let from = 0; from === 0 || from < alive.length; from += limits.live_script_rows_max) {
      const chunk = alive.slice(from, from + limits.live_script_rows_max);
      const last = from + chunk.length >= alive.length;
      if (chunk.length > 0 || applied.length > 0)
        written += await this.#write(known, chunk, last ? applied : [], endsAt);
    }
    return { written, stale: rows.length - written };
  }

  async all(stream: Stream): Promise<LiveView> {
    const known = this.#known(stream);
    const told = await this.#client.run(KEYS_NOW, [known.index, known.state], [`${this.#clock.now()}`]);
    const [state, keys] = told as [string[], string[]];
    const { applied, generation } = learn(known, state);
    const names = JSON.stringify(known.rows.names);
    const now_ms = this.#clock.now();
    const rows: LiveRow[] = [];
    let from = 0;
    const readOn = async (): Promise<void> => {
      while (from < keys.length) {
        const chunk = keys.slice(from, (from += limits.live_script_rows_max));
        for (const row of await this.#read(known, chunk, generation, names)) {
          if (row === null) this.counts.missing++;
          else if (endsOf(stream.live!, row) > now_ms) rows.push(row);
        }
      }
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, readOn));
    return { rows, applied };
  }

  async get(stream: Stream, key: string): Promise<LiveRow | null> {
    const { rows } = this.#known(stream);
    try {
      const values = await this.#client.call("HMGET", rows.hash(key), ...rows.names);
      const row = rows.read(key, values as (string | null)[]);
      return row !== null && endsOf(stream.live!, row) > this.#clock.now() ? row : null;
    } catch (error) {
      if (error instanceof LiveUnavailableError && error.message.includes("WRONGTYPE")) return null;
      throw error;
    }
  }

  async applied(stream: Stream): Promise<readonly number[]> {
    const known = this.#known(stream);
    const [state] = (await this.#client.run(KEYS_NOW, [known.index, known.state], ["+inf"])) as [string[]];
    return learn(known, state).applied;
  }

  async expire(stream: Stream): Promise<readonly string[]> {
    const { index } = this.#known(stream);
    const args = [`${this.#clock.now()}`, `${limits.expire_keys_max}`];
    return (await this.#client.run(EXPIRE, [index], args)) as string[];
  }

  async clear(stream: Stream): Promise<void> {
    const known = this.#known(stream);
    // The hashes end by themselves; without the index nobody reads them.
    await this.#client.call("DEL", known.index, known.state);
    known.generation = "";
    known.seen.clear();
  }

  stats(): Promise<RedisStats | null> {
    return this.#memory.stats();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client.close();
  }

  async #write(
    known: Known,
    chunk: readonly LiveRow[],
    applied: readonly AppliedOffset[],
    endsAt: (row: LiveRow) => Ends,
  ): Promise<number> {
    const { rows, index, state, generation, seen } = known;
    const least = applied.flatMap(({ partition }) => [`${partition}`, `${seen.get(partition) ?? 0}`]);
    const next = applied.flatMap(({ partition, next_offset }) => [`${partition}`, `${next_offset}`]);
    const args = [
      generation,
      randomUUID(),
      JSON.stringify(least),
      JSON.stringify(next),
      `${this.#clock.now()}`,
    ];
    for (const row of chunk) {
      const { shown_ms, kept_ms } = endsAt(row);
      args.push(row.key, `${row.event_time_ms}`, `${row.partition}`, `${row.offset}`);
      args.push(`${shown_ms}`, `${kept_ms}`, JSON.stringify(rows.fields(row)));
    }
    const told = await this.#client.run(PUT, [index, state, ...chunk.map((row) => rows.hash(row.key))], args);
    const [outcome, now_generation, written, replaced] = told as [string, string, number, number];
    if (outcome === "lost") {
      this.counts.lost++;
      known.generation = "";
      seen.clear();
      throw new LiveLostError(
        `Redis no longer holds what was written of ${known.state}: it was emptied, or replaced`,
      );
    }
    known.generation = now_generation;
    this.counts.replaced += replaced;
    for (const { partition, next_offset } of applied)
      seen.set(partition, Math.max(next_offset, seen.get(partition) ?? 0));
    return written;
  }

  async #read(
    { rows, state }: Known,
    keys: readonly string[],
    generation: string,
    names: string,
  ): Promise<(LiveRow | null)[]> {
    const hashes = keys.map((key) => rows.hash(key));
    const json = await this.#client.run(READ, [state, ...hashes], [generation, names, rows.shape]);
    if (typeof json !== "string") throw new LiveLostError(`Redis was emptied while ${state} was read`);
    const values = JSON.parse(json) as ((string | false)[] | false)[];
    return keys.map((key, n) => rows.read(key, values[n] || []));
  }

  /** @throws {TypeError} for a stream without a live view. @throws {LiveUnavailableError} when closed. */
  #known(stream: Stream): Known {
    if (this.#closed)
      throw new LiveUnavailableError(`Cannot use the live view of ${stream.name}: it is closed`);
    let known = this.#streams.get(stream.name);
    if (known === undefined) {
      const name = (what: string): string => `arterial:${stream.name}:${what}`;
      const rows = new RedisRows(stream);
      known = { rows, index: name("index"), state: name("applied"), generation: "", seen: new Map() };
      this.#streams.set(stream.name, known);
    }
    return known;
  }
}

/** What was read before the first write says where our writes go on: it must still be there then. */
function learn(known: Known, flat: readonly string[]): ReturnType<typeof stateOf> {
  const state = stateOf(flat);
  if (known.generation === "") known.generation = state.generation;
  return state;
}

/** Of field, value, field, value, … */
function stateOf(flat: readonly string[]): { generation: string; applied: number[] } {
  let generation = "";
  const applied: number[] = [];
  for (let n = 0; n < flat.length; n += 2) {
    const name = flat[n]!;
    if (name === "generation") generation = flat[n + 1]!;
    else if (/^\d{1,6}$/.test(name)) {
      while (applied.length <= Number(name)) applied.push(0);
      applied[Number(name)] = Number(flat[n + 1]);
    }
  }
  return { generation, applied };
}

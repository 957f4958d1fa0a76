/**
 * The live store's server in memory, and a process's way to it. As in Redis, its data has a generation, made with the
 * first write: whoever wrote, and finds another one, is told that what he wrote is lost.
 */
import type { Stream } from "../../src/core/stream.ts";
import type { AppliedOffset, LiveRow, LiveStore, LiveView, PutResult } from "../../src/live/live-store.ts";
import { LiveLostError } from "../../src/live/trouble.ts";
import type { Link } from "./link.ts";

export class LiveServer {
  readonly #make: () => LiveStore;
  #store: LiveStore;
  #generations = new Map<string, number>();
  #made = 0;
  emptied_ms = -Infinity;

  constructor(make: () => LiveStore) {
    this.#make = make;
    this.#store = make();
  }

  get store(): LiveStore {
    return this.#store;
  }

  /** Of a stream's data; 0 while there is none. */
  generation(stream: Stream): number {
    return this.#generations.get(stream.name) ?? 0;
  }

  /** As FLUSHALL does. */
  empty(now_ms: number): void {
    this.emptied_ms = now_ms;
    this.#store = this.#make();
    this.#generations = new Map();
  }

  /** @returns null when it does not hold what the writer believes. */
  async put(stream: Stream, rows: readonly LiveRow[], applied: readonly AppliedOffset[], known: Known) {
    const now = this.generation(stream);
    if (known.generation !== 0 && known.generation !== now) return null;
    const held = await this.#store.applied(stream);
    for (const { partition } of applied)
      if ((held[partition] ?? 0) < (known.seen.get(partition) ?? 0)) return null;
    if (now === 0) this.#generations.set(stream.name, ++this.#made);
    const result = await this.#store.put(stream, rows, applied);
    return { result, generation: this.generation(stream) };
  }
}

/** What a process has seen of a stream's data. */
interface Known {
  generation: number;
  seen: Map<number, number>;
}

export class LinkedLive implements LiveStore {
  readonly #link: Link;
  readonly #server: LiveServer;
  readonly #known = new Map<string, Known>();

  constructor(link: Link, server: LiveServer) {
    this.#link = link;
    this.#server = server;
  }

  put = async (
    stream: Stream,
    rows: readonly LiveRow[],
    applied: readonly AppliedOffset[],
  ): Promise<PutResult> => {
    const known = this.#of(stream);
    const before: Known = { generation: known.generation, seen: new Map(known.seen) };
    const server = this.#server;
    // Of a call that fails some rows may have been written, but nothing of its position.
    const told = await this.#link.ask(
      "write the live view",
      () => server.put(stream, rows, applied, before),
      () => server.put(stream, rows.slice(0, rows.length >> 1), [], before),
    );
    if (told === null) {
      known.generation = 0;
      known.seen.clear();
      throw new LiveLostError("The live view no longer holds what was written");
    }
    known.generation = told.generation;
    for (const { partition, next_offset } of applied)
      known.seen.set(partition, Math.max(next_offset, known.seen.get(partition) ?? 0));
    return told.result;
  };

  all = (stream: Stream): Promise<LiveView> =>
    this.#learn(stream, "read the live view", () => this.#server.store.all(stream));

  get = (stream: Stream, key: string): Promise<LiveRow | null> =>
    this.#link.ask("read the live view", () => this.#server.store.get(stream, key));

  applied = (stream: Stream): Promise<readonly number[]> =>
    this.#learn(stream, "read the live view's place", () => this.#server.store.applied(stream));

  expire = (stream: Stream): Promise<readonly string[]> =>
    this.#link.ask("expire keys", () => this.#server.store.expire(stream));

  clear = (stream: Stream): Promise<void> =>
    this.#link.ask("clear the live view", () => this.#server.store.clear(stream));

  close = async (): Promise<void> => {};

  /** What was read before the first write says where our writes go on: it must still be there then. */
  async #learn<T>(stream: Stream, what: string, read: () => Promise<T>): Promise<T> {
    const told = await this.#link.ask(what, async () => ({
      generation: this.#server.generation(stream),
      answer: await read(),
    }));
    const known = this.#of(stream);
    if (known.generation === 0) known.generation = told.generation;
    return told.answer;
  }

  #of(stream: Stream): Known {
    let known = this.#known.get(stream.name);
    if (known === undefined) this.#known.set(stream.name, (known = { generation: 0, seen: new Map() }));
    return known;
  }
}

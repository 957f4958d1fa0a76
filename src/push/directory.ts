/** Which channels an event concerns: found by its key, not by asking every channel. */
import { ProblemError } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import { Channel, type Host } from "./channel.ts";
import { filterId, isByKey, matches, watched_max, type Filter } from "./filter.ts";
import type { Wire } from "./frames.ts";
import type { Change } from "./ring.ts";
import type { States } from "./state.ts";

export class Directory {
  readonly #byId = new Map<string, Channel>();
  /** Channels that do not ask for keys alone, by stream. */
  readonly #wide = new Map<Stream, Set<Channel>>();
  readonly #states: ReadonlyMap<Stream, States>;
  #watched = 0;

  constructor(states: ReadonlyMap<Stream, States>) {
    this.#states = states;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The channel of a filter, tick and wire. @throws {ProblemError} unavailable when too many keys are watched. */
  open(filter: Filter, tick_ms: number, wire: Wire, host: Host): Channel {
    const id = `${wire.name} ${tick_ms} ${filterId(filter)}`;
    let channel = this.#byId.get(id);
    if (channel !== undefined) return channel;
    channel = new Channel(id, filter, tick_ms, wire, host);
    if (isByKey(filter)) this.#watch(channel);
    else for (const stream of filter.streams) setOf(this.#wide, stream).add(channel);
    this.#byId.set(id, channel);
    return channel;
  }

  close(channel: Channel): void {
    if (!this.#byId.delete(channel.id)) return;
    this.#watched -= channel.watched?.length ?? 0;
    for (const state of channel.watched ?? []) {
      state.watchers?.delete(channel);
      if (state.watchers?.size === 0) state.watchers = null;
    }
    for (const stream of channel.filter.streams) this.#wide.get(stream)?.delete(channel);
  }

  /** Calls `touch` for each clean channel that the change concerns. */
  concerned(change: Change, touch: (channel: Channel) => void): void {
    const { stream, watchers } = change.state;
    if (watchers !== null) for (const channel of watchers) if (!channel.dirty) touch(channel);
    const wide = this.#wide.get(stream);
    if (wide === undefined) return;
    for (const channel of wide) if (!channel.dirty && matches(channel.filter, change)) touch(channel);
  }

  #watch(channel: Channel): void {
    let asked = 0;
    for (const keys of channel.filter.keys.values()) asked += keys.size;
    if (this.#watched + asked > watched_max) {
      throw new ProblemError({
        name: "unavailable",
        detail: `Cannot watch ${asked} more keys: this process watches ${this.#watched} of at most ${watched_max}`,
        retry_after_s: 10,
      });
    }
    this.#watched += asked;
    channel.watched = channel.filter.streams.flatMap((stream) =>
      [...channel.filter.keys.get(stream.name)!].map((key) => {
        const state = this.#states.get(stream)!.ensure(key);
        (state.watchers ??= new Set()).add(channel);
        return state;
      }),
    );
  }
}

function setOf<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  let set = map.get(key);
  if (set === undefined) map.set(key, (set = new Set()));
  return set;
}

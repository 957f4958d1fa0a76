/** Which keys of a stream are expected: roads of the network, and every key that history has seen. */
import { minutes, type Clock } from "../core/time.ts";
import type { Stream } from "../core/stream.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { Kept } from "./kept.ts";
import { Network } from "./network.ts";

/** Of keys that come and go, none is expected. */
const NONE: ReadonlySet<string> = new Set();

export class KnownKeys {
  readonly #network: Network;
  readonly #history: Pick<HistoryStore, "keys">;
  readonly #clock: Clock;
  readonly #streams = new Map<string, Kept<ReadonlySet<string>>>();
  readonly #first: ReadonlySet<string>;

  constructor(network: Network, history: Pick<HistoryStore, "keys">, clock: Clock) {
    this.#network = network;
    this.#history = history;
    this.#clock = clock;
    this.#first = new Set(network.roads.keys());
  }

  /** What is known now. Looked up again now and then in the background; history's being away changes nothing. */
  now(stream: Stream): ReadonlySet<string> {
    if (stream.open_keys) return NONE;
    const kept = this.#kept(stream);
    kept.get().catch(() => {});
    return kept.peek() ?? (Network.keys(stream) ? this.#first : new Set());
  }

  /** Looked up anew. @throws {HistoryUnavailableError} */
  fresh(stream: Stream): Promise<ReadonlySet<string>> {
    return this.#kept(stream).load();
  }

  #kept(stream: Stream): Kept<ReadonlySet<string>> {
    let kept = this.#streams.get(stream.name);
    if (kept === undefined) {
      const roads = Network.keys(stream) ? this.#network.roads : new Map<string, never>();
      const load = async (last: ReadonlySet<string> | null): Promise<ReadonlySet<string>> => {
        const keys = new Set([...roads.keys(), ...(await this.#history.keys(stream))]);
        // The same set while nothing is new: lists made from it stay as they are.
        return last !== null && last.size === keys.size && last.isSubsetOf(keys) ? last : keys;
      };
      kept = new Kept({ clock: this.#clock, fresh_ms: minutes(1), usable_ms: Infinity, load });
      this.#streams.set(stream.name, kept);
    }
    return kept;
  }
}

/** What Redis says about itself, read now and then: for metrics, and so that a server that fills up is seen in time. */
import { limits } from "../core/limits.ts";
import type { Clock } from "../core/time.ts";
import type { RedisClient } from "./redis-client.ts";

export interface RedisStats {
  used_memory_bytes: number;
  /** 0: without a bound. */
  maxmemory_bytes: number;
  maxmemory_policy: string;
  /** Of this database, all programs'. */
  keys: number;
  evicted_keys: number;
  expired_keys: number;
  clients: number;
}

/** How long what was read is used, ms. */
const FRESH_MS = 5_000;

export class RedisMemory {
  /** Is more of the server's memory used than should be? */
  pressed = false;
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #database: number;
  readonly #onWarning: (message: string) => void;
  #stats: RedisStats | null = null;
  #asked_ms = -Infinity;
  #asking: Promise<void> | null = null;

  constructor(client: RedisClient, clock: Clock, database: number, onWarning: (message: string) => void) {
    this.#client = client;
    this.#clock = clock;
    this.#database = database;
    this.#onWarning = onWarning;
  }

  /** At most some seconds old, older while the server is away; null before its first answer. */
  async stats(): Promise<RedisStats | null> {
    await this.look();
    return this.#stats;
  }

  /** Reads again where that is due. Never fails: others notice that the server is away. */
  look(): Promise<void> {
    if (this.#asking !== null) return this.#asking;
    const now_ms = this.#clock.monotonic();
    if (now_ms - this.#asked_ms < FRESH_MS) return Promise.resolve();
    this.#asked_ms = now_ms;
    this.#asking = this.#read()
      .catch(() => {})
      .then(() => void (this.#asking = null));
    return this.#asking;
  }

  async #read(): Promise<void> {
    const told = infoOf(String(await this.#client.call("INFO")));
    const number = (name: string): number => Number(told.get(name) ?? 0);
    const stats: RedisStats = {
      used_memory_bytes: number("used_memory"),
      maxmemory_bytes: number("maxmemory"),
      maxmemory_policy: told.get("maxmemory_policy") ?? "",
      keys: Number(/keys=(\d+)/.exec(told.get(`db${this.#database}`) ?? "")?.[1] ?? 0),
      evicted_keys: number("evicted_keys"),
      expired_keys: number("expired_keys"),
      clients: number("connected_clients"),
    };
    this.#stats = stats;
    const share = stats.maxmemory_bytes === 0 ? 0 : stats.used_memory_bytes / stats.maxmemory_bytes;
    const pressed = share > limits.live_memory_share_max;
    if (pressed && !this.pressed) {
      this.#onWarning(
        `Redis uses ${Math.round(share * 100)} % of its memory (maxmemory ${stats.maxmemory_bytes} bytes): new rows live shorter until it is less`,
      );
    }
    this.pressed = pressed;
  }
}

/** `name:value` lines. */
const infoOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map((m) => [m[1]!, m[2]!]));

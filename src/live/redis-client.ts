/**
 * The one connection to Redis. Every call ends within its deadline: a server that hangs, is gone or loads its data
 * is `LiveUnavailableError`, never a wait. Nothing is queued or sent again; the connection comes back by itself.
 */
import { createHash } from "node:crypto";
import { Redis } from "ioredis";
import { LiveUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { LiveRefusedError } from "./trouble.ts";

/** Lua that runs in the server, known there by its hash. */
export interface Script {
  text: string;
  sha: string;
}

export const script = (text: string): Script => ({
  text,
  sha: createHash("sha1").update(text).digest("hex"),
});

/** What the server says when it reads but does not write. */
const REFUSED = /\b(OOM|READONLY|MISCONF|NOREPLICAS)\b/;

/** A server that is back is noticed within this, ms. */
const RECONNECT_MS_MAX = 500;

export class RedisClient {
  readonly #redis: Redis;
  readonly #name: string;
  #opening: Promise<void> | null;
  /** Why there is no connection, as the driver said last. */
  #trouble = "";

  /** @param url `redis://[[user]:password@]host:port[/database]`, or `rediss://` for TLS. */
  constructor(url: string, onTrouble: (message: string) => void) {
    this.#redis = new Redis(url, {
      protocol: 2,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 500,
      // Behind our own deadline, for what the driver sends by itself when it connects.
      commandTimeout: 2 * limits.live_call_ms_max,
      // A connection that is silent while answers are due is given up: a black hole never says that it is one.
      socketTimeout: 1_000,
      retryStrategy: (tries) => Math.min(50 * tries, RECONNECT_MS_MAX),
      disableClientInfo: true,
      connectionName: "arterial",
    });
    const { host, port } = this.#redis.options;
    this.#name = `Redis at ${host}:${port}`;
    this.#redis.on("error", (error: Error) => {
      this.#trouble = plain(error);
      onTrouble(`${this.#name}: ${this.#trouble}`);
    });
    this.#redis.on("ready", () => (this.#trouble = ""));
    this.#opening = new Promise((done) => {
      const end = (): void => {
        this.#opening = null;
        done();
      };
      this.#redis.once("ready", end).once("close", end);
    });
  }

  /** @throws {LiveUnavailableError} */
  call(command: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#ask(command, () => this.#redis.call(command, ...args));
  }

  /** Runs a script; sends its text where the server does not know it any more. @throws {LiveUnavailableError} */
  run({ text, sha }: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args];
    return this.#ask("a script", async () => {
      try {
        return await this.#redis.call("EVALSHA", sha, ...rest);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
        return this.#redis.call("EVAL", text, ...rest);
      }
    });
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #ask(what: string, send: () => Promise<unknown>): Promise<unknown> {
    const deadline = new Deadline(limits.live_call_ms_max);
    try {
      // Who asks right after the start waits for the first connection.
      if (this.#opening !== null) await Promise.race([this.#opening, deadline.passed]);
      const sent = send();
      sent.catch(() => {});
      return await Promise.race([sent, deadline.passed]);
    } catch (error) {
      const connected = this.#redis.status === "ready";
      const why = connected ? plain(error) : `no connection (${this.#trouble || "closed"})`;
      const message = `${this.#name} did not answer ${what}: ${why}`;
      throw REFUSED.test(message)
        ? new LiveRefusedError(message, { cause: error })
        : new LiveUnavailableError(message, { cause: error });
    } finally {
      deadline.clear();
    }
  }
}

/** Rejects after a time, ms; but not before what has arrived by then was read, where this process itself was slow. */
class Deadline {
  readonly passed: Promise<never>;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.passed = promise;
    const pass = (): void => reject(new Error(`no answer in ${ms} ms`));
    this.#timer = setTimeout(() => setImmediate(() => setImmediate(pass)), ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** A driver's error without addresses' passwords: its first line. */
function plain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0]!.replace(/\/\/[^@\s]*@/g, "//");
}

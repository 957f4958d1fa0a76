/**
 * Connections to a server, opened at a bounded rate while it takes none: postgres.js itself connects anew without a
 * pause when a server accepts and closes, which is a thousand times a second.
 */
import { createConnection, type Socket } from "node:net";

/** Where the driver wants to go. */
export interface SocketTarget {
  host: readonly string[];
  port: readonly number[];
  /** Of a socket in the file system. */
  path: string | false | undefined;
}

/** Connections in a row that came to nothing, before the next ones wait for their turn. */
const FAILED_MAX = 3;
/** Between two tries, over all pools of this process to the same address: four a second. */
const APART_MS = 250;

/** One address. */
export class Pace {
  #failed = 0;
  #next_ms = 0;

  /** A session has begun: the server is well. */
  welcome(): void {
    this.#failed = 0;
  }

  /** A connection has ended, for whatever reason. */
  ended(): void {
    this.#failed++;
  }

  /** Waits until a connection may be opened. */
  async turn(now_ms: number): Promise<void> {
    if (this.#failed < FAILED_MAX) return;
    const at_ms = Math.max(now_ms, this.#next_ms);
    this.#next_ms = at_ms + APART_MS;
    if (at_ms > now_ms) await new Promise((next) => setTimeout(next, at_ms - now_ms));
  }
}

const paces = new Map<string, Pace>();

/** Of an address without its parameters; there are few of them. */
export function paceOf(address: string): Pace {
  const key = address.split("?", 1)[0]!;
  let pace = paces.get(key);
  if (pace === undefined) paces.set(key, (pace = new Pace()));
  return pace;
}

/** Opens connections for one pool; of several hosts one after the other. */
export function socketsTo(pace: Pace): (target: SocketTarget) => Promise<Socket> {
  let tried = 0;
  return async ({ host, port, path }) => {
    await pace.turn(performance.now());
    const at = tried++ % Math.max(1, host.length);
    const name = host[at] ?? "localhost";
    const socket =
      typeof path === "string" && path !== ""
        ? createConnection(path)
        : createConnection({ host: name, port: port[at] ?? 5432 });
    socket.once("close", () => pace.ended());
    // Not connected yet: what the driver writes waits, and it must see for itself when it comes to nothing. It compares
    // the certificate with the host's name.
    return Object.assign(socket, { host: name });
  };
}

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

/** Opens the connections of one pool, of several hosts one after the other, until the pool is given up. */
export class Sockets {
  readonly #pace: Pace;
  /** Begun, and not connected yet. */
  readonly #opening = new Set<Socket>();
  #tried = 0;
  #givenUp = false;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** What the driver asks for each connection. @throws {Error} with code CONNECTION_DESTROYED once the pool is given up. */
  async open({ host, port, path }: SocketTarget): Promise<Socket> {
    this.#check();
    await this.#pace.turn(performance.now());
    // The driver does not look whether its pool has ended while a connection waited: it would go on to open it.
    this.#check();
    const at = this.#tried++ % Math.max(1, host.length);
    const name = host[at] ?? "localhost";
    const socket =
      typeof path === "string" && path !== ""
        ? createConnection(path)
        : createConnection({ host: name, port: port[at] ?? 5432 });
    this.#opening.add(socket);
    socket.once("connect", () => this.#opening.delete(socket));
    socket.once("close", () => {
      this.#opening.delete(socket);
      this.#pace.ended();
    });
    // Not connected yet: what the driver writes waits, and it must see for itself when it comes to nothing. It compares
    // the certificate with the host's name.
    return Object.assign(socket, { host: name });
  }

  /** None is opened from now on, and those on their way are stopped; those that stand are the driver's. Idempotent. */
  giveUp(): void {
    this.#givenUp = true;
    for (const socket of this.#opening) socket.destroy();
    this.#opening.clear();
  }

  #check(): void {
    if (this.#givenUp)
      throw Object.assign(new Error("The connections were given up"), { code: "CONNECTION_DESTROYED" });
  }
}

/**
 * A TCP proxy that can be a bad network: between a process and its Kafka, Redis or PostgreSQL. What it is told holds
 * for the connections that are open and for new ones, until it is told something else.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Proxy {
  /** Of 127.0.0.1, where clients connect; stays the same for its whole life. */
  readonly port: number;
  /** Connections through it now. */
  readonly open: number;
  /** Bytes that went through, both ways together. */
  readonly bytes: number;
  /** Forwards everything, at once: what was held back too. */
  pass(): Promise<void>;
  /** Every byte arrives so many ms later, each way. */
  delay(ms: number): Promise<void>;
  /** At most so many bytes a second, per connection and way. */
  slow(bytes_per_s: number): Promise<void>;
  /** Takes connections and bytes, and forwards nothing: nobody is told. */
  blackHole(): Promise<void>;
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Forwards so many bytes more, all connections and both ways together, then cuts. */
  cutAfter(bytes: number): Promise<void>;
  /** Resets every connection; new ones are as before. */
  drop(): void;
  /** New connections go to another port of 127.0.0.1. */
  aim(port: number): void;
  /** Cuts for good. */
  close(): Promise<void>;
}

type Mode =
  | { kind: "pass" }
  | { kind: "delay"; ms: number }
  | { kind: "slow"; bytes_per_s: number }
  | { kind: "hole" };

/** What one way of a connection holds back before it stops reading. */
const HELD_BYTES_MAX = 1 << 20;
const SLICE_MS = 20;

/** @param target Port of 127.0.0.1. @param port To listen on; a free one by default. */
export async function startProxy(target: number, port = 0): Promise<Proxy> {
  const proxy = new TcpProxy(target);
  await proxy.listen(port);
  return proxy;
}

class TcpProxy implements Proxy {
  port = 0;
  bytes = 0;
  mode: Mode = { kind: "pass" };
  #target: number;
  #left = Infinity;
  #server: Server | null = null;
  readonly #links = new Set<Link>();

  constructor(target: number) {
    this.#target = target;
  }
  get open(): number {
    return this.#links.size;
  }
  pass(): Promise<void> {
    return this.#become({ kind: "pass" });
  }
  delay(ms: number): Promise<void> {
    return this.#become({ kind: "delay", ms });
  }
  slow(bytes_per_s: number): Promise<void> {
    return this.#become({ kind: "slow", bytes_per_s });
  }
  blackHole(): Promise<void> {
    return this.#become({ kind: "hole" });
  }
  async cutAfter(bytes: number): Promise<void> {
    await this.#become({ kind: "pass" });
    this.#left = bytes;
  }
  async cut(): Promise<void> {
    this.#left = Infinity;
    const server = this.#server;
    this.#server = null;
    this.drop();
    if (server !== null) await new Promise<void>((done) => server.close(() => done()));
  }
  drop(): void {
    for (const link of this.#links) link.reset();
  }
  aim(port: number): void {
    this.#target = port;
  }
  close(): Promise<void> {
    return this.cut();
  }

  /** How many of these bytes may still go; less than asked means that this is the end. */
  allow(bytes: number): number {
    const allowed = Math.min(bytes, this.#left);
    this.#left -= allowed;
    this.bytes += allowed;
    if (allowed < bytes) setImmediate(() => void this.cut());
    return allowed;
  }

  listen(port: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const link = new Link(
        this,
        client,
        connect({ port: this.#target, host: "127.0.0.1", noDelay: true }),
        () => this.#links.delete(link),
      );
      this.#links.add(link);
    });
    this.#server = server;
    return new Promise((done, fail) => {
      server.once("error", fail);
      server.listen(port, "127.0.0.1", () => {
        const address = server.address();
        if (typeof address === "object" && address !== null) this.port = address.port;
        done();
      });
    });
  }

  async #become(mode: Mode): Promise<void> {
    this.mode = mode;
    this.#left = Infinity;
    if (this.#server === null) await this.listen(this.port);
    for (const link of this.#links) link.pump();
  }
}

/** One connection: two ways. */
class Link {
  readonly #ends: readonly Socket[];
  readonly #ways: readonly Way[];
  #over = false;
  readonly #onOver: () => void;

  constructor(proxy: TcpProxy, client: Socket, server: Socket, onOver: () => void) {
    this.#onOver = onOver;
    this.#ends = [client, server];
    this.#ways = [new Way(proxy, client, server), new Way(proxy, server, client)];
    for (const end of this.#ends) {
      end.on("error", () => this.reset());
      end.on("close", () => {
        if (this.#ends.every((one) => one.destroyed)) this.#finish();
      });
    }
  }
  pump(): void {
    for (const way of this.#ways) way.pump();
  }
  reset(): void {
    for (const end of this.#ends) end.resetAndDestroy();
    this.#finish();
  }
  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    for (const way of this.#ways) way.end();
    this.#onOver();
  }
}

/** One way of a connection. What arrives waits in a queue until the network lets it go. */
class Way {
  readonly #proxy: TcpProxy;
  readonly #from: Socket;
  readonly #to: Socket;
  #queue: { at_ms: number; bytes: Buffer }[] = [];
  #held = 0;
  #ended = false;
  #waiting = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(proxy: TcpProxy, from: Socket, to: Socket) {
    this.#proxy = proxy;
    this.#from = from;
    this.#to = to;
    from.on("data", (bytes: Buffer) => {
      this.#queue.push({ at_ms: performance.now(), bytes });
      this.#held += bytes.length;
      if (this.#held > HELD_BYTES_MAX) from.pause();
      this.pump();
    });
    from.on("end", () => {
      this.#ended = true;
      this.pump();
    });
    to.on("drain", () => {
      this.#waiting = false;
      this.pump();
    });
  }

  pump(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (!this.#waiting) {
      const mode = this.#proxy.mode;
      if (mode.kind === "hole") return;
      const head = this.#queue[0];
      if (head === undefined) break;
      const wait_ms = mode.kind === "delay" ? head.at_ms + mode.ms - performance.now() : 0;
      if (wait_ms > 0) return this.#later(wait_ms);
      if (mode.kind === "slow") {
        this.#send(Math.max(1, Math.floor((mode.bytes_per_s * SLICE_MS) / 1_000)));
        return this.#later(SLICE_MS);
      }
      if (!this.#send(head.bytes.length)) return;
    }
    if (this.#ended && this.#queue.length === 0) this.#to.end();
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#queue = [];
    this.#held = 0;
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => this.pump(), Math.ceil(ms));
  }

  /** @returns false when the connection is over. */
  #send(bytes_max: number): boolean {
    const head = this.#queue[0];
    if (head === undefined || this.#to.destroyed) return false;
    const wanted = head.bytes.subarray(0, bytes_max);
    const allowed = this.#proxy.allow(wanted.length);
    if (allowed > 0) this.#waiting = !this.#to.write(wanted.subarray(0, allowed));
    if (allowed < wanted.length) return false;
    if (wanted.length === head.bytes.length) this.#queue.shift();
    else head.bytes = head.bytes.subarray(wanted.length);
    this.#held -= wanted.length;
    if (this.#held <= HELD_BYTES_MAX / 2) this.#from.resume();
    return true;
  }
}

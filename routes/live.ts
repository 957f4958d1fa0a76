/** The live feed as server-sent events: `/api/live` for programs, `/live` for the pages, which also get HTML. */
import { Hono, type Context } from "hono";
import { getBunServer, getConnInfo } from "hono/bun";
import { ProblemError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Hub, Sink, SubscribeOptions, Subscription } from "../src/push/hub.ts";
import { asked, liveQuery, pageQuery, parseLive } from "./live-query.ts";
import { invalidParameter } from "./problem.ts";

export interface LiveDeps {
  hub: Hub;
  streams: readonly Stream[];
  /** Groups of notes that `/live?page=` may name. */
  pages: readonly string[];
  /** The hub knows what the log held at the start; streams wait for it, 5 s at most. */
  ready?: Promise<void>;
  /** Address that the limit per address counts; null is not counted. The connection's by default. */
  addressOf?: (c: Context) => string | null;
  clients_per_address_max?: number;
}

const READY_MS_MAX = 5_000;
/** A stream is quiet for 15 s at most, between heartbeats: a server's default of 10 s would end it. */
const IDLE_TIMEOUT_S = 60;

/** The part of Bun's server that a stream needs. */
interface Timeouts {
  timeout(request: Request, seconds: number): void;
}

export function liveRoutes(deps: LiveDeps): Hono {
  const { hub, streams } = deps;
  const places = new Places(deps.clients_per_address_max ?? limits.clients_per_address_max);

  async function open(c: Context, options: SubscribeOptions): Promise<Response> {
    await whenReady(deps.ready);
    hub.checkRoom();
    const address = countedAddress((deps.addressOf ?? remoteAddress)(c));
    places.check(address);
    const body = new LiveBody(hub, options, places, address, c.req.raw, getBunServer<Timeouts>(c) ?? null);
    return new Response(new ReadableStream(body), {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      },
    });
  }

  return new Hono()
    .get("/api/live", async (c) => {
      const query = await asked(c, liveQuery);
      return open(c, parseLive(query, streams, streams, c.req.header("last-event-id"), hub.parse));
    })
    .get("/live", async (c) => {
      const { page, ...query } = await asked(c, pageQuery);
      if (!deps.pages.includes(page))
        throw invalidParameter("page", page, `must be one of ${deps.pages.join(", ")}`);
      // A page that names no topics lives from its notes.
      return open(c, {
        ...parseLive(query, streams, [], c.req.header("last-event-id"), hub.parse),
        notes: page,
      });
    });
}

/**
 * A subscription as a response body. Bun's direct stream: its `write` tells when the socket is full, where
 * `enqueue` would queue without bound. One object and no closures or abort signal: there are 15,000 of these.
 */
class LiveBody implements Sink {
  readonly type = "direct";
  readonly #hub: Hub;
  #options: SubscribeOptions | null;
  readonly #places: Places;
  readonly #address: string | null;
  readonly #request: Request;
  readonly #server: Timeouts | null;
  #controller: ReadableStreamDirectController | null = null;
  #subscription: Subscription | null = null;

  constructor(
    hub: Hub,
    options: SubscribeOptions,
    places: Places,
    address: string | null,
    request: Request,
    server: Timeouts | null,
  ) {
    this.#hub = hub;
    this.#options = options;
    this.#places = places;
    this.#address = address;
    this.#request = request;
    this.#server = server;
  }

  /** Called once, when the body is really read: a HEAD, or a client that left before, takes no place. */
  pull(controller: ReadableStreamDirectController): void {
    const options = this.#options;
    if (options === null) return;
    this.#options = null;
    this.#server?.timeout(this.#request, IDLE_TIMEOUT_S);
    try {
      this.#places.take(this.#address);
    } catch {
      // Taken since it was checked: the stream ends, and the client comes back.
      controller.close();
      return;
    }
    this.#controller = controller;
    try {
      this.#subscription = this.#hub.subscribe(options, this);
    } catch {
      this.#end();
      controller.close();
    }
  }

  /** The client is gone, or was cut off. */
  cancel(): void {
    this.#end();
  }

  write(bytes: Uint8Array): number | Promise<number> {
    const took = this.#controller!.write(bytes);
    void this.#controller!.flush();
    return took;
  }

  close(slow: boolean): void {
    const controller = this.#controller;
    // Ending the stream would wait for a reader that does not read: the timeout cuts it, then `cancel` is called.
    if (slow && this.#server !== null) this.#server.timeout(this.#request, 1);
    else {
      this.#end();
      controller?.close();
    }
  }

  #end(): void {
    if (this.#controller === null) return;
    this.#controller = null;
    this.#subscription?.close();
    this.#places.leave(this.#address);
  }
}

/** Streams by address: one visitor must not take the places of all. */
class Places {
  readonly #max: number;
  readonly #taken = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws {ProblemError} rate-limited */
  check(address: string | null): void {
    const n = this.#taken.get(address ?? "") ?? 0;
    if (n < this.#max) return;
    const detail = `Cannot open a live stream: ${address} has ${n} of at most ${this.#max}; close one`;
    throw new ProblemError({ name: "rate-limited", detail, retry_after_s: 5 });
  }

  /** @throws {ProblemError} rate-limited */
  take(address: string | null): void {
    if (address === null) return;
    this.check(address);
    this.#taken.set(address, (this.#taken.get(address) ?? 0) + 1);
  }

  leave(address: string | null): void {
    if (address === null) return;
    const left = (this.#taken.get(address) ?? 1) - 1;
    if (left === 0) this.#taken.delete(address);
    else this.#taken.set(address, left);
  }
}

/** Null for this machine itself: that is a proxy, or a test. */
const countedAddress = (address: string | null): string | null =>
  address === null || /^(::ffff:)?127\.|^::1$/.test(address) ? null : address;

async function whenReady(ready: Promise<void> | undefined): Promise<void> {
  if (ready === undefined) return;
  const late = Symbol("late");
  if ((await Promise.race([ready, Bun.sleep(READY_MS_MAX).then(() => late)])) === late) {
    throw new ProblemError({
      name: "unavailable",
      detail: "Cannot open a live stream: the log is not read yet",
      retry_after_s: 5,
    });
  }
}

/** Null where the app does not run behind a server, as in a test of one request. */
const remoteAddress = (c: Context): string | null =>
  getBunServer(c) === undefined ? null : (getConnInfo(c).remote.address ?? null);

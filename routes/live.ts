/** The live feed as server-sent events: `/api/live` for programs, `/live` for the pages, which also get HTML. */
import { Hono, type Context } from "hono";
import { getBunServer, getConnInfo } from "hono/bun";
import { ProblemError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Hub, SubscribeOptions } from "../src/push/hub.ts";
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
    const address = (deps.addressOf ?? remoteAddress)(c);
    places.check(address);
    return new Response(eventStream(hub, options, c.req.raw, timeoutsOf(c), () => places.take(address)), {
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
      if (!deps.pages.includes(page)) throw invalidParameter("page", page, `must be one of ${deps.pages.join(", ")}`);
      // A page that names no topics lives from its notes.
      return open(c, { ...parseLive(query, streams, [], c.req.header("last-event-id"), hub.parse), notes: page });
    });
}

/**
 * A subscription as a response body. Bun's direct stream: its `write` tells when the socket is full, where
 * `enqueue` would queue without bound.
 */
function eventStream(
  hub: Hub,
  options: SubscribeOptions,
  request: Request,
  timeouts: Timeouts | null,
  enter: () => () => void,
): ReadableStream {
  return new ReadableStream({
    type: "direct",
    async pull(controller) {
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      request.signal.addEventListener("abort", () => end());
      if (request.signal.aborted) return;
      timeouts?.timeout(request, IDLE_TIMEOUT_S);
      let leave = (): void => {};
      try {
        leave = enter();
        const subscription = hub.subscribe(options, {
          write(bytes) {
            const took = controller.write(bytes);
            void controller.flush();
            return took;
          },
          close(slow) {
            // Ending the stream would wait for a reader that does not read; the timeout cuts it, then abort fires.
            if (slow && timeouts !== null) timeouts.timeout(request, 1);
            else end();
          },
        });
        await over;
        subscription.close();
      } catch (error) {
        // Taken between the check and here: the stream ends, and the client comes back.
        if (!(error instanceof ProblemError)) throw error;
      } finally {
        leave();
      }
    },
  });
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

  /** Called when the body is really read: a HEAD, or a client that left before, takes no place. @returns Gives it back. */
  take(address: string | null): () => void {
    if (address === null || isLoopback(address)) return () => {};
    this.check(address);
    this.#taken.set(address, (this.#taken.get(address) ?? 0) + 1);
    return () => {
      const left = this.#taken.get(address)! - 1;
      if (left === 0) this.#taken.delete(address);
      else this.#taken.set(address, left);
    };
  }
}

const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

async function whenReady(ready: Promise<void> | undefined): Promise<void> {
  if (ready === undefined) return;
  const late = Symbol("late");
  if ((await Promise.race([ready, Bun.sleep(READY_MS_MAX).then(() => late)])) === late) {
    throw new ProblemError({ name: "unavailable", detail: "Cannot open a live stream: the log is not read yet", retry_after_s: 5 });
  }
}

const remoteAddress = (c: Context): string | null => (timeoutsOf(c) === null ? null : (getConnInfo(c).remote.address ?? null));

/** Null where the app does not run behind a server, as in a test of one request. */
const timeoutsOf = (c: Context): Timeouts | null => getBunServer<Timeouts>(c) ?? null;

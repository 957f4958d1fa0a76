/** Sends a canary a minute through log, history, live view and hub, and tells how long it took to each. */
import { randomUUID } from "node:crypto";
import { ProblemError } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import { pause } from "../src/core/pause.ts";
import { formatInstant, type Clock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import type { LiveStore } from "../src/live/live-store.ts";
import type { Hub, Subscription } from "../src/push/port.ts";
import type { CanaryTurn, Hop } from "../src/serving/delivery.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Door } from "../src/sources/door.ts";
import type { Service } from "./service.ts";

export interface CanaryOptions {
  /** The stream `canary` as this process runs it: the hub and the stores know it by itself, not by its name. */
  stream: Stream;
  door: Pick<Door, "accept">;
  history: Pick<HistoryStore, "applied">;
  live: Pick<LiveStore, "get">;
  hub: Pick<Hub, "subscribe">;
  clock: Clock;
  onTurn: (turn: CanaryTurn) => void;
  every_ms?: number;
  wait_ms?: number;
}

/** How often a store is asked whether it has arrived: the measure is as fine as this. */
const ASK_MS = 20;

/** Each process has its own canary, so each measures its own way. */
export function canary(options: CanaryOptions): Service {
  const { clock, every_ms = limits.canary_every_ms } = options;
  const canary_id = randomUUID();
  let turn = 0;
  return {
    name: "canary",
    async run(signal) {
      // The parts that it goes through start beside it: the first one would measure that.
      await pause(Math.min(every_ms, limits.canary_wait_ms_max), signal);
      while (!signal.aborted) {
        const start_ms = clock.monotonic();
        const took_ms = await send(options, canary_id, turn++, signal);
        if (signal.aborted) return;
        const passed_ms = clock.monotonic() - start_ms;
        options.onTurn({ sent_at_ms: clock.now() - passed_ms, took_ms });
        await pause(Math.max(0, every_ms - passed_ms), signal);
      }
    },
  };
}

async function send(
  options: CanaryOptions,
  canary_id: string,
  turn: number,
  outer: AbortSignal,
): Promise<CanaryTurn["took_ms"]> {
  const { stream, door, history, live, hub, clock, wait_ms = limits.canary_wait_ms_max } = options;
  const event_id = randomUUID();
  const took: Record<Hop, number | null> = { log: null, history: null, live: null, sse: null };
  const late = new AbortController();
  const stop = (): void => late.abort();
  outer.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(stop, wait_ms);
  const sent_ms = clock.monotonic();
  /** What comes after the last hop was waited for is missed. */
  const arrived = (hop: Hop): void => {
    if (!late.signal.aborted) took[hop] ??= Math.max(0, Math.round(clock.monotonic() - sent_ms));
  };
  const over = new Promise<null>((done) => late.signal.addEventListener("abort", () => done(null)));
  const told = Promise.withResolvers<null>();
  const client = listen(hub, stream, canary_id, (text) => {
    if (!text.includes(event_id)) return;
    arrived("sse");
    told.resolve(null);
  });
  try {
    const value = { event_id, canary_id, turn, sent_at: formatInstant(clock.now()) };
    // An append is not given up half way, but nor is it waited for longer than the rest.
    const appended = door.accept(stream, [value], { source: "canary" }).then(
      ({ applied }) => {
        arrived("log");
        return applied;
      },
      () => null,
    );
    const applied = await Promise.race([appended, over]);
    if (applied === null) return took;
    const [place] = [...applied];
    if (place === undefined) return took;
    const [partition, next_offset] = place;
    /** A store that is away has not got it yet. */
    const until = async (hop: Hop, there: () => Promise<boolean>): Promise<void> => {
      while (!late.signal.aborted) {
        if ((await Promise.race([there().catch(() => false), over])) === true) return arrived(hop);
        await pause(ASK_MS, late.signal);
      }
    };
    await Promise.all([
      until("history", async () => {
        const position = (await history.applied([stream]))[stream.name];
        return (position?.[partition] ?? 0) >= next_offset;
      }),
      until("live", async () => (await live.get(stream, canary_id))?.row["event_id"] === event_id),
      Promise.race([told.promise, over]),
    ]);
    return took;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener("abort", stop);
    client?.close();
  }
}

/** A hub that is full or closing takes no client, and no canary: that hop is missed. */
function listen(
  hub: CanaryOptions["hub"],
  stream: Stream,
  canary_id: string,
  hear: (text: string) => void,
): Subscription | null {
  const keys = new Map([[stream.name, new Set([canary_id])]]);
  try {
    return hub.subscribe(
      { filter: { streams: [stream], bbox: null, keys }, tick_ms: limits.tick_ms_min },
      {
        write(bytes) {
          hear(new TextDecoder().decode(bytes));
          return bytes.length;
        },
        close() {},
      },
    );
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

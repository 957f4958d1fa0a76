/**
 * Keys that were live before this process began to listen: a page may show them, and the hub has never heard of them. So
 * every process tells its own clients when their time is over, whoever takes them out of the live view.
 */
import { LiveUnavailableError } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import type { Stream } from "../src/core/stream.ts";
import type { Clock } from "../src/core/time.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { endsOf, type LiveStore } from "../src/live/live-store.ts";
import type { Hub } from "../src/push/port.ts";
import type { Service } from "./service.ts";

export interface TellGoneOptions {
  streams: readonly Stream[];
  live: Pick<LiveStore, "all">;
  history: Pick<HistoryStore, "latest">;
  hub: Pick<Hub, "gone">;
  clock: Pick<Clock, "now">;
  every_ms?: number;
}

interface Ending {
  stream: Stream;
  key: string;
  ends_ms: number;
}

/** Ends when all of them are told. */
export function tellGone(options: TellGoneOptions): Service {
  const { streams, hub, clock, every_ms = 1_000 } = options;
  return {
    name: "tell-gone",
    async run(signal) {
      const found = await Promise.all(streams.map((stream) => endingsOf(options, stream)));
      // The last to end first: those that are over are taken from the back.
      const endings = found.flat().sort((a, b) => b.ends_ms - a.ends_ms);
      while (endings.length > 0 && !signal.aborted) {
        const over: Ending[] = [];
        while ((endings.at(-1)?.ends_ms ?? Infinity) <= clock.now()) over.push(endings.pop()!);
        // The hub leaves out what it has heard of since.
        for (const [stream, keys] of Map.groupBy(over, (one) => one.stream))
          hub.gone(
            stream,
            keys.map(({ key }) => key),
          );
        await pause(every_ms, signal);
      }
    },
  };
}

/** @throws {HistoryUnavailableError} where the live view is away or empty, and history too. */
async function endingsOf({ live, history }: TellGoneOptions, stream: Stream): Promise<Ending[]> {
  if (stream.live === null) return [];
  const { live: declared } = stream;
  const shown = await live.all(stream).catch((error: unknown) => {
    if (error instanceof LiveUnavailableError) return null;
    throw error;
  });
  const rows = shown === null || shown.rows.length === 0 ? await history.latest(stream) : shown.rows;
  return rows.map((row) => ({ stream, key: row.key, ends_ms: endsOf(declared, row) }));
}

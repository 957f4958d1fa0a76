/** Makes the next days' partitions ahead of time, and drops what retention allows, of history and of the log. */
import type { HistoryStore } from "../src/history/history-store.ts";
import type { Log } from "../src/log/log.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, minutes, type Clock } from "../src/core/time.ts";
import { repeat, type Service } from "./service.ts";

export interface KeepPartitionsOptions {
  streams: readonly Stream[];
  history: HistoryStore;
  log: Log;
  clock: Clock;
  onDropped: (names: readonly string[]) => void;
}

/** Partitions are made three days ahead, so that a process that stands still over a weekend loses no speed on Monday. */
const AHEAD_MS = days(3);

export function keepPartitions(options: KeepPartitionsOptions): Service {
  return {
    name: "keep-partitions",
    run: (signal) => repeat(minutes(10), signal, () => keepPartitionsOnce(options)),
  };
}

export async function keepPartitionsOnce({
  streams,
  history,
  log,
  clock,
  onDropped,
}: KeepPartitionsOptions): Promise<void> {
  const now_ms = clock.now();
  for (const stream of streams) {
    await history.ensurePartitions(stream, now_ms - days(1), now_ms + AHEAD_MS);
    const dropped = await history.retain(stream, now_ms);
    if (dropped.length > 0) onDropped(dropped);
  }
  await log.retain(now_ms);
}

/**
 * The live view against history. Both move on while they are read, so each is waited for until it has read what the other had: then no
 * order of reading explains a difference.
 */
import { pause } from "../core/pause.ts";
import type { Stream } from "../core/stream.ts";
import { seconds, type Clock } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";

export interface LiveDifferences {
  rows: number;
  found: number;
  /** The first of them, for people. */
  examples: readonly string[];
}

/** A live view, as it is read here. */
export interface LiveSide {
  all(stream: Stream): Promise<{
    rows: readonly { key: string; event_time_ms: number; partition: number; offset: number }[];
  }>;
  applied(stream: Stream): Promise<readonly number[]>;
}

export interface CompareLiveOptions {
  history: Pick<HistoryStore, "latest" | "applied">;
  live: LiveSide;
  clock: Clock;
  signal: AbortSignal;
}

/** How long one layer is waited for; one that is further behind is not compared. */
const WAIT_MS_MAX = seconds(20);
const LOOK_MS = 100;

/**
 * Counts live rows that are older than what history had before them, or newer than what it has after them; and rows of history that the
 * live view should show and does not. Those that are soon too old to be shown are not missed.
 *
 * @returns Null where one of both is too far behind.
 * @throws {HistoryUnavailableError} {LiveUnavailableError}
 */
export async function compareLive(
  stream: Stream,
  { history, live, clock, signal }: CompareLiveOptions,
): Promise<LiveDifferences | null> {
  const stored = async (): Promise<readonly number[]> => (await history.applied([stream]))[stream.name] ?? [];
  const had = await stored();
  const now_ms = clock.now();
  const before = new Map((await history.latest(stream)).map((row) => [row.key, row.event_time_ms]));
  if (!(await until(() => live.applied(stream), had, clock, signal))) return null;
  const shown = (await live.all(stream)).rows;
  const wanted: number[] = [];
  for (const { partition, offset } of shown) wanted[partition] = Math.max(wanted[partition] ?? 0, offset + 1);
  if (!(await until(stored, wanted, clock, signal))) return null;
  const after = new Map((await history.latest(stream)).map((row) => [row.key, row.event_time_ms]));
  const examples: string[] = [];
  let found = 0;
  const tell = (words: string): void => {
    found += 1;
    if (examples.length < EXAMPLES_MAX) examples.push(words);
  };
  for (const { key, event_time_ms } of shown) {
    if (event_time_ms < (before.get(key) ?? -Infinity)) tell(`${key}: the live view is older than history`);
    else if (event_time_ms > (after.get(key) ?? -Infinity))
      tell(`${key}: history lacks what the live view shows`);
  }
  const keys = new Set(shown.map(({ key }) => key));
  // What has ended is shown shorter: of such streams a key that is not shown says nothing.
  if (stream.live !== null && stream.live.ended === undefined) {
    const since_ms = now_ms - stream.live.ttl_ms / 2;
    for (const [key, event_time_ms] of before)
      if (event_time_ms >= since_ms && !keys.has(key)) tell(`${key}: the live view does not show it`);
  }
  return { rows: Math.max(shown.length, before.size), found, examples };
}

const EXAMPLES_MAX = 20;

/** @returns false where the places were not reached in time. */
async function until(
  applied: () => Promise<readonly number[]>,
  wanted: readonly (number | undefined)[],
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const from_ms = clock.monotonic();
  for (;;) {
    const at = await applied();
    if (wanted.every((offset, partition) => (at[partition] ?? 0) >= (offset ?? 0))) return true;
    signal.throwIfAborted();
    if (clock.monotonic() - from_ms > WAIT_MS_MAX) return false;
    await pause(LOOK_MS, signal);
  }
}

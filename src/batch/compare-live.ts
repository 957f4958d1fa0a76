/**
 * The live view against history. Both move on while they are read, so a row counts only where no order of reading explains it: history was
 * read before and after the live view.
 */
import type { Stream } from "../core/stream.ts";
import type { LiveDifferences } from "./audit.ts";

interface Newest {
  key: string;
  event_time_ms: number;
}

export interface CompareLiveOptions {
  /** Newest rows of history. */
  latest: () => Promise<readonly Newest[]>;
  live: () => Promise<readonly Newest[]>;
  /** Lets both layers store what is under way. */
  settle: () => Promise<void>;
  now_ms: number;
}

/**
 * Live rows older than what history had before they were read, or newer than what it has afterwards; and rows of history that the
 * live view should show and does not. Rows that are, or soon will be, too old to be shown are not missed, nor those that came late.
 */
export async function compareLive(
  stream: Stream,
  { latest, live, settle, now_ms }: CompareLiveOptions,
): Promise<LiveDifferences> {
  const before = new Map((await latest()).map((row) => [row.key, row.event_time_ms]));
  await settle();
  const shown = await live();
  await settle();
  const after = new Map((await latest()).map((row) => [row.key, row.event_time_ms]));
  const examples: string[] = [];
  let found = 0;
  const tell = (words: string): void => {
    found += 1;
    if (examples.length < 20) examples.push(words);
  };
  for (const { key, event_time_ms } of shown) {
    if (event_time_ms < (before.get(key) ?? -Infinity)) tell(`${key}: the live view stands before history`);
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

/** Archived days back into the raw tables, day by day; an interrupted run goes on where it was. */
import type { Stream } from "../core/stream.ts";
import { limits } from "../core/limits.ts";
import { dayMs } from "../history/archived/archived-days.ts";
import type { ArchiveContext } from "./context.ts";
import { MANIFEST } from "./manifest.ts";
import { restoreDay } from "./restore-day.ts";
import { ArchiveError } from "./target.ts";

/** Where a run stands: the day that it is at, and how many of its parts are back. */
export interface RestorePlace {
  stream: string;
  day: string;
  parts: number;
}

export interface RestoreOptions {
  streams: readonly Stream[];
  /** All days without them. */
  from_ms: number | null;
  to_ms: number | null;
  kept_until_ms: number;
  signal: AbortSignal;
  resume: RestorePlace | null;
  note: (place: RestorePlace) => Promise<void>;
  /** `done` of `total` days. */
  onProgress?: (done: number, total: number, words: string) => void;
}

export interface Restored {
  days: number;
  rows: number;
  inserted: number;
}

/** @throws {ArchiveError} also where there is no archive of what is asked for. {HistoryUnavailableError} */
export async function restoreDays(context: ArchiveContext, options: RestoreOptions): Promise<Restored> {
  const { signal, resume, onProgress, kept_until_ms } = options;
  const all: { stream: Stream; day: string }[] = [];
  for (const stream of options.streams)
    for (const day of await archivedDays(context, stream, options)) all.push({ stream, day });
  if (all.length === 0)
    throw new ArchiveError(`There is nothing at ${context.target.location} of what is asked for`);
  const at =
    resume === null ? 0 : all.findIndex((one) => one.stream.name === resume.stream && one.day === resume.day);
  const restored: Restored = { days: 0, rows: 0, inserted: 0 };
  for (const [i, { stream, day }] of all.entries()) {
    if (i < at) continue;
    signal.throwIfAborted();
    const words = `${stream.name} ${day}`;
    onProgress?.(i, all.length, words);
    const done = await restoreDay(context, stream, day, {
      signal,
      kept_until_ms,
      parts_done: i === at ? (resume?.parts ?? 0) : 0,
      onPart: (parts) => options.note({ stream: stream.name, day, parts }),
      onRows: (rows) => onProgress?.(i, all.length, `${words}: ${rows.toLocaleString("en-US")} rows`),
    });
    restored.days++;
    restored.rows += done.rows;
    restored.inserted += done.inserted;
  }
  onProgress?.(all.length, all.length, "");
  return restored;
}

/** Days of a stream that have a manifest. */
async function archivedDays(
  { target }: ArchiveContext,
  { name }: Stream,
  { from_ms, to_ms }: Pick<RestoreOptions, "from_ms" | "to_ms">,
): Promise<string[]> {
  const folder = `stream=${name}/`;
  const found = (await target.list(folder)).flatMap((path) => {
    const day = /^date=(\d{4}-\d{2}-\d{2})\//.exec(path.slice(folder.length))?.[1];
    return day !== undefined && path.endsWith(`/${MANIFEST}`) ? [day] : [];
  });
  if (found.length > limits.archive_days_max)
    throw new ArchiveError(
      `There are ${found.length} days at ${target.location}/${folder}: at most ${limits.archive_days_max}`,
    );
  return found.filter((day) => dayMs(day) >= (from_ms ?? -Infinity) && dayMs(day) < (to_ms ?? Infinity));
}

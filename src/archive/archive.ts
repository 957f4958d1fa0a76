/** All closed days that are not in the archive yet, oldest first; days that got rows since they were archived, again. */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { days } from "../core/time.ts";
import type { PartitionLedger } from "../history/history-store.ts";
import { rawFromMs } from "../history/retention.ts";
import { archiveDay } from "./archive-day.ts";
import { closedUntilMs, dueOf, isLookedAt, type Due } from "./closed.ts";
import type { ArchiveContext } from "./context.ts";
import { dayFolder, MANIFEST, readManifest, type Manifest } from "./manifest.ts";
import { restoreDay } from "./restore-day.ts";
import { ArchiveError } from "./target.ts";

export interface ArchiveOptions {
  streams: readonly Stream[];
  /** Only days of this span, and all of them; without it, those that a daily run looks at. */
  from_ms?: number | null;
  to_ms?: number | null;
  ledger: (stream: Stream) => Promise<readonly PartitionLedger[]>;
  /** Events of a stream that history has yet to store. */
  behind: (stream: Stream) => Promise<number>;
  signal: AbortSignal;
  /** `done` of `total` days. */
  onProgress?: (done: number, total: number, words: string) => void;
}

export interface Archived {
  stream: string;
  day: string;
  rows: number;
  bytes: number;
}

/**
 * @returns The days that were written. What is done stays done, whatever comes after.
 * @throws {ArchiveError} {HistoryUnavailableError} at the first day that cannot be written.
 */
export async function archiveClosedDays(
  context: ArchiveContext,
  options: ArchiveOptions,
): Promise<readonly Archived[]> {
  const { signal, onProgress } = options;
  const due: { stream: Stream; day: string; due: Due }[] = [];
  for (const stream of options.streams) due.push(...(await dueDays(context, stream, options)));
  const done: Archived[] = [];
  for (const { stream, day, due: why } of due) {
    signal.throwIfAborted();
    onProgress?.(done.length, due.length, `${stream.name} ${day}`);
    if (why === "back")
      await restoreDay(context, stream, day, { signal, kept_until_ms: context.clock.now() + days(1) });
    else if (why === "first") await refuseOthers(context, stream, day);
    const written = await archiveDay(context, stream, day, signal);
    if (written !== null) done.push({ stream: stream.name, day, rows: written.rows, bytes: written.bytes });
  }
  onProgress?.(due.length, due.length, "");
  return done;
}

async function dueDays(
  { store, target, clock }: ArchiveContext,
  stream: Stream,
  { from_ms, to_ms, ledger, behind, signal }: ArchiveOptions,
): Promise<{ stream: Stream; day: string; due: Due }[]> {
  const now_ms = clock.now();
  const closed_ms = closedUntilMs(stream, await ledger(stream), {
    now_ms,
    drained: (await behind(stream)) === 0,
  });
  const to = Math.min(closed_ms, to_ms ?? Infinity);
  if (to === -Infinity) return [];
  const known = new Map((await store.archived(stream)).map((day) => [day.day, day]));
  const look = {
    recheck_from_ms: from_ms ?? closed_ms - days(limits.archive_recheck_days),
    raw_from_ms: rawFromMs(stream, now_ms),
  };
  const due: { stream: Stream; day: string; due: Due }[] = [];
  for (const day of await store.days(stream, from_ms ?? limits.event_time_min_ms, to)) {
    signal.throwIfAborted();
    const mine = known.get(day);
    if (!isLookedAt(day, mine, look)) continue;
    const why = dueOf(mine, await store.count(stream, day), target.location);
    if (why !== "nothing") due.push({ stream, day, due: why });
  }
  return due;
}

/** A day that stands there already though this database knows nothing of it: another's, or what a crash left before it was noted. */
async function refuseOthers(
  { store, target, city_id }: ArchiveContext,
  stream: Stream,
  day: string,
): Promise<void> {
  const path = dayFolder(stream.name, day) + MANIFEST;
  const bytes = await target.get(path);
  if (bytes === null) return;
  const there: Manifest = readManifest(`${target.location}/${path}`, bytes);
  if (there.city !== city_id)
    throw new ArchiveError(
      `Cannot archive ${stream.name} ${day} to ${target.location}: the city "${there.city}" has its archive there; give each city a place of its own`,
    );
  const rows = await store.count(stream, day);
  if (there.rows > rows)
    throw new ArchiveError(
      `Cannot archive ${stream.name} ${day} to ${target.location}: it is there with ${there.rows} rows, of which this database has ${rows}; bring it back first (restore-archive), or name another ARCHIVE`,
    );
}

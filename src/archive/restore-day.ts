/**
 * One archived day back into the raw table, as it was: the same rows at the same places of the log, each once. Rows go in beside
 * the log and not through it: windows of a day outlive its raw rows, and an event that came through the log again would count
 * in them twice. So the windows of the day are then made anew from its rows. Why: docs/adr/0015-archive-in-parquet.md.
 */
import type { Stream } from "../core/stream.ts";
import { days } from "../core/time.ts";
import { dayMs } from "../history/archived/archived-days.ts";
import { archivePlan } from "./columns.ts";
import type { ArchiveContext } from "./context.ts";
import {
  checkPart,
  dayFolder,
  MANIFEST,
  readManifest,
  sha256Of,
  type Manifest,
  type ManifestPart,
} from "./manifest.ts";
import type { RestoreAsk, RestoreInput } from "./restore.worker.ts";
import { ArchiveError, type ArchiveTarget } from "./target.ts";

const WORKER = new URL("./restore.worker.ts", import.meta.url);

export interface RestoreDayOptions {
  signal: AbortSignal;
  /** Until when retention leaves the day alone. */
  kept_until_ms: number;
  /** Parts that are back already, of an attempt that was interrupted: they are not read again. */
  parts_done?: number;
  onPart?: (parts_done: number) => Promise<void> | void;
  onRows?: (rows: number) => void;
}

export interface RestoredDay {
  rows: number;
  /** Of them, rows that were not there. */
  inserted: number;
}

/**
 * All parts are checked before the first row goes in.
 *
 * @throws {ArchiveError} naming the file, what was expected and what was found. {HistoryUnavailableError}
 */
export async function restoreDay(
  context: ArchiveContext,
  stream: Stream,
  day: string,
  options: RestoreDayOptions,
): Promise<RestoredDay> {
  const { target, store, pool, clock } = context;
  const { signal } = options;
  const folder = dayFolder(stream.name, day);
  const { manifest, sha256 } = await manifestOf(target, folder);
  const begin = options.parts_done ?? 0;
  for (const part of manifest.parts.slice(begin)) {
    signal.throwIfAborted();
    await partOf(target, folder, part);
  }
  const known = (await store.archived(stream)).find((one) => one.day === day);
  const note = {
    stream: stream.name,
    day,
    rows: manifest.rows,
    dropped: known?.dropped ?? manifest.rows,
    bytes: manifest.bytes,
    location: target.location,
    sha256,
    archived_at_ms: Date.parse(manifest.written_at),
    kept_until_ms: options.kept_until_ms,
  };
  // First of all retention is told to leave the day alone.
  await store.note(note);
  await store.makeRoom(stream, day);
  const restored: RestoredDay = { rows: 0, inserted: 0 };
  const input: RestoreInput = {
    url: store.url,
    plan: archivePlan(stream),
    parts: manifest.parts.map((_, i) => i).slice(begin),
  };
  await pool.run<void, RestoreAsk>({
    module: WORKER,
    input,
    signal,
    async onAsk(ask) {
      signal.throwIfAborted();
      const part = manifest.parts[ask.part]!;
      if (ask.want === "part") return partOf(target, folder, part);
      if (!ask.ended) return options.onRows?.(restored.rows + ask.rows);
      if (ask.rows !== part.rows)
        throw new ArchiveError(
          `${target.location}/${folder}${part.file} holds ${ask.rows} rows, but its manifest says ${part.rows}`,
        );
      restored.rows += ask.rows;
      restored.inserted += ask.inserted;
      return options.onPart?.(ask.part + 1);
    },
  });
  await context.rebuildWindows(stream, dayMs(day), Math.min(dayMs(day) + days(1), clock.now()), signal);
  await store.note({ ...note, dropped: 0 });
  return restored;
}

async function manifestOf(
  target: ArchiveTarget,
  folder: string,
): Promise<{ manifest: Manifest; sha256: string }> {
  const path = `${target.location}/${folder}${MANIFEST}`;
  const bytes = await target.get(folder + MANIFEST);
  if (bytes === null) throw new ArchiveError(`${path} is missing: this day was never archived as a whole`);
  return { manifest: readManifest(path, bytes), sha256: sha256Of(bytes) };
}

async function partOf(
  target: ArchiveTarget,
  folder: string,
  part: ManifestPart,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await target.get(folder + part.file);
  return checkPart(`${target.location}/${folder}${part.file}`, part, bytes);
}

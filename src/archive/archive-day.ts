/**
 * One day into the archive: parts one after the other, then the manifest, then it is noted. Until the manifest is there the day's
 * previous archive is whole; parts that no manifest names go the next time the day is archived.
 */
import type { Stream } from "../core/stream.ts";
import { limits } from "../core/limits.ts";
import { formatInstant } from "../core/time.ts";
import { dayMs } from "../history/archived/archived-days.ts";
import { archivePlan } from "./columns.ts";
import type { ArchiveContext } from "./context.ts";
import type { EncodedPart, EncodeInput } from "./encode.worker.ts";
import {
  dayFolder,
  MANIFEST,
  manifestBytes,
  partName,
  sha256Of,
  type Manifest,
  type ManifestPart,
} from "./manifest.ts";
import { ArchiveError } from "./target.ts";

const WORKER = new URL("./encode.worker.ts", import.meta.url);

/**
 * @returns null for a day without rows.
 * @throws {ArchiveError} {HistoryUnavailableError} the previous archive of the day, if there is one, is as it was.
 */
export async function archiveDay(
  context: ArchiveContext,
  stream: Stream,
  day: string,
  signal: AbortSignal,
): Promise<Manifest | null> {
  const { target, store, pool, clock } = context;
  const plan = archivePlan(stream);
  const folder = dayFolder(stream.name, day);
  const before = await target.list(folder);
  const first =
    1 + Math.max(-1, ...before.map((path) => Number(/part-(\d+)\.parquet$/.exec(path)?.[1] ?? -1)));
  const parts: ManifestPart[] = [];
  const times: number[] = [];
  let safe = false;
  let manifest: Manifest;
  try {
    const input: EncodeInput = {
      url: store.url,
      plan,
      day_ms: dayMs(day),
      about: { stream: stream.name, date: day, release: context.release },
      part_rows: context.part_rows ?? limits.archive_part_rows,
      group_rows: context.group_rows ?? limits.archive_group_rows,
    };
    await pool.run<void, EncodedPart>({
      module: WORKER,
      input,
      signal,
      async onAsk({ bytes, rows, sha256, first_ms, last_ms }) {
        if (parts.length === limits.archive_parts_max)
          throw new ArchiveError(
            `Cannot archive ${folder}: it has more than ${limits.archive_parts_max} parts`,
          );
        const file = partName(first + parts.length);
        times.push(first_ms, last_ms);
        parts.push({
          file,
          rows,
          bytes: bytes.length,
          sha256,
          first_event_time: formatInstant(first_ms),
          last_event_time: formatInstant(last_ms),
        });
        await target.put(folder + file, bytes);
      },
    });
    if (parts.length === 0) return null;
    signal.throwIfAborted();
    manifest = {
      format: 1,
      stream: stream.name,
      date: day,
      release: context.release,
      city: context.city_id,
      written_at: formatInstant(clock.now()),
      rows: parts.reduce((n, part) => n + part.rows, 0),
      bytes: parts.reduce((n, part) => n + part.bytes, 0),
      first_event_time: formatInstant(Math.min(...times)),
      last_event_time: formatInstant(Math.max(...times)),
      parts,
      key: stream.key,
      columns: plan.columns.map(({ name, kind, nullable, unit }) => ({
        name,
        kind,
        nullable,
        ...(unit === undefined ? {} : { unit }),
      })),
    };
    // From here on nobody knows, should it fail, whether the manifest is there: then its parts must be too.
    safe = true;
    await target.put(folder + MANIFEST, manifestBytes(manifest));
  } catch (error) {
    // Room for others on a full disk; what is left lying goes the next time.
    if (!safe) for (const { file } of parts) await target.remove(folder + file).catch(() => {});
    throw error;
  }
  await store.note({
    stream: stream.name,
    day,
    rows: manifest.rows,
    dropped: 0,
    bytes: manifest.bytes,
    location: target.location,
    sha256: sha256Of(manifestBytes(manifest)),
    archived_at_ms: clock.now(),
    kept_until_ms: null,
  });
  const named = new Set([MANIFEST, ...parts.map(({ file }) => file)].map((file) => folder + file));
  for (const path of before) if (!named.has(path)) await target.remove(path);
  return manifest;
}

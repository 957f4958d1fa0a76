/** Closed days go to the archive as Parquet, and those that got rows since go again. Nothing where ARCHIVE is not set. */
import { archiveContext, streamFlag, streamsOf, wholeDays, type ArchiveJobDeps } from "./archive-parts.ts";
import type { Job } from "./job.ts";
import { archiveClosedDays, type Archived } from "../src/archive/archive.ts";
import { behindOf } from "../src/batch/behind.ts";
import { ConfigError } from "../src/core/errors.ts";
import { hours } from "../src/core/time.ts";

/** Days that the result tells one by one. */
const TOLD = 20;

export function archive(deps: ArchiveJobDeps): Job {
  const { history, log } = deps;
  const { location } = deps.archive;
  return {
    name: "archive",
    label: "Archive",
    doc: "Writes closed days to the archive as Parquet, and days that got late rows once more. With a span: all days of it.",
    schedule: location === null ? null : "0 4 * * *",
    longest_ms: hours(12),
    span: "day",
    flags: streamFlag(deps),
    async run({ from_ms, to_ms, flags, signal, progress }) {
      if (location === null) throw new ConfigError("ARCHIVE is not set: there is nowhere to write to");
      const done = await archiveClosedDays(archiveContext(deps, location), {
        streams: streamsOf(deps, flags),
        ...wholeDays(from_ms, to_ms),
        ledger: (stream) => history.ledger(stream),
        behind: (stream) => behindOf(log, history, stream),
        signal,
        onProgress: progress,
      });
      return {
        days: done.length,
        rows: done.reduce((n, { rows }) => n + rows, 0),
        bytes: done.reduce((n, { bytes }) => n + bytes, 0),
        words: wordsOf(done),
      };
    },
  };
}

/** `traffic 2026-11-20: 107,712 rows, 3.1 MB` */
export function wordsOf(done: readonly Archived[]): string {
  if (done.length === 0) return "nothing was new";
  const told = done
    .slice(0, TOLD)
    .map(
      ({ stream, day, rows, bytes }) =>
        `${stream} ${day}: ${rows.toLocaleString("en-US")} rows, ${size(bytes)}`,
    );
  return [...told, ...(done.length > TOLD ? [`and ${done.length - TOLD} more`] : [])].join("; ");
}

const size = (bytes: number): string =>
  bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

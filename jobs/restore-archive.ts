/** Archived days back into the raw tables, by hand. */
import { archiveContext, streamFlag, streamsOf, wholeDays, type ArchiveJobDeps } from "./archive-parts.ts";
import type { Job } from "./job.ts";
import { restoreDays, type RestorePlace } from "../src/archive/restore.ts";
import { limits } from "../src/core/limits.ts";
import { days, hours } from "../src/core/time.ts";

export const restoreArchive = (deps: ArchiveJobDeps): Job => ({
  name: "restore-archive",
  label: "Restore from the archive",
  doc: "Brings archived days back into the raw tables, each row once, and makes their windows anew.",
  schedule: null,
  longest_ms: hours(24),
  span: "day",
  flags: {
    "from-archive": {
      kind: "text",
      usual: deps.archive.location,
      doc: "the archive: a folder, or s3://bucket/prefix",
    },
    ...streamFlag(deps),
    "keep-days": {
      kind: "whole",
      usual: limits.archive_kept_days,
      least: 1,
      most: limits.archive_kept_days_max,
      doc: "how long retention leaves them alone",
    },
  },
  async run({ from_ms, to_ms, flags, clock, signal, progress, resume, note }) {
    const {
      days: n,
      rows,
      inserted,
    } = await restoreDays(archiveContext(deps, String(flags["from-archive"])), {
      streams: streamsOf(deps, flags),
      ...wholeDays(from_ms, to_ms),
      kept_until_ms: clock.now() + days(Number(flags["keep-days"])),
      signal,
      // Written by this very run.
      resume: resume as RestorePlace | null,
      note,
      onProgress: progress,
    });
    return {
      days: n,
      rows,
      inserted,
      words: `${(rows - inserted).toLocaleString("en-US")} were there already`,
    };
  },
});

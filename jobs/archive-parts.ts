/** What both jobs of the archive are made of. */
import type { JobDeps } from "./deps.ts";
import type { ArchiveContext } from "../src/archive/context.ts";
import type { JobFlag, JobFlags } from "../src/core/job.ts";
import type { Stream } from "../src/core/stream.ts";
import { days } from "../src/core/time.ts";

/** As much as the archive's jobs need. */
export type ArchiveJobDeps = Pick<
  JobDeps,
  "archive" | "batch" | "city" | "clock" | "history" | "log" | "streams"
>;

const ALL = "all";
const ours = ({ streams }: ArchiveJobDeps): readonly Stream[] => streams.filter(({ internal }) => !internal);

export const streamFlag = (deps: ArchiveJobDeps): Readonly<Record<string, JobFlag>> => ({
  stream: {
    kind: "text",
    usual: ALL,
    one_of: [ALL, ...ours(deps).map(({ name }) => name)],
    doc: "one stream instead of all",
  },
});

export const streamsOf = (deps: ArchiveJobDeps, { stream }: JobFlags): readonly Stream[] =>
  ours(deps).filter(({ name }) => stream === ALL || name === stream);

export const archiveContext = (
  { archive, batch, clock, city }: ArchiveJobDeps,
  location: string,
): ArchiveContext => ({
  target: archive.open(location),
  store: archive.store,
  pool: archive.pool,
  release: archive.release,
  clock,
  city_id: city.city_id,
  rebuildWindows: (stream, from_ms, to_ms, signal) =>
    batch.rebuildWindows(stream, from_ms, to_ms, { now_ms: clock.now(), whole: true, signal }),
});

/** The archive's days are UTC's: of a span of the city's days, all that it touches. */
export const wholeDays = (
  from_ms: number | null,
  to_ms: number | null,
): { from_ms: number | null; to_ms: number | null } => ({
  from_ms: from_ms === null ? null : Math.floor(from_ms / days(1)) * days(1),
  to_ms: to_ms === null ? null : Math.ceil(to_ms / days(1)) * days(1),
});

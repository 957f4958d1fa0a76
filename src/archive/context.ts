/** What archiving and bringing back need. */
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { ArchiveStore } from "../history/archived/archive-store.ts";
import type { WorkPool } from "../work/pool.ts";
import type { ArchiveTarget } from "./target.ts";

export interface ArchiveContext {
  target: ArchiveTarget;
  store: ArchiveStore;
  pool: WorkPool;
  clock: Clock;
  /** Told in manifests. */
  release: string;
  city_id: string;
  /** Makes a stream's windows anew from its raw rows. */
  rebuildWindows(stream: Stream, from_ms: number, to_ms: number, signal: AbortSignal): Promise<unknown>;
  /** Rows of a row group and of a part; smaller in tests. */
  group_rows?: number;
  part_rows?: number;
}

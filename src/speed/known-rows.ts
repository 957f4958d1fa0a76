/** What is known of a stream's newest state without reading its log. */
import type { LiveRow } from "../live/live-store.ts";

/** Newest rows of a stream, and next offsets per partition that were read *before* them. */
export interface KnownRows {
  rows: readonly LiveRow[];
  applied: readonly number[];
}

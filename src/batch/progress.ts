/** How far the batch layer is, since this process started. */
export interface BatchProgress {
  partitions: readonly BatchPartition[];
  /** Events that are decoded and wait for the writer. */
  queued: number;
  batches: number;
  stored: number;
  duplicate: number;
  dead: number;
  late: number;
  /** Refused at the door, from the `dead-letters` topic. */
  rejected: number;
  /** Batches that were dropped because somebody else had written. */
  fenced: number;
  /** Why nothing goes on now; null while all is well. */
  waiting_for: string | null;
  /** Monotonic clock at the last commit, ms; null before the first. */
  last_commit_ms: number | null;
}

export interface BatchPartition {
  stream: string;
  partition: number;
  /** Next offset to be stored. */
  next_offset: number;
  /** End of the log as it was last seen. */
  end_offset: number;
  watermark_ms: number | null;
}

/** How far the speed layer is with a stream. */
export interface SpeedProgress {
  stream: string;
  /** Keys held in memory. */
  keys: number;
  /** Keys dropped to make room. */
  evicted: number;
  /** Events decoded since the start. */
  events: number;
  /** Events per second, a mean over about the last ten seconds. */
  events_per_s: number;
  /** Values that are no events; only the batch layer stores them. */
  skipped: number;
  /** Events that were not news: older than what their key had, or their TTL over. */
  stale: number;
  /** Flushes to the live store, and rows it took as newer than its own. */
  flushes: number;
  written: number;
  /** Times the whole map was written, because the live store was away or empty. */
  refills: number;
  /** False from a failed call to the live store until the next that succeeds. */
  live_available: boolean;
  /** Events of the log that are not in the view yet, as the last batches knew. */
  lag_events: number;
  /** Age of the newest record read, ms, while there is a lag; else 0. */
  lag_ms: number;
  /** Next offset per partition that the view holds. */
  applied: readonly number[];
}

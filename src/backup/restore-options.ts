/** What a restore is asked, and what it tells meanwhile. */
import type { Clock } from "../core/time.ts";

export interface RestoreProgress {
  step: "verify" | "fill" | "compare" | "finish";
  table: string;
  /** Of all tables together. */
  rows: number;
  rows_total: number;
}

export interface RestoreOptions {
  /** The file of the backup. */
  path: string;
  url: string;
  /** What is there may go. */
  replace: boolean;
  clock: Clock;
  signal: AbortSignal;
  migrations?: readonly string[];
  onProgress?: (progress: RestoreProgress) => void;
}

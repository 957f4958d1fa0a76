/** Data quality as it is kept: rows per key and day, per source and day, the ledger by day, and keys that are left out of analytics. */
import type { Stream } from "../../core/stream.ts";

/** A local date, `YYYY-MM-DD`. */
export type Day = string;

/** What windows say of a key in an hour of a day. */
export interface HourFacts {
  key: string;
  /** Hours since the day began: 0 to 24. */
  hour: number;
  n: number;
  /** How many windows it was seen in. */
  windows_n: number;
  /** Every event had the same value. */
  same: boolean;
}

/** A change of the mean between two neighbouring windows. */
export interface JumpFacts {
  key: string;
  jumps: number;
  greatest: number;
}

export interface KeyDay {
  key: string;
  day: Day;
  n: number;
  expected_n: number;
  /** Of those expected: no more in an hour than its share. */
  observed_n: number;
  /** Share that came in each hour since the day began, percent; null for hours to come. */
  hours_percent: readonly (number | null)[];
  stuck_hours: number;
  jumps: number;
  greatest_jump: number | null;
}

export interface SourceDay {
  source: string;
  day: Day;
  n: number;
  /** Received before their event time. */
  ahead_n: number;
  delay_p50_ms: number | null;
  delay_p99_ms: number | null;
}

/** Counts of the ledger; of a day, or since the beginning. */
export interface LedgerCounts {
  consumed: number;
  stored: number;
  duplicate: number;
  dead: number;
  late: number;
  rejected: number;
}

export const exclusionRules = ["stuck", "jumps", "incomplete", "hand"] as const;
export type ExclusionRule = (typeof exclusionRules)[number];

export interface Exclusion {
  exclusion_id: number;
  stream: string;
  key: string;
  from_day: Day;
  /** Included; null for one without an end. */
  to_day: Day | null;
  rule: ExclusionRule;
  /** For people: `same value for 9 hours`. */
  reason: string;
  added_ms: number;
}

export type NewExclusion = Omit<Exclusion, "exclusion_id" | "added_ms">;

export interface KeyDaysQuery {
  from_day: Day;
  /** Included. */
  to_day: Day;
  keys?: readonly string[];
}

export interface DaySums {
  day: Day;
  keys: number;
  n: number;
  expected_n: number;
  observed_n: number;
  stuck_hours: number;
  jumps: number;
  /** Keys with an hour of the same value, and with a jump. */
  stuck_keys: number;
  jump_keys: number;
  hours_percent: readonly (number | null)[];
}

export interface KeySums {
  key: string;
  days: number;
  n: number;
  expected_n: number;
  observed_n: number;
  stuck_hours: number;
  jumps: number;
  greatest_jump: number | null;
}

/** The columns of a stream's windows that say whether a value was the same all the time, and how its mean changed. */
export interface Judged {
  field: string;
  /** A change of the mean beyond it between neighbouring windows is impossible, in the field's unit. */
  jump: number;
}

export interface QualityStore {
  /** Hours of a day by key, of windows that start in `[from_ms, to_ms)`. @throws {HistoryUnavailableError} */
  hours(stream: Stream, judged: Judged | null, from_ms: number, to_ms: number): Promise<readonly HourFacts[]>;
  jumps(stream: Stream, judged: Judged, from_ms: number, to_ms: number): Promise<readonly JumpFacts[]>;
  /** Keys with a window in a span. */
  keys(stream: Stream, from_ms: number, to_ms: number): Promise<readonly string[]>;
  /** Counts of delays by source, in bins of `edges`, ms; of raw rows that are not marked as backfill. */
  delays(
    stream: Stream,
    from_ms: number,
    to_ms: number,
    edges: readonly number[],
  ): Promise<readonly { source: string; ahead_n: number; bins: readonly number[] }[]>;
  /** Replaces a day's rows, all or none. */
  put(stream: string, day: Day, keys: readonly KeyDay[], sources: readonly SourceDay[]): Promise<void>;
  /** Notes the ledger as it is, as that of a day that goes on. */
  noteLedger(stream: string, day: Day, counts: LedgerCounts): Promise<void>;

  keyDays(stream: string, query: KeyDaysQuery): Promise<readonly KeyDay[]>;
  daySums(stream: string, query: KeyDaysQuery): Promise<readonly DaySums[]>;
  keySums(stream: string, query: KeyDaysQuery): Promise<readonly KeySums[]>;
  sourceDays(stream: string, query: KeyDaysQuery): Promise<readonly SourceDay[]>;
  /** Of each day its own counts; null where the day before is not known. */
  ledgerDays(
    stream: string,
    query: KeyDaysQuery,
  ): Promise<readonly { day: Day; counts: LedgerCounts | null }[]>;

  /** That touch a span of days. */
  exclusions(stream: string, query: KeyDaysQuery): Promise<readonly Exclusion[]>;
  /** Makes those of the rules (but not by hand) that begin on a day what is given here. @returns how many are new, and how many are gone. */
  putExclusions(
    stream: string,
    day: Day,
    wanted: readonly NewExclusion[],
  ): Promise<{ added: number; removed: number }>;
  /** @returns null where the same is there already. */
  exclude(one: NewExclusion): Promise<Exclusion | null>;
  /** @returns false where there is none of this id put by hand. */
  include(exclusion_id: number): Promise<boolean>;
  close(): Promise<void>;
}

/** What answers are made from. */
export type QualityReads = Pick<
  QualityStore,
  "keyDays" | "daySums" | "keySums" | "sourceDays" | "ledgerDays" | "exclusions"
>;

/** Reads kept data quality: by key and day, summed by day, summed by key, by source, and the ledger by day. */
import { limits } from "../../core/limits.ts";
import { textArray } from "../array-text.ts";
import type { DaySums, KeyDay, KeySums, LedgerCounts, QualityStore, SourceDay } from "./quality-store.ts";
import type { Parameter, Reader } from "../reader.ts";

type Reads = Pick<QualityStore, "keyDays" | "daySums" | "keySums" | "sourceDays" | "ledgerDays">;
type Query = Parameters<Reads["keyDays"]>[1];

const WHERE = `stream = $1 and day >= $2::text::date and day <= $3::text::date and ($4::text[] is null or key = any($4::text[]))`;
const given = (stream: string, { from_day, to_day, keys }: Query): Parameter[] => [
  stream,
  from_day,
  to_day,
  keys === undefined ? null : textArray(keys),
];

/** Hours of a day at most. */
const HOURS = Array.from({ length: 25 }, (_, i) => i + 1);

const SUMS = `sum(n)::double precision as n, sum(expected_n)::double precision as expected_n,
  sum(observed_n)::double precision as observed_n, sum(stuck_hours)::integer as stuck_hours, sum(jumps)::integer as jumps`;

const percents = (text: string): (number | null)[] =>
  JSON.parse(`[${text.slice(1, -1).replaceAll("NULL", "null")}]`) as (number | null)[];

export const qualityReads = (reader: Reader): Reads => ({
  async keyDays(stream, query) {
    const rows = await reader.rows<Omit<KeyDay, "hours_percent"> & { hours_percent: string }>(
      "read data quality",
      `select key, day::text as day, n, expected_n, observed_n, hours_percent::text as hours_percent, stuck_hours, jumps, greatest_jump
       from data_quality where ${WHERE} order by day, key limit ${limits.quality_rows_max}`,
      given(stream, query),
    );
    return rows.map((row) => ({ ...row, hours_percent: percents(row.hours_percent) }));
  },

  async daySums(stream, query) {
    const rows = await reader.rows<Omit<DaySums, "hours_percent"> & { hours_percent: string }>(
      "read data quality by day",
      `select day::text as day, count(*)::integer as keys, ${SUMS}, (count(*) filter (where stuck_hours > 0))::integer as stuck_keys,
        (count(*) filter (where jumps > 0))::integer as jump_keys,
        array[${HOURS.map((i) => `round(avg(hours_percent[${i}]))`).join(", ")}]::smallint[]::text as hours_percent
       from data_quality where ${WHERE} group by 1 order by 1`,
      given(stream, query),
    );
    return rows.map((row) => ({ ...row, hours_percent: percents(row.hours_percent) }));
  },

  keySums: (stream, query) =>
    reader.rows<KeySums>(
      "read data quality by key",
      `select key, count(*)::integer as days, ${SUMS}, max(greatest_jump) as greatest_jump
       from data_quality where ${WHERE} group by 1
       order by sum(observed_n)::double precision / greatest(1, sum(expected_n)), 1 limit ${limits.quality_rows_max}`,
      given(stream, query),
    ),

  sourceDays: (stream, { from_day, to_day }) =>
    reader.rows<SourceDay>(
      "read data quality by source",
      `select source, day::text as day, n, ahead_n, delay_p50_ms, delay_p99_ms from source_quality
       where stream = $1 and day >= $2::text::date and day <= $3::text::date order by day, source limit ${limits.quality_rows_max}`,
      [stream, from_day, to_day],
    ),

  async ledgerDays(stream, { from_day, to_day }) {
    const rows = await reader.rows<LedgerCounts & { day: string; whole: boolean }>(
      "read the ledger by day",
      `with own as (
         select day, ${LEDGER.map((name) => `${name} - lag(${name}) over w as ${name}`).join(", ")}, lag(day) over w = day - 1 as whole
         from ledger_days where stream = $1 and day >= $2::text::date - 1 and day <= $3::text::date window w as (order by day))
       select day::text as day, coalesce(whole, false) as whole, ${LEDGER.map((name) => `coalesce(${name}, 0) as ${name}`).join(", ")}
       from own where day >= $2::text::date order by day`,
      [stream, from_day, to_day],
    );
    return rows.map(({ day, whole, ...counts }) => ({ day, counts: whole ? counts : null }));
  },
});

const LEDGER = ["consumed", "stored", "duplicate", "dead", "late", "rejected"] as const;

/** What windows and raw rows say of a day's data. */
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import { columnsOf } from "../../core/window.ts";
import type { HourFacts, JumpFacts, QualityStore } from "./quality-store.ts";
import type { Reader } from "../reader.ts";
import { plain, timeText } from "../sql-text.ts";

type Facts = Pick<QualityStore, "hours" | "jumps" | "keys" | "delays">;

export function qualityFacts(reader: Reader): Facts {
  return {
    async hours({ key, windows }, judged, from_ms, to_ms) {
      if (windows === null) return [];
      // Hours since the day began: those of a day of 23 or 25 hours, too.
      const same =
        judged === null
          ? "false"
          : `coalesce(min(r.${plain(`${judged.field}_min`)}) = max(r.${plain(`${judged.field}_max`)}), false)`;
      return reader.long<HourFacts>(
        "read the hours of a day",
        `select r.${plain(key)} as key, floor(extract(epoch from r.window_start - $1::timestamptz) / 3600)::integer as hour,
          sum(r.n)::double precision as n, count(*)::integer as windows_n, ${same} as same
         from ${plain(windows.table)} r where r.window_start >= $1::timestamptz and r.window_start < $2::timestamptz
         group by 1, 2`,
        [timeText(from_ms), timeText(to_ms)],
      );
    },

    async jumps(stream, judged, from_ms, to_ms) {
      const { key, windows } = stream;
      if (windows === null) return [];
      const name = plain(judged.field);
      const field = stream.all_fields[judged.field];
      const scale = 10 ** (field?.kind === "number" ? (field.decimals ?? 0) : 0);
      return reader.long<JumpFacts>(
        "read the jumps of a day",
        `with means as (
           select r.${plain(key)} as key, r.window_start, r.${name}_sum::double precision / ${meanN(stream, name)} / ${scale} as mean
           from ${plain(windows.table)} r where r.window_start >= $1::timestamptz and r.window_start < $2::timestamptz),
         steps as (
           select key, abs(mean - lag(mean) over w) as step, window_start - lag(window_start) over w as gap
           from means window w as (partition by key order by window_start))
         select key, count(*)::integer as jumps, max(step) as greatest from steps
         where step > $3::double precision and gap = interval '${windows.size_ms} milliseconds' group by key`,
        [timeText(from_ms), timeText(to_ms), judged.jump],
      );
    },

    async keys({ key, windows }, from_ms, to_ms) {
      if (windows === null) return [];
      const rows = await reader.long<{ key: string }>(
        "read the keys of some days",
        `select distinct r.${plain(key)} as key from ${plain(windows.table)} r
         where r.window_start >= $1::timestamptz and r.window_start < $2::timestamptz order by 1 limit ${limits.live_keys_max}`,
        [timeText(from_ms), timeText(to_ms)],
      );
      return rows.map((row) => row.key);
    },

    async delays({ history }, from_ms, to_ms, edges) {
      const rows = await reader.long<{ source: string; bin: number; n: number; ahead_n: number }>(
        "read the delays of a day",
        `select source, width_bucket(extract(epoch from received_at - event_time) * 1000, array[${edges.join(",")}]::numeric[]) as bin,
          count(*) as n, count(*) filter (where received_at < event_time) as ahead_n
         from ${plain(history.table)} where event_time >= $1::timestamptz and event_time < $2::timestamptz and not backfill
         group by 1, 2 limit 100000`,
        [timeText(from_ms), timeText(to_ms)],
      );
      const sources = new Map<string, { ahead_n: number; bins: number[] }>();
      for (const { source, bin, n, ahead_n } of rows) {
        const one = sources.get(source) ?? {
          ahead_n: 0,
          bins: Array.from({ length: edges.length + 1 }, () => 0),
        };
        one.ahead_n += ahead_n;
        one.bins[bin] = (one.bins[bin] ?? 0) + n;
        sources.set(source, one);
      }
      return [...sources].map(([source, one]) => ({ source, ...one }));
    },
  };
}

/** What a mean's sum is divided by: its own count where the field may be missing. */
const meanN = ({ windows }: Stream, name: string): string =>
  columnsOf(windows!).some(({ column }) => column === `${name}_n`) ? `nullif(r.${name}_n, 0)` : "r.n";

/** Scores in PostgreSQL: a span is counted in the transaction that moves the frontier over it, from where it was found. */
import { HistoryUnavailableError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { localDay } from "../../core/local-day.ts";
import { slotEnd, slotStart } from "../../core/rollup.ts";
import { days, minutes } from "../../core/time.ts";
import { openSql } from "../../postgres.ts";
import { Reader } from "../reader.ts";
import { msSql, timeText } from "../sql-text.ts";
import type { JsonObject } from "../models/model-store.ts";
import { scoreReads } from "./reads.ts";
import type { ScoreStep, ScoreStore } from "./score-store.ts";
import { SCORE } from "./statement.ts";

/** A partition that is silent for longer holds nothing up. */
const SILENT_MS = minutes(60);
const LATENESS_MS = minutes(2);
/** Of a step that comes after a long time without: the rows of many minutes, from a disk that has much to do. */
const STEP_MS_MAX = minutes(2);
const wholeMinute = (ms: number): number => ms - (ms % minutes(1));

interface Standing {
  scored_to_ms: number | null;
  least_ms: number | null;
  most_ms: number | null;
}

const STANDING = `select (select ${msSql("scored_to")} from prediction_scores_frontier) as scored_to_ms,
  ${msSql("min(watermark)")} as least_ms, ${msSql("max(watermark)")} as most_ms from offsets where stream = 'traffic'`;
const FIRST = `select ${msSql("least(min(event_time), (select min(event_time) from shadow_predictions))")} as first_ms from predictions`;

/** @param zone The city's: hours and days are cut in it. */
export function openPostgresScores({ url, zone }: { url: string; zone: string }): ScoreStore {
  const reader = new Reader(() =>
    openSql(url, {
      max: 2,
      application_name: "arterial-scores",
      statement_timeout_ms: STEP_MS_MAX,
      work_memory_mb: 64,
    }),
  );

  /** Where scoring begins: at the first prediction. Null before there is one. */
  async function begin(): Promise<number | null> {
    const [row] = await reader.rows<{ first_ms: number | null }>("find the first prediction", FIRST);
    const first_ms = row?.first_ms ?? null;
    if (first_ms === null) return null;
    const [mine] = await reader.rows<{ scored_to_ms: number }>(
      "begin to score",
      `insert into prediction_scores_frontier as f (scored_to) values ($1::timestamptz)
       on conflict (only_one) do update set scored_to = f.scored_to returning ${msSql("scored_to")} as scored_to_ms`,
      [timeText(wholeMinute(first_ms))],
    );
    return mine?.scored_to_ms ?? null;
  }

  return {
    ...scoreReads(reader, zone),

    async score(now_ms) {
      const [standing] = await reader.rows<Standing>("see what is final", STANDING);
      const { least_ms, most_ms } = standing ?? { least_ms: null, most_ms: null };
      const found_ms = standing?.scored_to_ms ?? (await begin());
      const nothing = { scored: 0, unscored: 0, more: false, busy: false };
      if (found_ms === null || least_ms === null || most_ms === null)
        return { ...nothing, from_ms: 0, to_ms: 0 };
      const final_ms = wholeMinute(Math.min(now_ms, Math.max(least_ms, most_ms - SILENT_MS)) - LATENESS_MS);
      const from_ms = Math.max(found_ms, final_ms - limits.score_back_ms);
      // Within an hour of the city: all of it goes into the same rows.
      const hour_ms = slotStart(from_ms, "1h", zone);
      const most_to_ms = Math.min(from_ms + minutes(limits.score_minutes_max), slotEnd(hour_ms, "1h", zone));
      const to_ms = Math.min(final_ms, most_to_ms);
      if (to_ms <= from_ms) return { ...nothing, from_ms: found_ms, to_ms: found_ms };
      const step = { from_ms, to_ms, more: to_ms < final_ms };
      const counted = await reader.use(
        "score predictions",
        (sql) =>
          sql.begin(async (tx): Promise<Pick<ScoreStep, "scored" | "unscored"> | null> => {
            const moved = await tx.unsafe(
              `update prediction_scores_frontier set scored_to = $2::timestamptz where scored_to = $1::timestamptz returning 1 as moved`,
              [timeText(found_ms), timeText(to_ms)],
            );
            if (moved.length === 0) return null;
            const [row] = await tx.unsafe<{ scored: number; unscored: number }[]>(SCORE, [
              timeText(from_ms),
              timeText(to_ms),
              timeText(hour_ms),
              localDay(from_ms, zone),
            ]);
            if (row === undefined) throw new HistoryUnavailableError("Cannot score predictions: no answer");
            return row;
          }),
        STEP_MS_MAX + 1_000,
      );
      return counted === null ? { ...step, ...nothing, busy: true } : { ...step, ...counted, busy: false };
    },

    async noteMargins(model_version, { since_ms, margins }) {
      await reader.rows(
        "note margins",
        `insert into prediction_margins (model_version, since, margins) values ($1, $2::timestamptz, $3::text::jsonb)
         on conflict (model_version, since) do update set margins = excluded.margins returning 1 as noted`,
        [
          model_version,
          since_ms === -Infinity ? "-infinity" : timeText(since_ms),
          margins === null ? null : JSON.stringify(margins),
        ],
      );
    },

    async margins(model_version) {
      const rows = await reader.rows<{ since_ms: number | null; margins: JsonObject | null }>(
        "read margins",
        `select case when isfinite(since) then ${msSql("since")} end as since_ms, margins from prediction_margins
         where model_version = $1 order by since`,
        [model_version],
      );
      return rows.map(({ since_ms, margins }) => ({ since_ms: since_ms ?? -Infinity, margins }));
    },

    async forget(now_ms) {
      let gone = 0;
      for (const [table, column, kept_days] of [
        ["prediction_scores_hours", "hour", limits.score_days],
        ["prediction_scores_bins", "day", limits.score_days],
        ["prediction_scores_roads", "day", limits.score_road_days],
      ] as const) {
        const [row] = await reader.long<{ n: number }>(
          "forget old scores",
          `with gone as (delete from ${table} where ${column} < $1::timestamptz returning 1) select count(*)::integer as n from gone`,
          [timeText(now_ms - days(kept_days))],
        );
        gone += row?.n ?? 0;
      }
      return gone;
    },

    close: () => reader.close(),
  };
}

/** Reads kept scores. Sums come as double precision: those of a year are beyond what a bigint is read as. */
import { limits } from "../../core/limits.ts";
import type { Reader } from "../reader.ts";
import { textArray } from "../array-text.ts";
import { msSql, timeText } from "../sql-text.ts";
import { OUTSIDE_EDGES } from "./bins.ts";
import { measureNames } from "./measures.ts";
import type {
  BinCount,
  BinSum,
  RoadScores,
  ScoreGroup,
  ScoreStore,
  ScoreSums,
  StepBy,
  StepScores,
} from "./score-store.ts";

type Reads = Pick<ScoreStore, "scoredTo" | "groups" | "steps" | "bins" | "outside" | "worstRoads">;

const GROUP = "trial, model_version, horizon_min, regime";
const sums = (names: readonly string[]): string =>
  names.map((name) => `sum(${name})::double precision as ${name}`).join(", ");
const whoseSql = (place: string): string =>
  `(case when ${place}::text is null then not trial else model_version = ${place}::text end)`;

/** Of `outside`: eight days, each with three horizons, four regimes, two intervals and every bin. */
const OUTSIDE_ROWS_MAX = 8 * 3 * 4 * 2 * (OUTSIDE_EDGES.length + 1);

const SUMS = sums(measureNames);
/** Of a row by hour: a number that is the same for those that are told together. `$3`: the zone. */
const AT: Readonly<Record<StepBy, string>> = {
  hour: "extract(epoch from hour)::bigint",
  day: "((hour at time zone $3)::date - date '1970-01-01')::bigint",
  hour_of_day: "extract(hour from hour at time zone $3)::bigint",
};

/** @param zone The city's. */
export const scoreReads = (reader: Reader, zone: string): Reads => ({
  async scoredTo() {
    const [row] = await reader.rows<{ scored_to_ms: number }>(
      "read up to where predictions are scored",
      `select ${msSql("scored_to")} as scored_to_ms from prediction_scores_frontier`,
    );
    return row?.scored_to_ms ?? null;
  },

  async groups(from_ms, to_ms) {
    const rows = await reader.rows<ScoreGroup & ScoreSums>(
      "read scores",
      `select ${GROUP}, ${SUMS} from prediction_scores_hours where hour >= $1::timestamptz and hour < $2::timestamptz
       group by ${GROUP} order by ${GROUP} limit ${limits.score_rows_max}`,
      [timeText(from_ms), timeText(to_ms)],
    );
    return rows.map(({ trial, model_version, horizon_min, regime, ...kept }) => ({
      trial,
      model_version,
      horizon_min,
      regime,
      sums: kept,
    }));
  },

  async steps(from_ms, to_ms, by, { model_version }) {
    const rows = await reader.rows<Omit<StepScores, "sums"> & ScoreSums>(
      "read scores over time",
      `select ${AT[by]} as at, ${msSql("min(hour)")} as first_ms, horizon_min, ${SUMS} from prediction_scores_hours
       where hour >= $1::timestamptz and hour < $2::timestamptz and $3::text is not null and ${whoseSql("$4")}
       group by 1, horizon_min order by 1, horizon_min limit ${limits.score_rows_max}`,
      [timeText(from_ms), timeText(to_ms), zone, model_version],
    );
    return rows.map(({ at, first_ms, horizon_min, ...kept }) => ({ at, first_ms, horizon_min, sums: kept }));
  },

  bins: (from_day, to_day, kinds, { model_version }) =>
    reader.rows<BinSum>(
      "read what was said and what came",
      `select kind, horizon_min, bin, ${sums(["n", "hits", "said"])} from prediction_scores_bins
       where day >= $1::text::date and day <= $2::text::date and kind = any($3::text[]) and ${whoseSql("$4")}
       group by kind, horizon_min, bin order by kind, horizon_min, bin limit ${limits.score_rows_max}`,
      [from_day, to_day, textArray(kinds), model_version],
    ),

  outside: (model_version, from_day, to_day) =>
    reader.rows<BinCount & { day: string }>(
      "read how far what came lay outside",
      `select day::text as day, ${GROUP}, kind, bin, ${sums(["n", "hits", "said"])} from prediction_scores_bins
       where day >= $1::text::date and day <= $2::text::date and kind in ('outside_50', 'outside_90') and not trial and model_version = $3
       group by day, ${GROUP}, kind, bin order by day, ${GROUP}, kind, bin limit ${OUTSIDE_ROWS_MAX}`,
      [from_day, to_day, model_version],
    ),

  worstRoads: (from_day, to_day, { model_version, horizon_min, n_min, limit }) =>
    reader.rows<RoadScores>(
      "read the worst roads",
      `select road_id, horizon_min, ${sums(["n", "abs_e", "e", "ape_n", "ape"])} from prediction_scores_roads
       where day >= $1::text::date and day <= $2::text::date and ${whoseSql("$3")} and ($4::smallint is null or horizon_min = $4::smallint)
       group by road_id, horizon_min having sum(n) >= $5::bigint
       order by sum(abs_e)::double precision / sum(n) desc, road_id, horizon_min limit $6::integer`,
      [from_day, to_day, model_version, horizon_min, n_min, Math.min(limit, limits.worst_roads_max)],
    ),
});

/** The statement that scores a span: pairs are made once, and counted into the three tables. */
import { outsideBinSql, PROBABILITY_BINS, type BinKind } from "./bins.ts";
import { measureNames, measures } from "./measures.ts";
import { PAIRS } from "./pairs.ts";

const GROUP = "trial, model_version, horizon_min, regime";

const plus = (table: string, columns: readonly string[]): string =>
  `do update set ${columns.map((c) => `${c} = ${table}.${c} + excluded.${c}`).join(", ")}`;

const HOURS = `insert into prediction_scores_hours as h (hour, ${GROUP}, ${measureNames.join(", ")})
  select $3::timestamptz, ${GROUP}, ${measureNames.map((name) => measures[name]).join(", ")} from pairs p group by ${GROUP}
  on conflict (hour, trial, model_version, horizon_min, regime) ${plus("h", measureNames)} returning 1`;

const probabilityBin = (said: string): string =>
  `least(${said} / ${10_000 / PROBABILITY_BINS}, ${PROBABILITY_BINS - 1})`;

const binsOf = (
  kind: BinKind,
  bin: string,
  more: { hits: string; said: string } | null,
  where: string,
): string =>
  `select ${GROUP}, '${kind}' as kind, ${bin} as bin, count(*) as n, ${more === null ? "0" : `count(*) filter (where ${more.hits})`} as hits,
    ${more === null ? "0" : `sum(${more.said})`} as said
  from pairs p where p.y is not null and ${where} group by ${GROUP}, bin`;

const BINS = `insert into prediction_scores_bins as b (day, ${GROUP}, kind, bin, n, hits, said)
  select $4::text::date, ${GROUP}, kind, bin, n, hits, said from (
    ${[
      binsOf(
        "confidence",
        probabilityBin("p.sure"),
        { hits: "p.is_within", said: "p.sure" },
        "p.sure is not null",
      ),
      binsOf(
        "congestion",
        probabilityBin("p.chance"),
        { hits: "p.is_slow", said: "p.chance" },
        "p.is_slow is not null and p.chance is not null",
      ),
      binsOf("outside_50", outsideBinSql("p.outside_50"), null, "p.outside_50 is not null"),
      binsOf("outside_90", outsideBinSql("p.outside_90"), null, "p.outside_90 is not null"),
    ].join(" union all ")}) counted
  on conflict (day, trial, model_version, kind, horizon_min, regime, bin) ${plus("b", ["n", "hits", "said"])} returning 1`;

const ROAD_SUMS = ["n", "abs_e", "e", "ape_n", "ape"] as const;
const ROADS = `insert into prediction_scores_roads as r (day, trial, model_version, horizon_min, road_id, ${ROAD_SUMS.join(", ")})
  select $4::text::date, trial, model_version, horizon_min, road_id, ${ROAD_SUMS.map((name) => measures[name]).join(", ")} from pairs p
  where p.y is not null group by trial, model_version, horizon_min, road_id
  on conflict (day, trial, model_version, horizon_min, road_id) ${plus("r", ROAD_SUMS)} returning 1`;

/** `$1`, `$2`: targets in `[$1, $2)`, whole minutes of the hour that begins at `$3`, of the day `$4` of the city's zone. */
export const SCORE = `with ${PAIRS}, hours as (${HOURS}), bins as (${BINS}), roads as (${ROADS})
  select (count(*) filter (where p.y is not null))::integer as scored, (count(*) filter (where p.y is null))::integer as unscored
  from pairs p`;

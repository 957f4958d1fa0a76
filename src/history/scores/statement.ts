/** The statement that scores a span: pairs are made once, and counted into the three tables. */
import { OUTSIDE_EDGES, PROBABILITY_BINS } from "./bins.ts";
import { measureNames, measures } from "./measures.ts";
import { PAIRS } from "./pairs.ts";

const GROUP = "trial, model_version, horizon_min, regime";

const plus = (table: string, columns: readonly string[]): string =>
  `do update set ${columns.map((c) => `${c} = ${table}.${c} + excluded.${c}`).join(", ")}`;

const HOURS = `insert into prediction_scores_hours as h (hour, ${GROUP}, ${measureNames.join(", ")})
  select hour, ${GROUP}, ${measureNames.map((name) => measures[name]).join(", ")} from pairs p group by hour, ${GROUP}
  on conflict (hour, trial, model_version, horizon_min, regime) ${plus("h", measureNames)} returning 1`;

const probabilityBin = (said: string): string =>
  `least(${said} / ${10_000 / PROBABILITY_BINS}, ${PROBABILITY_BINS - 1})`;
const outsideBin = (by: string): string =>
  `width_bucket(${by} / 100.0::double precision, array[${OUTSIDE_EDGES.join(",")}]::double precision[])`;

const BINS = `insert into prediction_scores_bins as b (day, ${GROUP}, kind, bin, n, hits, said)
  select p.day, ${GROUP}, k.kind, k.bin, count(*), coalesce(sum(k.hit), 0), coalesce(sum(k.said), 0)
  from pairs p cross join lateral (values
    ('confidence', ${probabilityBin("p.sure")}, p.is_within::int, p.sure),
    ('congestion', case when p.is_slow is not null then ${probabilityBin("p.chance")} end, p.is_slow::int, p.chance),
    ('outside_50', ${outsideBin("p.outside_50")}, 0, 0),
    ('outside_90', ${outsideBin("p.outside_90")}, 0, 0)) as k (kind, bin, hit, said)
  where p.y is not null and k.bin is not null group by p.day, ${GROUP}, k.kind, k.bin
  on conflict (day, trial, model_version, kind, horizon_min, regime, bin) ${plus("b", ["n", "hits", "said"])} returning 1`;

const ROAD_SUMS = ["n", "abs_e", "e", "ape_n", "ape"] as const;
const ROADS = `insert into prediction_scores_roads as r (day, trial, model_version, horizon_min, road_id, ${ROAD_SUMS.join(", ")})
  select day, trial, model_version, horizon_min, road_id, ${ROAD_SUMS.map((name) => measures[name]).join(", ")} from pairs p
  where p.y is not null group by day, trial, model_version, horizon_min, road_id
  on conflict (day, trial, model_version, horizon_min, road_id) ${plus("r", ROAD_SUMS)} returning 1`;

/** `$1`, `$2`: targets in `[$1, $2)`, whole minutes; `$3`: the city's zone. */
export const SCORE = `with ${PAIRS}, hours as (${HOURS}), bins as (${BINS}), roads as (${ROADS})
  select (count(*) filter (where p.y is not null))::integer as scored, (count(*) filter (where p.y is null))::integer as unscored
  from pairs p`;

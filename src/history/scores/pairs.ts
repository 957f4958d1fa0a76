/** SQL of pairs: each prediction of a span of targets, with what came. Integers: 0.01 km/h, 0.0001 of a probability. */
import { horizons } from "./score-store.ts";

// Of four bytes: their sums are bigint, which are quick; those of bigint are numeric.
const cents = (column: string): string => `round(${column}::double precision * 100)::integer`;
const parts = (column: string): string => `round(${column}::double precision * 10000)::integer`;
/** Quicker than date_trunc, which looks a zone up. */
const minuteOf = (column: string): string =>
  `date_bin(interval '1 minute', ${column}, timestamptz '1970-01-01 00:00:00+00')`;
const rounded = (sum: string, n: string): string =>
  `((sum(${sum})::bigint + sum(${n})::bigint / 2) / nullif(sum(${n})::bigint, 0))::integer`;

/**
 * What came at each whole minute of `[$1, $2)`: mean speed and free flow of `[minute − 4 min, minute + 1 min)`, rounded half up. By minutes
 * first, as five spans hold each event.
 */
const CAME = `sums as materialized (
  select road_id, ${minuteOf("event_time")} as minute, count(*) as n, sum(${cents("current_speed")}) as speed,
    count(free_flow_speed) as free_n, sum(${cents("free_flow_speed")}) as free
  from traffic_data where event_time >= $1::timestamptz - interval '4 minutes' and event_time < $2::timestamptz
  group by 1, 2),
came as materialized (
  select road_id, minute + back * interval '1 minute' as target, ${rounded("speed", "n")} as y, ${rounded("free", "free_n")} as free
  from sums cross join generate_series(0, 4) as back
  where minute + back * interval '1 minute' >= $1::timestamptz and minute + back * interval '1 minute' < $2::timestamptz
  group by 1, 2)`;

const saidIn = (table: string, trial: boolean, h: number): string =>
  `select ${trial} as trial, ${h}::smallint as horizon_min, coalesce(model_version, 'unknown') as model_version,
    coalesce(regime, 'unknown') as regime, road_id, ${minuteOf("event_time")} + interval '${h} minutes' as target,
    ${cents("current_speed")} as was, ${cents(`predicted_speed_${h}min`)} as said,
    ${cents(`low_50_${h}min`)} as low_50, ${cents(`high_50_${h}min`)} as high_50,
    ${cents(`low_90_${h}min`)} as low_90, ${cents(`high_90_${h}min`)} as high_90,
    ${parts(`congestion_probability_${h}min`)} as chance, ${h === 10 ? parts("prediction_confidence") : "null::integer"} as sure
  from ${table}
  where event_time >= $1::timestamptz - interval '${h} minutes' and event_time < $2::timestamptz - interval '${h} minutes'`;

const SAID = horizons
  .flatMap((h) => [saidIn("predictions", false, h), saidIn("shadow_predictions", true, h)])
  .join(" union all ");

/** Common table expressions that end in `pairs`. `$1`, `$2`: targets in `[$1, $2)`, whole minutes. */
export const PAIRS = `${CAME},
pairs as materialized (
  select s.trial, s.horizon_min, s.model_version, s.regime, s.road_id, c.y, s.said - c.y as e, s.was - c.y as stay_e, s.chance, s.sure,
    case when s.low_50 <= s.high_50 then s.high_50 - s.low_50 end as width_50,
    case when s.low_90 <= s.high_90 then s.high_90 - s.low_90 end as width_90,
    case when s.low_50 <= s.high_50 then greatest(s.low_50 - c.y, c.y - s.high_50) end as outside_50,
    case when s.low_90 <= s.high_90 then greatest(s.low_90 - c.y, c.y - s.high_90) end as outside_90,
    100 * abs(s.said - c.y) <= 15 * s.said as is_within, 2 * c.y < c.free as is_slow, 2 * s.was < c.free as was_slow
  from (${SAID}) s left join came c using (road_id, target))`;

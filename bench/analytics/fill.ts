/** Rows of a city as SQL makes them: windows of weeks, and raw rows of a day. */
import { days, formatInstant, hours } from "../../src/core/time.ts";
import type { HistoryStore } from "../../src/history/history-store.ts";
import type { Sql } from "../../src/postgres.ts";
import { traffic } from "../../src/streams/traffic.ts";

interface Span {
  to_ms: number;
  roads: readonly string[];
}

const quoted = (texts: readonly string[]): string =>
  `array[${texts.map((text) => `'${text}'`).join(",")}]::text[]`;

/** 5-minute windows of roads, hours of ten locations and of one weather station. @returns How many of roads. */
export async function fillWindows(
  sql: Sql,
  { from_ms, to_ms, roads }: Span & { from_ms: number },
): Promise<number> {
  let count = 0;
  for (let day_ms = from_ms; day_ms < to_ms; day_ms += days(1)) {
    const end_ms = Math.min(to_ms, day_ms + days(1)) - 1;
    const found = await sql.unsafe(`
      insert into traffic_windows (window_start, n, current_speed_sum, current_speed_sum_sq, free_flow_speed_sum, free_flow_speed_n,
        congested_n, current_speed_min, current_speed_max, road_id)
      select t, 30, 30 * v, 30 * v * v, 30 * f, 30, case when v < f / 2 then 30 else 0 end, v - 100, v + 100, road_id
      from (select t, road_id, f, 200 + (f * (1 - 0.6 * rush * random()) * (0.6 + 0.4 * random()))::bigint as v
        from (select t, road_id, 3000 + (i % 9) * 1000 as f,
            case when extract(hour from t) in (6, 7, 8, 15, 16, 17) then 1.0 else 0.2 end as rush
          from generate_series('${formatInstant(day_ms)}'::timestamptz, '${formatInstant(end_ms)}', '5 min') t,
            unnest(${quoted(roads)}) with ordinality as r (road_id, i)) x) y`);
    count += found.count;
  }
  const span = `generate_series('${formatInstant(from_ms)}'::timestamptz, '${formatInstant(to_ms)}', '1 hour') t`;
  await sql.unsafe(`insert into reading_windows (window_start, n, aqi_value_sum, aqi_value_n, traffic_level_sum, traffic_level_n, pm2_5_sum,
      pm2_5_n, peak_n, aqi_value_max, traffic_level_max, location)
    select t, 12, 12 * (30 + 90 * random())::bigint, 12, 12 * (60 * random())::bigint, 12, 12000, 12,
      case when extract(hour from t) in (6, 7, 8, 9) then 12 else 0 end, 130, 80, 'location-' || l
    from ${span}, generate_series(1, 10) l`);
  await sql.unsafe(`insert into weather_windows (window_start, n, temperature_sum, temperature_n, precipitation_sum, precipitation_n,
      wind_speed_sum, wind_speed_n, humidity_sum, humidity_n, temperature_min, temperature_max, station)
    select t, 4, 4 * (200 * random())::bigint, 4, 4 * (50 * random())::bigint, 4, 4 * (300 * random())::bigint, 4,
      4 * (100 * random())::bigint, 4, 0, 200, 'station' from ${span}`);
  await sql.unsafe(`insert into offsets (stream, partition, watermark)
    select s, 0, '${formatInstant(to_ms)}' from unnest(array['traffic', 'readings', 'weather']) s
    on conflict (stream, partition) do update set watermark = excluded.watermark`);
  return count;
}

/** Raw rows of the day before `to_ms`, evenly. */
export async function fillRaw(
  history: Pick<HistoryStore, "ensurePartitions">,
  sql: Sql,
  { to_ms, rows, roads }: Span & { rows: number },
): Promise<void> {
  const from_ms = to_ms - hours(24);
  await history.ensurePartitions(traffic, from_ms, to_ms);
  await sql.unsafe(
    `insert into traffic_data (event_time, received_at, log_offset, current_speed, free_flow_speed, speed_ratio, jam_factor,
      log_partition, is_congested, is_rush_hour, backfill, road_id, event_id, congestion_level, source, road_name)
    select t, t, i, 20 + i % 60, 80, 0.5, 5, 0, false, false, false, (${quoted(roads)})[1 + i % ${roads.length}],
      gen_random_uuid()::text, 'moderate', 'simulator', 'Road'
    from (select i, to_timestamp((${from_ms}::float8 + i * ${hours(24) / rows}::float8) / 1000) as t
      from generate_series(0, ${rows - 1}) i) x`,
  );
  await sql.unsafe("vacuum analyze traffic_data");
}

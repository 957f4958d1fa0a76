/** Forecasts of the air in PostgreSQL. */
import { limits } from "../../core/limits.ts";
import { localDay } from "../../core/local-day.ts";
import { days as daysOf } from "../../core/time.ts";
import { openSql } from "../../postgres.ts";
import { Reader } from "../reader.ts";
import { msSql, timeText } from "../sql-text.ts";
import type { AirAccuracy, AirForecast, AirStore } from "./air-store.ts";

const COLUMNS = "location, hours_ahead, aqi, low_50, high_50, low_90, high_90, last_aqi, method";
/** Scores are kept so long, days. */
const SCORES_DAYS = 28;

export function openPostgresAir({ url }: { url: string }): AirStore {
  const reader = new Reader(() =>
    openSql(url, { max: 2, application_name: "arterial-air", statement_timeout_ms: limits.query_ms_max }),
  );
  return {
    async put(forecasts) {
      if (forecasts.length === 0) return;
      const rows = forecasts.map(({ made_at_ms, hour_ms, ...rest }) => ({
        ...rest,
        made_at: timeText(made_at_ms),
        event_time: timeText(hour_ms),
      }));
      await reader.use("write forecasts of the air", (sql) =>
        sql.begin(async (tx) => {
          for (let at = 0; at < rows.length; at += limits.air_rows_at_once) {
            await tx.unsafe(
              `insert into air_forecasts (made_at, event_time, ${COLUMNS})
               select x.made_at::timestamptz, x.event_time::timestamptz, x.location, x.hours_ahead, x.aqi, x.low_50, x.high_50,
                 x.low_90, x.high_90, x.last_aqi, x.method
               from json_to_recordset($1::text::json) as x (made_at text, event_time text, location text, hours_ahead smallint,
                 aqi real, low_50 real, high_50 real, low_90 real, high_90 real, last_aqi real, method text)
               on conflict (location, made_at, hours_ahead) do update set event_time = excluded.event_time, aqi = excluded.aqi,
                 low_50 = excluded.low_50, high_50 = excluded.high_50, low_90 = excluded.low_90, high_90 = excluded.high_90,
                 last_aqi = excluded.last_aqi, method = excluded.method`,
              [JSON.stringify(rows.slice(at, at + limits.air_rows_at_once))],
            );
          }
        }),
      );
    },

    score: (hours, before_ms, zone) =>
      reader.use("score forecasts of the air", async (sql) => {
        const came = hours.map(({ location, hour_ms, aqi }) => ({
          location,
          event_time: timeText(hour_ms),
          day: localDay(hour_ms, zone),
          aqi,
        }));
        return sql.begin<number>(async (tx) => {
          let scored = 0;
          for (let at = 0; at < came.length; at += limits.air_rows_at_once) {
            const [row] = await tx.unsafe<{ n: number }[]>(SCORE, [
              JSON.stringify(came.slice(at, at + limits.air_rows_at_once)),
            ]);
            scored += row?.n ?? 0;
          }
          await tx.unsafe("delete from air_forecasts where event_time < $1::text::timestamptz", [
            timeText(before_ms),
          ]);
          await tx.unsafe("delete from air_forecast_scores where day < $1::text::date", [
            localDay(before_ms - daysOf(SCORES_DAYS), zone),
          ]);
          return scored;
        });
      }),

    async due(until_ms) {
      const rows = await reader.rows<{ hour_ms: number }>(
        "read which forecasts of the air are to be scored",
        `select distinct ${msSql("event_time")} as hour_ms from air_forecasts where event_time < $1::text::timestamptz order by 1`,
        [timeText(until_ms)],
      );
      return rows.map(({ hour_ms }) => hour_ms);
    },

    async newest(from_ms, location) {
      return reader.rows<AirForecast>(
        "read forecasts of the air",
        `with newest as materialized (
           select location, max(made_at) as made_at from air_forecasts where $2::text is null or location = $2::text group by location)
         select ${msSql("made_at")} as made_at_ms, ${msSql("event_time")} as hour_ms, ${COLUMNS}
         from newest join air_forecasts using (location, made_at)
         where event_time >= $1::text::timestamptz
         order by location, hours_ahead limit ${limits.air_locations_max * 24}`,
        [timeText(from_ms), location ?? null],
      );
    },

    async accuracy(days, zone, now_ms) {
      return reader.rows<AirAccuracy>(
        "read how good forecasts of the air were",
        `select hours_ahead, sum(n)::double precision as n, sum(error_sum) / sum(n) as mae,
           sum(persistence_error_sum) / sum(n) as persistence_mae,
           (sum(inside_50_n) / sum(n))::double precision as inside_50, (sum(inside_90_n) / sum(n))::double precision as inside_90
         from air_forecast_scores where day > $1::text::date and n > 0 group by hours_ahead order by hours_ahead`,
        [localDay(now_ms - daysOf(days), zone)],
      );
    },

    close: () => reader.close(),
  };
}

/** A forecast that is removed here is counted here, and nowhere else: whoever comes second finds it gone. */
const SCORE = `with came as (
    select x.location, x.event_time::timestamptz as event_time, x.day::date as day, x.aqi
    from json_to_recordset($1::text::json) as x (location text, event_time text, day text, aqi double precision)
  ), done as (
    delete from air_forecasts f using came c where f.location = c.location and f.event_time = c.event_time
    returning c.day, f.hours_ahead, abs(f.aqi - c.aqi) as error, abs(f.last_aqi - c.aqi) as persistence_error,
      (c.aqi between f.low_50 and f.high_50)::int as inside_50, (c.aqi between f.low_90 and f.high_90)::int as inside_90
  ), folded as (
    insert into air_forecast_scores (day, hours_ahead, n, error_sum, persistence_error_sum, inside_50_n, inside_90_n)
    select day, hours_ahead, count(*), sum(error), sum(persistence_error), sum(inside_50), sum(inside_90)
    from done group by day, hours_ahead order by day, hours_ahead
    on conflict (day, hours_ahead) do update set n = air_forecast_scores.n + excluded.n,
      error_sum = air_forecast_scores.error_sum + excluded.error_sum,
      persistence_error_sum = air_forecast_scores.persistence_error_sum + excluded.persistence_error_sum,
      inside_50_n = air_forecast_scores.inside_50_n + excluded.inside_50_n,
      inside_90_n = air_forecast_scores.inside_90_n + excluded.inside_90_n
    returning 1
  )
  select (select count(*) from done)::int as n, (select count(*) from folded) as folded`;

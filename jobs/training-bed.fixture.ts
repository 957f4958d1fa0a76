/** A small city with a day of speeds, in a database of its own, to train models from. */
import type { City } from "../src/core/city.ts";
import { STEP_MS } from "../src/core/speed-matrix.ts";
import { hours, type Clock } from "../src/core/time.ts";
import { openPostgresDuties } from "../src/history/duties.ts";
import { openPostgresModels } from "../src/history/models/postgres-models.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { openPostgresSpeeds } from "../src/history/speed-matrix.ts";
import { openSql } from "../src/postgres.ts";
import { traffic } from "../src/streams/traffic.ts";
import { createPool } from "../src/work/pool.ts";
import type { TrainDeps } from "./train.ts";

/** Noon of a Wednesday. */
export const NOW_MS = Date.UTC(2026, 6, 15, 12);
/** A second of one core, and a fifth of the error of who says that all stays. */
export const FIRST_ROWS = 18_000;
export const ROADS = 12;

const road = (i: number): City["roads"][number] => ({
  road_id: `road-${String(i).padStart(2, "0")}`,
  road_name: `Road ${i}`,
  road_class: i % 2 === 0 ? "primary" : "residential",
  district: "Middle",
  free_flow_speed: 80,
  length_km: 0.5,
  geometry: [
    [13 + i / 200, 52.5],
    [13 + (i + 1) / 200, 52.5],
  ],
  neighbours: [i - 1, i + 1]
    .filter((n) => n >= 0 && n < ROADS)
    .map((n) => `road-${String(n).padStart(2, "0")}`),
});

export const roads: City["roads"] = Array.from({ length: ROADS }, (_, i) => road(i));
const city = { roads, zone: "Europe/Berlin", holidays: [] };

/** Waves of two hours and forty minutes from 20 to 80 km/h, each road's begun later: whoever has learnt them knows the next half hour. */
export const speedAt = (column: number, at_ms: number): number =>
  50 +
  30 * Math.sin((2 * Math.PI * (at_ms / STEP_MS + 2 * column)) / 32) +
  (((at_ms / STEP_MS) * 7 + column * 13) % 5);

/** What the job is made from, over a database; `close` ends its connections. */
export function trainDeps(url: string, now: () => number = () => NOW_MS) {
  const clock: Clock = { now, monotonic: () => performance.now() };
  const history = openPostgresHistory({ url, clock });
  const duties = openPostgresDuties({ url });
  const [models, speeds] = [openPostgresModels({ url }), openPostgresSpeeds({ url })];
  const deps = {
    streams: [traffic],
    city,
    clock,
    history,
    duties,
    models,
    speeds,
    training: { pool: createPool(), first_rows: FIRST_ROWS, release: "1.2.3" },
  } satisfies TrainDeps;
  return {
    deps,
    close: () => Promise.all([history, duties, models, speeds].map((store) => store.close())),
  };
}

/** Windows of all roads, as if they had been measured. */
export async function putSpeeds(url: string, from_ms: number, to_ms: number): Promise<void> {
  const rows: { road_id: string; at: string; sum: number }[] = [];
  for (let at_ms = from_ms; at_ms < to_ms; at_ms += STEP_MS)
    for (const [column, { road_id }] of roads.entries())
      rows.push({
        road_id,
        at: new Date(at_ms).toISOString(),
        sum: Math.round(3_000 * speedAt(column, at_ms)),
      });
  const sql = openSql(url, { max: 1, application_name: "test" });
  await sql.unsafe(
    `insert into traffic_windows (road_id, window_start, n, current_speed_sum, free_flow_speed_n, congested_n)
     select x.road_id, x.at::timestamptz, 30, x.sum, 0, 0 from json_to_recordset($1::text::json) as x (road_id text, at text, sum bigint)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  );
  await sql.end();
}

export const putDay = (url: string): Promise<void> => putSpeeds(url, NOW_MS - hours(24), NOW_MS);

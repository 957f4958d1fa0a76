/** Each road's week: the hours of 28 days by weekday and hour of the city's day, merged from their sums and bins. */
import { createHash } from "node:crypto";
import { HistoryUnavailableError } from "../../core/errors.ts";
import { rollupColumns, type RollupDeclaration } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { days, hours, startOfDay, zoneOffset } from "../../core/time.ts";
import type { Sql } from "../../postgres.ts";
import type { RunOptions } from "../rollups/batch-store.ts";
import type { ProfileRead, ProfileRow, Rebuilt } from "./pattern-store.ts";
import { readViews, type Ask } from "../rollups/facts.ts";
import { definitionOf } from "../rollups/sql.ts";
import { literal, plain, timeText } from "../sql-text.ts";
import { textArray } from "../array-text.ts";

export const PROFILES_VIEW = "profiles";
export const PROFILE_DAYS = 28;

interface Work {
  sql: Sql;
  stream: Stream;
  zone: string;
  edges: readonly number[];
}

const COLUMNS =
  "road_id, weekday, hour, n, windows_n, congested_n, mean_speed, p10, p50, p90, spread, free_flow_speed, windows_expected";

export const profilesDefinition = (stream: Stream, zone: string, edges: readonly number[]): string =>
  createHash("sha256")
    .update(`1 ${definitionOf(stream, hoursOf(stream), zone)} ${edges.join(",")}`)
    .digest("hex")
    .slice(0, 16);

function hoursOf(stream: Stream): RollupDeclaration {
  const found = stream.rollups.find(({ name, by }) => name === "hours" && by === "key");
  if (found === undefined)
    throw new RangeError(`Cannot make profiles of ${stream.name}: it has no roll-up "hours"`);
  return found;
}

/** First instant of the local day `back` days before the one that begins at `day_ms`. */
export const dayBefore = (day_ms: number, back: number, zone: string): number =>
  startOfDay(day_ms - days(back) + hours(12), zone);

/** Roads folded by one statement: each has 672 rows of hours. */
const ROADS_AT_ONCE = 50;
const LOCK = "hashtextextended('arterial profiles ' || $1, 0)";

/** @param work With one connection: the lock is its session's. */
export async function rebuildProfiles(
  { sql, stream, zone, edges }: Work,
  { now_ms, signal, onProgress }: RunOptions,
): Promise<Rebuilt> {
  const none: Rebuilt = { rows: 0, from_ms: null, frontier_ms: null, anew: false, busy: false };
  const [lock] = await sql.unsafe<{ mine: boolean; session: number }[]>(
    `select pg_try_advisory_lock(${LOCK}) as mine, pg_backend_pid() as session`,
    [stream.name],
  );
  if (lock?.mine !== true) return { ...none, busy: true };
  try {
    return await sql.begin("isolation level repeatable read", async (tx): Promise<Rebuilt> => {
      await tx`set local statement_timeout = 0`;
      const [session] = await tx.unsafe<{ pid: number }[]>("select pg_backend_pid() as pid");
      if (session!.pid !== lock.session)
        throw new HistoryUnavailableError("Cannot go on with profiles: the connection was lost");
      const views = new Map((await readViews(tx, stream)).map((row) => [row.view, row]));
      const final_ms = views.get("hours")?.frontier_ms ?? null;
      if (final_ms === null) return none;
      const to_ms = startOfDay(Math.min(final_ms, now_ms), zone);
      const from_ms = dayBefore(to_ms, PROFILE_DAYS, zone);
      const definition = profilesDefinition(stream, zone, edges);
      await tx.unsafe("delete from road_profiles");
      const keys = await roadsOf(tx, stream, from_ms, to_ms);
      let rows = 0;
      for (let at = 0; at < keys.length; at += ROADS_AT_ONCE) {
        signal?.throwIfAborted();
        const slice = keys.slice(at, at + ROADS_AT_ONCE);
        rows += (
          await tx.unsafe(insertSql({ stream, zone, edges, from_ms, to_ms }), [
            timeText(from_ms),
            timeText(to_ms),
            textArray(slice),
          ])
        ).count;
        onProgress?.(at + slice.length, keys.length);
      }
      await tx.unsafe(
        `insert into frontiers (stream, view, frontier, definition) values ($1, $2, $3::timestamptz, $4)
         on conflict (stream, view) do update set frontier = excluded.frontier, definition = excluded.definition`,
        [stream.name, PROFILES_VIEW, timeText(to_ms), definition],
      );
      const before = views.get(PROFILES_VIEW);
      const anew = before !== undefined && before.definition !== definition;
      return { rows, from_ms, frontier_ms: to_ms, anew, busy: false };
    });
  } finally {
    await sql.unsafe(`select pg_advisory_unlock(${LOCK})`, [stream.name]);
  }
}

async function roadsOf(ask: Ask, stream: Stream, from_ms: number, to_ms: number): Promise<string[]> {
  const rows = await ask.unsafe<{ key: string }[]>(
    `select distinct r.${plain(stream.key)} as key from ${plain(daysTable(stream))} r
     where r.window_start >= $1::timestamptz and r.window_start < $2::timestamptz order by 1`,
    [timeText(from_ms), timeText(to_ms)],
  );
  return rows.map(({ key }) => key);
}

const daysTable = (stream: Stream): string =>
  (stream.rollups.find(({ name, by }) => name === "days" && by === "key") ?? hoursOf(stream)).table;

interface Insert {
  stream: Stream;
  zone: string;
  edges: readonly number[];
  from_ms: number;
  to_ms: number;
}

/** $1 and $2 bound the hours, $3 are the roads. */
function insertSql({ stream, zone, edges, from_ms, to_ms }: Insert): string {
  const rollup = hoursOf(stream);
  const local = `r.window_start at time zone ${literal(zone)}`;
  const columns = rollupColumns(stream.windows!, rollup)
    .map((c) => `${c.of_rows} as ${c.column}`)
    .join(", ");
  const array = `array[${edges.join(",")}]::double precision[]`;
  const p = (share: number): string => `percentile_of_bins(x.current_speed_bins, ${array}, ${share})`;
  const mean = "x.current_speed_sum::double precision / nullif(x.n, 0)";
  const expected = expectedHours(from_ms, to_ms, zone, rollup, stream.windows!.size_ms);
  return `insert into road_profiles (${COLUMNS})
    select x.key, x.weekday, x.hour, x.n, x.windows_n, x.congested_n, ${mean} / 100, ${p(0.1)}, ${p(0.5)}, ${p(0.9)},
      sqrt(greatest(0, x.current_speed_sum_sq::double precision / nullif(x.n, 0) - (${mean}) ^ 2)) / 100,
      x.free_flow_speed_sum::double precision / nullif(x.free_flow_speed_n, 0) / 100,
      (array[${expected.join(",")}]::integer[])[(x.weekday - 1) * 24 + x.hour + 1]
    from (select r.${plain(stream.key)} as key, extract(isodow from ${local})::smallint as weekday, extract(hour from ${local})::smallint as hour, ${columns}
      from ${plain(rollup.table)} r
      where r.window_start >= $1::timestamptz and r.window_start < $2::timestamptz and r.${plain(stream.key)} = any($3::text[])
      group by 1, 2, 3) x`;
}

/** Windows that each hour of the week has in a range: the night on which clocks change has an hour more or less. */
export function expectedHours(
  from_ms: number,
  to_ms: number,
  zone: string,
  rollup: Pick<RollupDeclaration, "step">,
  size_ms: number,
): number[] {
  if (rollup.step !== "1h") throw new RangeError("Cannot count the hours of other steps");
  const expected = Array.from({ length: 168 }, () => 0);
  for (let at_ms = from_ms; at_ms < to_ms; at_ms += hours(1)) {
    const local_ms = at_ms + zoneOffset(at_ms, zone);
    const date = new Date(local_ms);
    const weekday = (date.getUTCDay() + 6) % 7;
    const cell = weekday * 24 + date.getUTCHours();
    expected[cell] = expected[cell]! + hours(1) / size_ms;
  }
  return expected;
}

export async function readProfile(
  ask: Ask,
  stream: Stream,
  zone: string,
  edges: readonly number[],
  road_id: string,
): Promise<ProfileRead> {
  const row = (await readViews(ask, stream)).find(({ view }) => view === PROFILES_VIEW);
  if (row?.definition !== profilesDefinition(stream, zone, edges)) return { frontier_ms: null, rows: [] };
  const rows = await ask.unsafe<ProfileRow[]>(
    `select weekday, hour, n, windows_n, windows_expected, congested_n, mean_speed, p10, p50, p90, spread, free_flow_speed
     from road_profiles where road_id = $1 order by weekday, hour`,
    [road_id],
  );
  return { frontier_ms: row.frontier_ms, rows: [...rows] };
}

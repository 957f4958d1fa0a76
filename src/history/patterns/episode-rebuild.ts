/**
 * Episodes made anew, from the first day whose windows have changed up to where the hours of traffic are final.
 *
 * Which day that is: `episode_days` holds the sums of each whole day as its episodes were made; `traffic_days` says what they are now.
 * They are read before the windows, so that windows are never older than what is noted of them: what comes meanwhile is seen by the next
 * run. The day that goes on is made anew each time. All days after a changed one are made again, too: an episode may last for days.
 */
import { episodeRule, type Episode, type RoadFacts } from "../../core/episodes.ts";
import { HistoryUnavailableError } from "../../core/errors.ts";
import type { Stream } from "../../core/stream.ts";
import { days, hours, startOfDay } from "../../core/time.ts";
import type { Sql } from "../../postgres.ts";
import { EPISODES_VIEW, episodesDefinition } from "./episode-facts.ts";
import {
  COLUMNS,
  episodeOf,
  episodesJson,
  episodeSelect,
  rowsFromJson,
  type EpisodeSqlRow,
} from "./episode-rows.ts";
import { foldRoads } from "./fold-roads.ts";
import type { RebuildEpisodesOptions, Rebuilt } from "./pattern-store.ts";
import { readViews } from "../rollups/facts.ts";
import { readSlowWindows } from "./slow-windows.ts";
import { floorSql, msSql, plain, timeText } from "../sql-text.ts";
import { textArray } from "../array-text.ts";

interface Work {
  sql: Sql;
  stream: Stream;
  zone: string;
  roads: ReadonlyMap<string, RoadFacts>;
}

interface Plan {
  from_ms: number;
  /** Windows before it are gone; null where none is. */
  floor_ms: number | null;
  to_ms: number;
  anew: boolean;
  definition: string;
}

const SUMS = ["n", "windows_n", "speed_sum", "pace_sum", "free_flow_sum"] as const;
const SAME = ["day", ...SUMS].map((name) => `e.${name} = d.${name}`).join(" and ");
const LOCK = "hashtextextended('arterial episodes ' || $1, 0)";

/** @param work With one connection: lock and tables beside are its session's. */
export async function rebuildEpisodes(work: Work, options: RebuildEpisodesOptions): Promise<Rebuilt> {
  const { sql, stream } = work;
  const none: Rebuilt = { rows: 0, from_ms: null, frontier_ms: null, anew: false, busy: false };
  const [lock] = await sql.unsafe<{ mine: boolean; session: number }[]>(
    `select pg_try_advisory_lock(${LOCK}) as mine, pg_backend_pid() as session`,
    [stream.name],
  );
  if (lock?.mine !== true) return { ...none, busy: true };
  try {
    const plan = await planOf(work);
    if (plan === null) return none;
    await sql.unsafe("drop table if exists pg_temp.next_episodes");
    await sql.unsafe(
      "create temp table next_episodes (like public.congestion_episodes) on commit preserve rows",
    );
    const before = await openBefore(work, plan, options);
    let open: ReadonlyMap<string, Episode> = before.open;
    await stage(work, before.ended);
    for (let at_ms = plan.from_ms; at_ms < plan.to_ms;) {
      options.signal?.throwIfAborted();
      const end_ms = Math.min(plan.to_ms, startOfDay(at_ms + hours(30), work.zone));
      const folded = await fold(work, open, before.taken, { from_ms: at_ms, to_ms: end_ms }, options);
      await stage(work, folded.ended);
      open = folded.open;
      at_ms = end_ms;
      options.onProgress?.(at_ms - plan.from_ms, plan.to_ms - plan.from_ms);
    }
    await stage(work, [...open]);
    const rows = await swap(work, plan, before.made_again, lock.session);
    return { rows, from_ms: plan.from_ms, frontier_ms: plan.to_ms, anew: plan.anew, busy: false };
  } finally {
    await sql.unsafe(`select pg_advisory_unlock(${LOCK})`, [stream.name]);
  }
}

/** From where to where; null where nothing is known to be final yet. */
async function planOf({ sql, stream, zone, roads }: Work): Promise<Plan | null> {
  const definition = episodesDefinition(stream, zone, roads);
  const views = new Map((await readViews(sql, stream)).map((row) => [row.view, row]));
  const to_ms = views.get("hours")?.frontier_ms ?? null;
  if (to_ms === null) return null;
  const days_ms = views.get("days")?.frontier_ms ?? null;
  const mine = views.get(EPISODES_VIEW);
  const anew = mine !== undefined && mine.definition !== definition;
  const frontier_ms = anew ? null : (mine?.frontier_ms ?? null);
  // The hours are being made anew themselves.
  if (frontier_ms !== null && to_ms < frontier_ms) return null;
  await sql.unsafe("drop table if exists pg_temp.next_days");
  await sql.unsafe(
    `create temp table next_days on commit preserve rows as select r.window_start as day, sum(r.n)::bigint as n,
      sum(r.windows_n)::bigint as windows_n, coalesce(sum(r.current_speed_sum), 0)::numeric as speed_sum,
      coalesce(sum(r.pace_sum), 0)::numeric as pace_sum, coalesce(sum(r.free_flow_speed_sum), 0)::numeric as free_flow_sum
     from ${plain(daysOf(stream))} r where r.window_start < '${timeText(days_ms ?? 0)}'::timestamptz group by 1`,
  );
  const [first] = await sql.unsafe<
    { changed_ms: number | null; window_ms: number | null; floor_ms: number | null }[]
  >(
    `select (select ${msSql("min(d.day)")} from next_days d where not exists (select from episode_days e where ${SAME})) as changed_ms,
      (select ${msSql("min(window_start)")} from ${plain(stream.windows!.table)}) as window_ms,
      (select case when isfinite(x.f) then ${msSql("x.f")} end from (select ${floorSql(stream)}::timestamptz as f) x) as floor_ms`,
  );
  const { changed_ms, window_ms, floor_ms } = first!;
  if (window_ms === null) return null;
  const first_ms = Math.max(window_ms, floor_ms ?? -Infinity);
  const from_ms =
    frontier_ms === null
      ? startOfDay(first_ms, zone)
      : Math.max(
          floor_ms === null ? -Infinity : startOfDay(floor_ms, zone),
          Math.min(changed_ms ?? Infinity, days_ms ?? startOfDay(frontier_ms - days(1), zone)),
        );
  return { from_ms: Math.min(from_ms, to_ms), floor_ms, to_ms, anew, definition };
}

const daysOf = (stream: Stream): string => {
  const table = stream.rollups.find(({ name, by }) => name === "days" && by === "key")?.table;
  if (table === undefined)
    throw new RangeError(`Cannot make episodes of ${stream.name}: it has no roll-up "days"`);
  return table;
};

interface Before {
  ended: [string, Episode][];
  open: ReadonlyMap<string, Episode>;
  /** Road → begin of what is made again. */
  made_again: ReadonlyMap<string, number>;
  /** Road → until when its windows are in what it is gone on with. */
  taken: ReadonlyMap<string, number>;
}

/**
 * What was open where the range begins: made again from the begin of each episode that reaches so far. Of one whose first windows are gone
 * by now, what is in the table is gone on with.
 */
async function openBefore(work: Work, plan: Plan, options: RebuildEpisodesOptions): Promise<Before> {
  const { from_ms, floor_ms } = plan;
  const rows = await work.sql.unsafe<EpisodeSqlRow[]>(
    `select ${episodeSelect} from congestion_episodes e where e.started_at < $1::timestamptz
       and (e.ended_at is null or e.ended_at >= $1::timestamptz - interval '${episodeRule.gap_ms} milliseconds')`,
    [timeText(from_ms)],
  );
  const [begins, taken, gone_on] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, Episode>(),
  ];
  for (const row of rows) {
    const { road_id, ...episode } = episodeOf(row);
    const whole = floor_ms === null || episode.start_ms >= floor_ms;
    if (whole) begins.set(road_id, Math.min(episode.start_ms, begins.get(road_id) ?? Infinity));
    else {
      taken.set(road_id, episode.end_ms ?? episode.last_ms);
      if (episode.end_ms === null) {
        gone_on.set(road_id, episode);
        begins.set(road_id, episode.start_ms);
      }
    }
  }
  const again = [...begins].filter(([road_id]) => !taken.has(road_id));
  if (again.length === 0) return { ended: [], open: gone_on, made_again: begins, taken };
  const first_ms = Math.min(...again.map(([, begin_ms]) => begin_ms));
  const keys = again.map(([road_id]) => road_id);
  const read = await windowsOf(work, { from_ms: first_ms, to_ms: from_ms, keys }, options);
  const windows = new Map(
    [...read].map(([road_id, all]) => [road_id, all.filter((w) => w.start_ms >= begins.get(road_id)!)]),
  );
  const folded = await foldRoads(new Map(), windows, from_ms, work.stream.windows!.size_ms, work.roads);
  return {
    ended: folded.ended,
    open: new Map([...folded.open, ...gone_on]),
    made_again: begins,
    taken,
  };
}

interface Span {
  from_ms: number;
  to_ms: number;
  keys?: readonly string[];
}

const windowsOf = ({ sql, stream, roads }: Work, span: Span, { counting }: RebuildEpisodesOptions) =>
  readSlowWindows(sql, stream, { ...span, upto: episodeRule.end_above, roads, counting });

async function fold(
  work: Work,
  open: ReadonlyMap<string, Episode>,
  taken: ReadonlyMap<string, number>,
  span: Span,
  options: RebuildEpisodesOptions,
) {
  const windows = new Map(await windowsOf(work, span, options));
  for (const [road_id, until_ms] of taken) {
    const all = windows.get(road_id);
    if (all !== undefined)
      windows.set(
        road_id,
        all.filter((w) => w.start_ms >= until_ms),
      );
  }
  return foldRoads(open, windows, span.to_ms, work.stream.windows!.size_ms, work.roads);
}

/** Rows of one statement. */
const STAGE_ROWS = 5_000;

async function stage({ sql, zone }: Work, episodes: readonly (readonly [string, Episode])[]): Promise<void> {
  for (let at = 0; at < episodes.length; at += STAGE_ROWS)
    await sql.unsafe(`insert into next_episodes (${COLUMNS.join(", ")}) ${rowsFromJson("$1")}`, [
      episodesJson(episodes.slice(at, at + STAGE_ROWS), zone),
    ]);
}

async function swap(
  { sql, stream }: Work,
  { from_ms, to_ms, definition }: Plan,
  made_again: ReadonlyMap<string, number>,
  session: number,
): Promise<number> {
  return sql.begin(async (tx): Promise<number> => {
    await tx`set local statement_timeout = 0`;
    const [now] = await tx.unsafe<{ session: number }[]>("select pg_backend_pid() as session");
    // With its connection the lock and what was built are gone.
    if (now!.session !== session)
      throw new HistoryUnavailableError("Cannot go on with episodes: the connection was lost");
    await tx.unsafe(
      `delete from congestion_episodes e using unnest($2::text[], $3::text[]) as m (road_id, begin)
       where e.road_id = m.road_id and e.started_at >= m.begin::timestamptz and e.started_at < $1::timestamptz`,
      [
        timeText(from_ms),
        textArray([...made_again.keys()]),
        textArray([...made_again.values()].map(timeText)),
      ],
    );
    await tx.unsafe("delete from congestion_episodes where started_at >= $1::timestamptz", [
      timeText(from_ms),
    ]);
    const { count } = await tx.unsafe(
      `insert into congestion_episodes (${COLUMNS.join(", ")}) select ${COLUMNS.join(", ")} from next_episodes`,
    );
    await tx.unsafe(
      `insert into episode_days (day, ${SUMS.join(", ")}) select day, ${SUMS.join(", ")} from next_days
       on conflict (day) do update set ${SUMS.map((name) => `${name} = excluded.${name}`).join(", ")}`,
    );
    await tx.unsafe(
      `insert into frontiers (stream, view, frontier, definition) values ($1, $2, $3::timestamptz, $4)
       on conflict (stream, view) do update set frontier = excluded.frontier, definition = excluded.definition`,
      [stream.name, EPISODES_VIEW, timeText(to_ms), definition],
    );
    return count;
  });
}

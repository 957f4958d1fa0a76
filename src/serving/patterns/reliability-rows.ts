/** Reliability of each road, or of roads together by hour, from roll-ups merged with windows. */
import { round } from "../../core/field.ts";
import { rollupColumns, type RollupDeclaration } from "../../core/rollup.ts";
import { formatInstant, hours, startOfDay } from "../../core/time.ts";
import { limits } from "../../core/limits.ts";
import type { Group, GroupBy, Grouped } from "../../history/rollups/batch-store.ts";
import { dueOf } from "../analytics/reads.ts";
import { hoursOf, type Hour } from "../analytics/calendar.ts";
import type { Answer } from "../answer.ts";
import type { ReliabilityQuery, ReliabilityRow } from "../episode-answer.ts";
import { share } from "../meta.ts";
import { invalidParameter, notFound } from "../problem.ts";
import type { Facts, Patterns } from "./asked.ts";
import {
  countOf,
  edgesOf,
  daysOf,
  groupRow,
  indicesOf,
  pacesOf,
  rollupOf,
  type KeptRow,
  type Member,
} from "./reliability.ts";
import { vehicleHoursOf } from "./vehicle-hours.ts";

export const reliability = (
  patterns: Patterns,
  query: ReliabilityQuery,
): Promise<Answer<readonly ReliabilityRow[]>> =>
  patterns.answer(async () => {
    const { keys, named, without, told } = await patterns.chosen(query);
    if (query.by !== "road") mustBeFew(query, named);
    const read = await groupsOf(patterns, query, keys);
    const groups = { ...read, rows: read.rows.filter(({ key }) => !without.has(key)) };
    const asked = keys ?? [...new Set(groups.rows.map(({ key }) => key))].sort();
    const data =
      query.by === "road"
        ? await roadRows(patterns, query, asked, groups.rows)
        : hourRows(patterns, query, asked, groups.rows);
    const windows_n = data.reduce((sum, row) => sum + row.windows_n, 0);
    const expected = data.reduce((sum, row) => sum + row.windows_expected, 0);
    const facts: Facts = {
      frontier_ms: groups.frontier_ms,
      merged: groups.merged,
      coverage: share(windows_n, expected),
      as_of_ms: windows_n === 0 ? null : Math.min(query.to_ms - 1, patterns.now_ms),
      told,
    };
    return { data, facts };
  });

/** A week by the hour is read from hours: of too many roads it would take too long. */
function mustBeFew({ by, from_ms, to_ms }: ReliabilityQuery, keys: readonly string[] | undefined): void {
  if (keys === undefined || keys.length > limits.week_roads_max)
    throw invalidParameter(
      keys === undefined ? "roads" : "by",
      keys === undefined ? "" : by,
      `must be given with at most ${limits.week_roads_max} roads for by=${by}: name roads, or a smaller bbox`,
    );
  if (keys.length * ((to_ms - from_ms) / hours(1)) > limits.road_hours_max)
    throw invalidParameter(
      "from",
      formatInstant(from_ms),
      `must be later for so many roads: at most ${limits.road_hours_max} hours of roads are read at once`,
    );
}

interface RoadGroup {
  key: string;
  weekday: number | null;
  hour: number | null;
  kept: KeptRow;
}

interface Groups {
  rows: readonly RoadGroup[];
  frontier_ms: number | null;
  merged: boolean;
}

async function groupsOf(
  { context, traffic }: Patterns,
  query: ReliabilityQuery,
  keys: readonly string[] | undefined,
): Promise<Groups> {
  const { batch, city } = context;
  const { by, from_ms, to_ms } = query;
  if (batch === undefined) throw notFound("There are no batch views here");
  const [of_hours, of_days] = [rollupOf(traffic.rollups, "hours"), rollupOf(traffic.rollups, "days")];
  const group: readonly GroupBy[] =
    by === "road" ? ["key"] : by === "hour" ? ["key", "hour"] : ["key", "weekday", "hour"];
  const part = (rollup: RollupDeclaration, from: number, to: number): Promise<Grouped>[] =>
    from >= to
      ? []
      : [
          batch.grouped(traffic, rollup, {
            from_ms: from,
            to_ms: to,
            group,
            ...(keys === undefined ? {} : { keys }),
            ...daysOf(context, query),
            measures: (rollup.measures ?? []).map(({ column }) => column),
          }),
        ];
  // Whole days from their own roll-up, the hours at both ends from theirs.
  const first_ms = startOfDay(from_ms, city.zone);
  const days_from_ms = first_ms === from_ms ? from_ms : startOfDay(first_ms + hours(30), city.zone);
  const days_to_ms = startOfDay(to_ms, city.zone);
  const by_days = by === "road" && days_from_ms < days_to_ms;
  const found = await Promise.all(
    by_days
      ? [
          ...part(of_hours, from_ms, days_from_ms),
          ...part(of_days, days_from_ms, days_to_ms),
          ...part(of_hours, days_to_ms, to_ms),
        ]
      : part(of_hours, from_ms, to_ms),
  );
  const columns = rollupColumns(traffic.windows!, of_hours);
  const rows = new Map<string, RoadGroup>();
  for (const one of found.flatMap(({ groups }) => groups)) {
    const id = `${one.weekday ?? ""} ${one.hour ?? ""} ${one.key}`;
    const before = rows.get(id);
    rows.set(
      id,
      before === undefined ? rowOf(one) : { ...before, kept: merged(columns, before.kept, one.kept) },
    );
  }
  const frontiers = found.map(({ frontier_ms }) => frontier_ms);
  return {
    rows: [...rows.values()],
    frontier_ms:
      frontiers.length === 0 || frontiers.includes(null) ? null : Math.min(...(frontiers as number[])),
    merged: found.some((one) => one.merged),
  };
}

const rowOf = ({ key, weekday, hour, kept }: Group): RoadGroup => ({
  key: key!,
  weekday: weekday ?? null,
  hour: hour ?? null,
  kept,
});

const merged = (columns: ReturnType<typeof rollupColumns>, a: KeptRow, b: KeptRow): KeptRow =>
  Object.fromEntries(
    columns.map(({ column, merge }) => [column, merge(a[column] ?? null, b[column] ?? null)]),
  );

const hoursAsked = ({ context, traffic }: Patterns, query: ReliabilityQuery): readonly Hour[] =>
  hoursOf(
    context.city,
    {
      from_ms: query.from_ms,
      to_ms: query.to_ms,
      weekdays: query.weekdays ?? null,
      without_holidays: query.without_holidays === true,
    },
    dueOf(traffic, context.clock.now()),
  );

const dueIn = (some: readonly Hour[]): number => some.reduce((sum, { due }) => sum + due, 0);

async function roadRows(
  patterns: Patterns,
  query: ReliabilityQuery,
  asked: readonly string[],
  groups: readonly RoadGroup[],
): Promise<ReliabilityRow[]> {
  const edges = edgesOf(patterns);
  const due = dueIn(hoursAsked(patterns, query));
  const by_key = new Map(groups.map((group) => [group.key, group.kept]));
  const counted = await vehicleHoursOf(patterns, query, asked);
  return asked.map((road_id) => {
    const road = patterns.context.network.roads.get(road_id);
    const kept = by_key.get(road_id) ?? null;
    const paces = kept === null ? null : pacesOf(kept, edges, road?.free_flow_speed ?? null);
    const length_km = road?.length_km ?? null;
    const time = (pace: number | undefined): number | null =>
      pace === undefined || length_km === null ? null : round((pace * length_km) / 1_000, 1);
    const [n, windows_n] = kept === null ? [0, 0] : [countOf(kept, "n"), countOf(kept, "windows_n")];
    return {
      road_id,
      road_name: patterns.nameOf(road_id),
      weekday: null,
      hour: null,
      length_km,
      mean_travel_time_s: time(paces?.mean),
      free_flow_travel_time_s: time(paces?.free),
      p95_travel_time_s: time(paces?.p95),
      ...indicesOf(paces),
      congested_share: kept === null || n === 0 ? null : round(countOf(kept, "congested_n") / n, 4),
      delay_vehicle_hours: counted.get(road_id) ?? null,
      n,
      windows_n,
      windows_expected: due,
      coverage: share(windows_n, due),
    };
  });
}

/** A row for every hour, or hour of the week, that the range has. */
function hourRows(
  patterns: Patterns,
  query: ReliabilityQuery,
  asked: readonly string[],
  groups: readonly RoadGroup[],
): ReliabilityRow[] {
  const edges = edgesOf(patterns);
  const { roads } = patterns.context.network;
  const weekly = query.by === "weekday_hour";
  const idOf = (weekday: number | null, hour: number): number => (weekly ? weekday! * 24 : 0) + hour;
  const of_hours = Map.groupBy(hoursAsked(patterns, query), ({ weekday, hour }) => idOf(weekday, hour));
  const by_cell = Map.groupBy(groups, ({ weekday, hour }) => idOf(weekday, hour!));
  const single = asked.length === 1 ? asked[0]! : null;
  return [...of_hours]
    .sort(([a], [b]) => a - b)
    .map(([id, some]) => {
      const by_key = new Map((by_cell.get(id) ?? []).map((group) => [group.key, group.kept]));
      const members = asked.map((key): Member => {
        const [road, kept] = [roads.get(key), by_key.get(key) ?? null];
        return {
          length_km: road?.length_km ?? 0,
          kept,
          paces: kept === null ? null : pacesOf(kept, edges, road?.free_flow_speed ?? null),
        };
      });
      const row = groupRow(members, dueIn(some) * asked.length);
      // Without a length there is nothing to weigh by: of one road nothing has to be.
      const indices = single !== null && members[0]!.length_km === 0 ? indicesOf(members[0]!.paces) : {};
      return {
        ...row,
        ...indices,
        road_id: single,
        road_name: single === null ? null : patterns.nameOf(single),
        weekday: weekly ? some[0]!.weekday : null,
        hour: some[0]!.hour,
        length_km: row.length_km === 0 ? null : row.length_km,
      };
    });
}

/** Rows of a roll-up gathered into groups, in one snapshot of the writer. */
import type { Kept } from "../../core/aggregate.ts";
import { limits } from "../../core/limits.ts";
import { rollupColumns, slotFrom, type RollupColumn, type RollupDeclaration } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { numberArray, textArray } from "../array-text.ts";
import type { Group, GroupBy, Grouped, GroupQuery } from "./batch-store.ts";
import { readFacts, type Ask } from "./facts.ts";
import { rowsSql } from "./sql.ts";
import { SqlParameters } from "../sql-parameters.ts";
import { literal, msSql } from "../sql-text.ts";

type SqlRow = Record<string, string | number | boolean | null>;

/** @throws {RangeError} for a range that is turned round, keys of a roll-up that has none, or more groups than `limits.groups_max`. */
export async function readGroups(
  ask: Ask,
  stream: Stream,
  rollup: RollupDeclaration,
  zone: string,
  query: GroupQuery,
): Promise<Grouped> {
  if (!(query.from_ms <= query.to_ms)) throw new RangeError(`Cannot read ${rollup.table}: from is after to`);
  if (rollup.by === "all" && (query.keys !== undefined || query.group.includes("key")))
    throw new RangeError(`Cannot read ${rollup.table} by key: it is of all keys together`);
  const from_ms = slotFrom(query.from_ms, rollup.step, zone);
  const to_ms = slotFrom(query.to_ms, rollup.step, zone);
  const facts = await readFacts(ask, stream, zone, { from_ms, to_ms });
  const columns = rollupColumns(stream.windows!, rollup).filter(
    (c) => !(rollup.measures ?? []).includes(c) || query.measures?.includes(c.column) === true,
  );
  const parameters = new SqlParameters();
  const rows = rowsSql(stream, rollup, facts, { from_ms, to_ms, keys: query.keys, columns }, parameters);
  const heads = query.group.map((by) => `${headSql(stream, rollup, zone, by)} as g_${by}`);
  const folds = columns.map((c) => `${foldSql(c)} as ${c.column}`);
  const by = query.group.map((_, i) => i + 1).join(", ");
  const text = `select ${[...heads, ...folds].join(", ")} from (${rows}) r where true${filterSql(query, zone, parameters)}
    ${by === "" ? "having count(*) > 0" : `group by ${by} order by ${by}`} limit ${limits.groups_max + 1}`;
  const found = await ask.unsafe<SqlRow[]>(text, parameters.values, { prepare: true });
  if (found.length > limits.groups_max)
    throw new RangeError(
      `Cannot read ${rollup.table}: more than ${limits.groups_max} groups; ask for less at once`,
    );
  const frontier_ms = facts.frontiers.get(rollup.name) ?? -Infinity;
  return {
    groups: await groupsOf(query.group, columns, found),
    from_ms,
    to_ms,
    frontier_ms: frontier_ms === -Infinity ? null : frontier_ms,
    merged: frontier_ms < to_ms || facts.dirty.length > 0,
  };
}

function headSql(stream: Stream, rollup: RollupDeclaration, zone: string, by: GroupBy): string {
  const local = `r.window_start at time zone ${literal(zone)}`;
  switch (by) {
    case "key":
      return `r.${stream.key}`;
    case "start":
      return msSql("r.window_start");
    case "day":
      return `to_char(${local}, 'YYYY-MM-DD')`;
    case "weekday":
      return `extract(isodow from ${local})::integer`;
    case "hour":
      return `extract(hour from ${local})::integer`;
    case "split":
      return `r.${rollup.split!.column}`;
  }
}

/** Sums of months pass 2^53, above which the nearest number is near enough. */
const foldSql = (c: RollupColumn): string =>
  c.type === "bigint" ? `(${c.of_rows})::double precision` : c.of_rows;

function filterSql({ weekdays, without_days }: GroupQuery, zone: string, parameters: SqlParameters): string {
  const local = `r.window_start at time zone ${literal(zone)}`;
  const of_week =
    weekdays === undefined
      ? ""
      : ` and extract(isodow from ${local})::integer = any(${parameters.add(numberArray(weekdays), "integer[]")})`;
  const of_days =
    without_days === undefined || without_days.length === 0
      ? ""
      : ` and to_char(${local}, 'YYYY-MM-DD') <> all(${parameters.add(textArray(without_days), "text[]")})`;
  return of_week + of_days;
}

/** Groups between which other work gets its turn: with bins, some milliseconds. */
const SLICE = 1_000;

export async function groupsOf(
  group: readonly GroupBy[],
  columns: readonly RollupColumn[],
  rows: readonly SqlRow[],
): Promise<Group[]> {
  const groups: Group[] = [];
  for (const row of rows) {
    groups.push(groupOf(group, columns, row));
    if (groups.length % SLICE === 0) await new Promise((turn) => setImmediate(turn));
  }
  return groups;
}

function groupOf(group: readonly GroupBy[], columns: readonly RollupColumn[], row: SqlRow): Group {
  const kept: Record<string, Kept> = {};
  for (const { column, type } of columns) kept[column] = keptOf(type, row[column] ?? null);
  const out: Group = { kept };
  for (const by of group) {
    const value = row[`g_${by}`] ?? null;
    if (by === "start") out.start_ms = value as number;
    else if (by === "key" || by === "day") out[by] = value as string;
    else if (by === "split") out.split = value as boolean;
    else out[by] = value as number;
  }
  return out;
}

/** Arrays come as texts: `{1,2,3}`. */
const keptOf = (type: RollupColumn["type"], value: SqlRow[string]): Kept =>
  type === "integer[]" && value !== null
    ? (JSON.parse(`[${(value as string).slice(1, -1)}]`) as number[])
    : (value as number | null);

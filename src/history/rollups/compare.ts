/** Rows of roll-ups against a fold of the windows, in one snapshot: what the audit compares, and makes dirty where it differs. */
import { limits } from "../../core/limits.ts";
import { rollupColumns, slotFrom, slotStart, type RollupDeclaration } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import type { Sql } from "../../postgres.ts";
import { numberArray, textArray } from "../array-text.ts";
import type { RollupDifferences } from "./batch-care.ts";
import { readFacts, type Ask } from "./facts.ts";
import { dirtySlots, foldWindowsSql, headOf, keyOf, slotsSql, type RollupFacts } from "./sql.ts";
import { SqlParameters } from "../sql-parameters.ts";
import { instantSql, msSql, plain } from "../sql-text.ts";

interface Found {
  /** Empty for a roll-up of all keys. */
  key: string;
  start_ms: number;
}

/** More are found again by the next audit. */
const FOUND_MAX = 100_000;

export async function compareRollups(
  sql: Sql,
  stream: Stream,
  zone: string,
  range: { from_ms: number; to_ms: number },
  signal?: AbortSignal,
): Promise<RollupDifferences> {
  let rows = 0;
  let found = 0;
  const examples: string[] = [];
  for (const rollup of stream.rollups) {
    signal?.throwIfAborted();
    const one = await sql.begin("isolation level repeatable read read only", async (tx) => {
      await tx`set local statement_timeout = 0`;
      return compareOne(tx, stream, rollup, zone, range);
    });
    rows += one.rows;
    found += one.found.length;
    if (one.found.length > 0) await makeDirty(sql, stream, one.found);
    for (const { key, start_ms } of one.found.slice(0, limits.repair_examples_max - examples.length))
      examples.push(`${rollup.name}${key === "" ? "" : ` of ${key}`} at ${new Date(start_ms).toISOString()}`);
  }
  return { rows, found, examples };
}

async function compareOne(
  ask: Ask,
  stream: Stream,
  rollup: RollupDeclaration,
  zone: string,
  range: { from_ms: number; to_ms: number },
): Promise<{ rows: number; found: readonly Found[] }> {
  const facts = await readFacts(ask, stream, zone, range);
  const [floor] = await ask.unsafe<{ floor_ms: number | null }[]>(
    `select case when isfinite(floor) then ${msSql("floor")} end as floor_ms from window_floors where stream = $1`,
    [stream.name],
  );
  // What lies below the floor stays as it was made: its windows are gone.
  const from_ms = slotFrom(Math.max(range.from_ms, floor?.floor_ms ?? -Infinity), rollup.step, zone);
  const frontier_ms = facts.frontiers.get(rollup.name) ?? -Infinity;
  if (frontier_ms === -Infinity) return { rows: 0, found: [] };
  // The slot that holds the frontier is only begun.
  const whole_ms = slotStart(frontier_ms, rollup.step, zone);
  const to_ms = Math.min(slotFrom(range.to_ms, rollup.step, zone), whole_ms);
  if (from_ms >= to_ms) return { rows: 0, found: [] };
  const parameters = new SqlParameters();
  const text = differencesSql(stream, rollup, facts, { from_ms, to_ms }, parameters);
  const [row] = await ask.unsafe<{ rows: number; found: string | null }[]>(text, parameters.values, {
    prepare: false,
  });
  return { rows: row!.rows, found: row!.found === null ? [] : (JSON.parse(row!.found) as Found[]) };
}

function differencesSql(
  stream: Stream,
  rollup: RollupDeclaration,
  facts: RollupFacts,
  { from_ms, to_ms }: { from_ms: number; to_ms: number },
  parameters: SqlParameters,
): string {
  const columns = rollupColumns(stream.windows!, rollup);
  const head = headOf(stream, rollup);
  const of = (alias: string, names: readonly string[]): string =>
    names.map((name) => `${alias}.${name}`).join(", ");
  const names = columns.map((c) => c.column);
  const range = `r.window_start >= ${parameters.time(from_ms)} and r.window_start < ${parameters.time(to_ms)}`;
  const slots = dirtySlots(rollup, facts, { from_ms, to_ms, keys: undefined });
  const clean =
    slots.length === 0
      ? ""
      : `and not exists (${slotsSql(slots, parameters)} where d.s = r.window_start${keyOf(stream, rollup)})`;
  const key = rollup.by === "key" ? plain(stream.key) : "''::text";
  return `with fresh as (select * from (${foldWindowsSql(stream, rollup, facts.zone, columns, range)}) r where true ${clean}),
kept as (select ${of("r", [...head, ...names])} from ${plain(rollup.table)} r where ${range} ${clean}),
differ as (
  select ${rollup.by === "key" ? `coalesce(f.${key}, k.${key})` : key} as key, coalesce(f.window_start, k.window_start) as window_start
  from fresh f full join kept k on ${head.map((name) => `f.${name} = k.${name}`).join(" and ")}
  where k.window_start is null or f.window_start is null or (${of("f", names)}) is distinct from (${of("k", names)}))
select (select count(*) from fresh)::int as rows,
  (select json_agg(json_build_object('key', key, 'start_ms', ${msSql("window_start")})) from
    (select distinct key, window_start from differ order by window_start, key limit ${FOUND_MAX}) x)::text as found`;
}

/** From now on answered from windows, and made anew by the next refresh. */
const makeDirty = (sql: Sql, stream: Stream, found: readonly Found[]): Promise<unknown> =>
  sql.unsafe(
    `insert into dirty_windows (stream, window_start, key)
     select $1, ${instantSql("x.s")}, x.k from unnest($2::bigint[], $3::text[]) as x (s, k) on conflict do nothing`,
    [stream.name, numberArray(found.map(({ start_ms }) => start_ms)), textArray(found.map(({ key }) => key))],
  );

/** Raw rows out to the archive and back in, column by column: for a worker, which knows a table by a plan and not by its stream. */
import type { Value } from "../../core/field.ts";
import { days, hours } from "../../core/time.ts";
import type { Sql, TransactionSql } from "../../postgres.ts";
import { textArray } from "../array-text.ts";
import { instantSql, msSql, plain, timeText } from "../sql-text.ts";
import type { Column } from "../table.ts";

export interface RawPlan {
  stream: string;
  table: string;
  /** Raw column of the key. */
  key: string;
  columns: readonly { sql: string; type: Column["type"] }[];
}

/** One array of values per column of the plan, all of one length. Times are ms since the epoch. */
export type RawColumns = readonly (readonly Value[])[];

/** Rows that one answer of the server holds. */
const FETCHED = 5_000;

/**
 * All rows of a UTC day, in one snapshot: hour by hour, in each by key and time, so that equal values stand together.
 *
 * @param onGroup Awaited; gets `group_rows` rows or a little more at a time, the last time what is left.
 */
export async function readDay(
  sql: Sql,
  plan: RawPlan,
  day_ms: number,
  group_rows: number,
  onGroup: (columns: RawColumns) => Promise<void> | void,
): Promise<void> {
  const select = plan.columns.map(({ sql: name, type }, i) => {
    const column = `r.${plain(name)}`;
    return `${type === "timestamptz" ? msSql(column) : column} as c${i}`;
  });
  const text = `select ${select.join(", ")} from ${plain(plan.table)} r
    where r.event_time >= $1::timestamptz and r.event_time < $2::timestamptz
    order by r.${plain(plan.key)}, r.event_time, r.event_id`;
  const empty = (): Value[][] => plan.columns.map(() => []);
  await sql.begin("isolation level repeatable read read only", async (tx) => {
    let group = empty();
    for (let at = day_ms; at < day_ms + days(1); at += hours(1)) {
      const rows = tx.unsafe<Record<string, Value>[]>(text, [timeText(at), timeText(at + hours(1))]);
      for await (const some of rows.cursor(FETCHED)) {
        for (let c = 0; c < group.length; c++) {
          const column = group[c]!;
          const name = `c${c}`;
          for (const row of some) column.push(row[name] ?? null);
        }
        if (group[0]!.length >= group_rows) {
          await onGroup(group);
          group = empty();
        }
      }
    }
    if (group[0]!.length > 0) await onGroup(group);
  });
}

/**
 * Puts rows back that are not there; those that are stay as they are. What comes in counts against what retention has
 * taken, in the same transaction, so that the audit still adds up.
 *
 * @returns rows that came in.
 */
export async function insertRows(tx: TransactionSql, plan: RawPlan, rows: RawColumns): Promise<number> {
  const names = plan.columns.map(({ sql }) => plain(sql)).join(", ");
  const values = plan.columns.map(({ type }, i) =>
    type === "timestamptz" ? instantSql(`x.c${i}`) : `x.c${i}`,
  );
  const arrays = plan.columns.map(
    ({ type }, i) => `$${i + 1}::${type === "timestamptz" ? "bigint" : type}[]`,
  );
  const [came] = await tx.unsafe<{ n: number }[]>(
    `with came as (
       insert into ${plain(plan.table)} (${names}) select ${values.join(", ")}
       from unnest(${arrays.join(", ")}) as x (${plan.columns.map((_, i) => `c${i}`).join(", ")})
       on conflict do nothing returning 1),
     n as (select count(*) as n from came),
     counted as (
       insert into dropped_partitions as d (stream, name, rows)
       select $${plan.columns.length + 1}, $${plan.columns.length + 2}, -n from n where n > 0
       on conflict (stream, name) do update set rows = d.rows + excluded.rows)
     select n from n`,
    [
      ...plan.columns.map(({ type }, i) => arrayText(type, rows[i]!)),
      plan.stream,
      `${plan.table}_back_from_archive`,
    ],
  );
  return came?.n ?? 0;
}

const arrayText = (type: Column["type"], values: readonly Value[]): string =>
  type === "text"
    ? textArray(values as readonly (string | null)[])
    : `{${values.map((value) => value ?? "null").join(",")}}`;

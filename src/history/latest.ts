/** Newest rows and keys, by stepping from key to key in a primary key instead of reading what lies between. */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { textArray } from "./array-text.ts";
import type { RawRow } from "./history-store.ts";
import { rawRow, rawSelect, type SqlRow } from "./ranges.ts";
import type { Reader } from "./reader.ts";

/** A table of all keys, as `keys (key)`. */
const steppedKeys = (table: string, key: string): string => `with recursive step (key) as (
  (select ${key} from ${table} order by ${key} limit 1)
  union all
  select (select t.${key} from ${table} t where t.${key} > step.key order by t.${key} limit 1) from step where step.key is not null),
keys as (select key from step where key is not null limit ${limits.live_keys_max})`;

/**
 * All keys with the beginning of their newest window, as `keys (key, newest)`: raw rows and windows are written together,
 * so a key's newest row lies in its newest window, and is looked for in one day's partition instead of in all of them.
 */
const steppedWindows = (windows: string, key: string): string => `with recursive keys (key, newest) as (
  (select w.${key}, w.window_start from ${windows} w order by w.${key} desc, w.window_start desc limit 1)
  union all
  select before.* from keys cross join lateral (
    select w.${key}, w.window_start from ${windows} w where w.${key} < keys.key
    order by w.${key} desc, w.window_start desc limit 1) as before)`;

const askedWindows = (
  windows: string,
  key: string,
): string => `with asked (key) as (select distinct k from unnest($1::text[]) as k),
keys (key, newest) as (select asked.key, (
  select w.window_start from ${windows} w where w.${key} = asked.key order by w.window_start desc limit 1) from asked)`;

export async function readLatest(
  reader: Reader,
  stream: Stream,
  keys?: readonly string[],
): Promise<RawRow[]> {
  if (keys?.length === 0) return [];
  const rows = await reader.rows<SqlRow>(
    "read the newest rows",
    latestSql(stream, keys !== undefined),
    keys === undefined ? [] : [textArray(keys)],
  );
  return rows.map((row) => rawRow(stream, row));
}

function latestSql(stream: Stream, asked: boolean): string {
  const { key, windows } = stream;
  const { table } = stream.history;
  let from: string;
  if (windows === null)
    from = asked
      ? "with keys (key) as (select distinct k from unnest($1::text[]) as k)"
      : steppedKeys(table, key);
  else from = asked ? askedWindows(windows.table, key) : steppedWindows(windows.table, key);
  const within =
    windows === null
      ? ""
      : `and r.event_time >= keys.newest and r.event_time < keys.newest + interval '${windows.size_ms} milliseconds'`;
  // Of equal event times the later place in the log wins, as in the live view.
  return `${from}
select newest.* from keys cross join lateral (
  select ${rawSelect(stream)} from ${table} r where r.${key} = keys.key ${within}
  order by r.event_time desc, r.log_partition desc, r.log_offset desc limit 1) as newest
order by keys.key limit ${limits.live_keys_max}`;
}

/** Windows outlive raw rows, so they know keys that have been silent for longer. */
export async function readKeys(reader: Reader, stream: Stream): Promise<string[]> {
  const table = stream.windows?.table ?? stream.history.table;
  const text = `${steppedKeys(table, stream.key)} select key from keys order by key`;
  return (await reader.rows<{ key: string }>("read the keys", text)).map(({ key }) => key);
}

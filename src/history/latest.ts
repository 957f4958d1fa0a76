/** Newest rows and keys, by stepping from key to key in the primary key instead of reading what lies between. */
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

export async function readLatest(
  reader: Reader,
  stream: Stream,
  keys?: readonly string[],
): Promise<RawRow[]> {
  if (keys?.length === 0) return [];
  const table = stream.history.table;
  const from =
    keys === undefined
      ? steppedKeys(table, stream.key)
      : "with keys (key) as (select distinct k from unnest($1::text[]) as k)";
  // Of equal event times the later place in the log wins, as in the live view.
  const text = `${from}
select newest.* from keys cross join lateral (
  select ${rawSelect(stream)} from ${table} r where r.${stream.key} = keys.key
  order by r.event_time desc, r.log_partition desc, r.log_offset desc limit 1) as newest
order by keys.key`;
  const rows = await reader.rows<SqlRow>(
    "read the newest rows",
    text,
    keys === undefined ? [] : [textArray(keys)],
  );
  return rows.map((row) => rawRow(stream, row));
}

/** Windows outlive raw rows, so they know keys that have been silent for longer. */
export async function readKeys(reader: Reader, stream: Stream): Promise<string[]> {
  const table = stream.windows?.table ?? stream.history.table;
  const text = `${steppedKeys(table, stream.key)} select key from keys order by key`;
  return (await reader.rows<{ key: string }>("read the keys", text)).map(({ key }) => key);
}

/** Small pieces of SQL that every statement is made of. */
import type { Stream } from "../core/stream.ts";
import { columnsOf, type WindowDeclaration } from "../core/window.ts";

/** Names go into SQL unquoted, so they must be plain. */
export function plain(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name))
    throw new RangeError(`Cannot make SQL of "${name}": a name is small letters, digits and _`);
  return name;
}

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const msSql = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint`;

/** The instant of ms since the epoch, exactly. */
export const instantSql = (ms: string): string =>
  `timestamptz '1970-01-01 00:00:00+00' + ${ms} * interval '1 millisecond'`;

export const timeText = (ms: number): string => new Date(ms).toISOString();

/** Windows begin where `windowStart` says: multiples of their size since the epoch. */
export const windowStartSql = (window: WindowDeclaration): string =>
  `date_bin(interval '${window.size_ms} milliseconds', event_time, timestamptz '1970-01-01 00:00:00+00')`;

/** Windows of a table's rows, in the order of the windows' primary key. `from` may end in a where clause. */
export const foldSql = (stream: Stream, window: WindowDeclaration, from: string): string =>
  `select ${stream.key}, ${windowStartSql(window)} as window_start, ${columnsOf(window)
    .map((c) => `${c.from_rows} as ${c.column}`)
    .join(", ")} from ${from} group by 1, 2 order by 1, 2`;

/** The floor of a stream's windows: retention took what begins before it. Below all time where there is none. */
export const floorSql = (stream: Pick<Stream, "name">): string =>
  `coalesce((select floor from window_floors where stream = ${literal(stream.name)}), '-infinity')`;

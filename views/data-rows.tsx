/** A page of raw rows as a table with every field, and what leads to the next and to the files. */
import type { Field } from "../src/core/field.ts";
import type { Stream } from "../src/core/stream.ts";
import { formatInstant } from "../src/core/time.ts";
import type { AnswerRow } from "../src/core/json.ts";
import { dataUrl, exportUrl, type DataQuery } from "./data-query.ts";
import { clockSeconds, count, dateTime, instant, offsetText } from "./format.ts";
import type { Frame } from "./page.ts";
import { SendOne } from "./send-one.tsx";

export interface DataPage {
  /** Newest first. */
  rows: readonly AnswerRow[];
  /** Where older rows go on; null on the last page. */
  next_cursor: string | null;
}

export const ROWS_PER_PAGE = 100;

export interface DataRowsProps {
  frame: Frame;
  stream: Stream;
  query: DataQuery;
  /** Null where the key is not known. */
  page: DataPage | null;
}

interface Column {
  name: string;
  /** null for what every row has beside its fields. */
  field: Field | null;
}

/** Time and key first, then the fields as declared, where it came from, and the identity last: it is long. */
export function columnsOf(stream: Stream): readonly Column[] {
  const { fields, key, event_time, identity } = stream;
  const others = Object.entries(fields).filter(([name]) => name !== key);
  return [
    { name: event_time, field: null },
    { name: key, field: fields[key]! },
    ...others.map(([name, field]) => ({ name, field })),
    { name: "source", field: null },
    { name: identity, field: null },
  ];
}

export const DataRows = ({ frame, stream, query, page }: DataRowsProps) => {
  const { zone } = frame.city;
  const rows = page?.rows ?? [];
  const first = (query.page - 1) * ROWS_PER_PAGE + 1;
  const more = page !== null && page.next_cursor !== null;
  const url = dataUrl(query, { cursor: query.cursor, page: query.page });
  return (
    <div data-url={url} data-fragment={url.replace("/data", "/fragments/data")}>
      <p class="found">
        <span role="status">
          {rows.length === 0
            ? "No rows"
            : query.page === 1 && !more
              ? `${count(rows.length)} ${rows.length === 1 ? "row" : "rows"}, all of the range`
              : `Rows ${count(first)} to ${count(first + rows.length - 1)}, newest first${more ? "; there are more" : ", the last"}`}
          , {dateTime(query.from_ms, zone)} to {dateTime(query.to_ms, zone)}, {zone} UTC
          {offsetText(query.to_ms, zone)}
        </span>
        <span>
          All of this range, times in UTC: <a href={exportUrl(query, "csv")}>CSV</a>{" "}
          <a href={exportUrl(query, "ndjson")}>NDJSON</a> <a href={exportUrl(query, "json")}>JSON</a>{" "}
          <small>JSON in pages</small>
        </span>
      </p>
      {rows.length === 0 ? (
        <Empty frame={frame} stream={stream} query={query} known={page !== null} />
      ) : (
        <Table stream={stream} rows={rows} frame={frame} query={query} />
      )}
      {query.page === 1 && !more ? null : (
        <nav class="pages" aria-label="Pages of rows">
          {query.page > 1 ? <a href={dataUrl(query)}>⇤ newest</a> : <span>⇤ newest</span>}
          <span aria-current="page">{query.page}</span>
          {page !== null && page.next_cursor !== null ? (
            <a
              rel="next"
              href={dataUrl(query, { cursor: page.next_cursor, page: query.page + 1, live: false })}
            >
              older →
            </a>
          ) : (
            <span>older →</span>
          )}
        </nav>
      )}
    </div>
  );
};

interface TableProps {
  frame: Pick<Frame, "city" | "now_ms">;
  stream: Stream;
  query: DataQuery;
  rows: readonly AnswerRow[];
}

/** Decimals that a column's values need on this page: figures stand under each other, and none is rounded. */
function decimalsOf(rows: readonly AnswerRow[], name: string): number {
  const needed = rows.map((row) => {
    const value = row[name];
    return typeof value === "number" ? (String(value).split(".")[1]?.length ?? 0) : 0;
  });
  return Math.min(9, Math.max(0, ...needed));
}

const isNumber = ({ field }: Column): boolean => field?.kind === "number";

const Table = ({ stream, rows, frame, query }: TableProps) => {
  const columns = columnsOf(stream).map((column) => ({
    ...column,
    decimals: isNumber(column) ? decimalsOf(rows, column.name) : 0,
  }));
  const { zone } = frame.city;
  const same_day = dateTime(query.from_ms, zone).slice(0, 10) === dateTime(query.to_ms, zone).slice(0, 10);
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={`Rows of ${stream.label}`}>
      <table class="data">
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={isNumber(column) ? "n" : undefined} title={column.field?.doc}>
                {column.name}
                {unitOf(column)}
                {stream.personal.includes(column.name) ? <small> pseudonym</small> : null}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map((column, i) =>
                i === 0 ? (
                  <th scope="row">
                    <Time text={row[column.name]} zone={zone} same_day={same_day} />
                  </th>
                ) : (
                  <td class={isNumber(column) ? "n" : undefined}>
                    <Cell stream={stream} column={column} row={row} query={query} />
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const unitOf = ({ field }: Column): string =>
  field?.unit === undefined || field.unit === "1" ? "" : `, ${field.unit}`;

const Time = ({ text, zone, same_day }: { text: unknown; zone: string; same_day: boolean }) => {
  const ms = instant(text);
  if (ms === null) return <>–</>;
  const day = same_day ? "" : `${dateTime(ms, zone).slice(0, 10)} `;
  return <time datetime={formatInstant(ms)}>{`${day}${clockSeconds(ms, zone)}`}</time>;
};

interface CellProps {
  stream: Stream;
  column: Column & { decimals: number };
  row: AnswerRow;
  query: DataQuery;
}

const Cell = ({ stream, column: { name, decimals }, row, query }: CellProps) => {
  const value = row[name];
  if (value === null || value === undefined) return <span class="none">–</span>;
  if (name === stream.key && query.key === "")
    return <a href={dataUrl(query, { key: String(value), live: false })}>{String(value)}</a>;
  if (name === stream.identity || stream.personal.includes(name)) return <code>{String(value)}</code>;
  if (typeof value === "number") return <>{value.toFixed(decimals)}</>;
  if (typeof value === "boolean") return <>{value ? "yes" : "no"}</>;
  return <>{String(value)}</>;
};

interface EmptyProps {
  frame: Pick<Frame, "city" | "now_ms">;
  stream: Stream;
  query: DataQuery;
  known: boolean;
}

/** Why there is nothing, and what to do: a wider range, all keys, or an event of one's own. */
const Empty = ({ frame, stream, query, known }: EmptyProps) => (
  <>
    <p class="empty">
      {known || query.key === ""
        ? `Nothing of ${stream.label}${query.key === "" ? "" : ` for ${query.key}`} is stored between these times.`
        : `No event ever named the ${stream.key} ${query.key}.`}{" "}
      {query.last === "7d" ? null : (
        <a href={dataUrl(query, { last: query.last === "24h" ? "7d" : "24h" })}>
          Look at the last {query.last === "24h" ? "7 days" : "24 hours"}
        </a>
      )}{" "}
      {query.key === "" ? null : <a href={dataUrl(query, { key: "" })}>Show all keys</a>}
    </p>
    <SendOne stream={stream} now_ms={frame.now_ms} />
  </>
);

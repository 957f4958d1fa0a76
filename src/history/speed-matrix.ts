/** Mean speeds of many roads over weeks, from the windows that are kept: what models learn from. */
import { limits } from "../core/limits.ts";
import { STEP_MS, type SpeedMatrix } from "../core/speed-matrix.ts";
import type { Stream } from "../core/stream.ts";
import { days, minutes } from "../core/time.ts";
import { openSql } from "../postgres.ts";
import { textArray } from "./array-text.ts";
import { Reader } from "./reader.ts";
import { floorSql, msSql, plain, timeText } from "./sql-text.ts";

export interface SpeedMatrixQuery {
  /** Multiples of `STEP_MS`. */
  from_ms: number;
  to_ms: number;
  /** Columns, in this order; at most `limits.model_roads_max`. */
  keys: readonly string[];
  /** Of the city: a key that is left out of analytics on some of its days is NaN then. */
  zone: string;
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** After each piece: share that is read, 0 to 1. */
  onProgress?: (done: number) => void;
}

export interface SpeedHistory {
  /**
   * Means of steps that are windows. Read a day at a time (of many roads some hours), so that beside the matrix itself (four bytes a cell) some MB are held.
   *
   * @throws {HistoryUnavailableError}; {RangeError} for a stream whose windows are no steps, or too many roads or days; the
   *   signal's reason.
   */
  matrix(stream: Stream, query: SpeedMatrixQuery, options?: ReadOptions): Promise<SpeedMatrix>;
  /** Start of the oldest window in a span; null where there is none. */
  oldest(stream: Stream, from_ms: number, to_ms: number): Promise<number | null>;
  close(): Promise<void>;
}

/** Cells of one answer: they are put in their places at once, in some ms. */
const PIECE_CELLS = 400_000;
/** A day of the demo city; less of a larger one. */
const pieceMs = (keys: number): number =>
  STEP_MS * Math.max(1, Math.min(days(1) / STEP_MS, Math.floor(PIECE_CELLS / keys)));
const ASKED_MS_MAX = minutes(2);

export function openPostgresSpeeds({ url }: { url: string }): SpeedHistory {
  const reader = new Reader(() =>
    openSql(url, { max: 1, application_name: "arterial-speeds", statement_timeout_ms: ASKED_MS_MAX }),
  );
  return {
    matrix: (stream, query, options) => readSpeedMatrix(reader, stream, query, options),
    async oldest(stream, from_ms, to_ms) {
      const table = plain(windowOf(stream).table);
      const [row] = await reader.use(
        `look for the oldest window of ${stream.name}`,
        (sql) =>
          sql.unsafe<{ oldest_ms: number | null }[]>(
            `select ${msSql("min(w.window_start)")} as oldest_ms from ${table} w
             where w.window_start >= $1::timestamptz and w.window_start < $2::timestamptz and w.window_start >= ${floorSql(stream)}`,
            [timeText(from_ms), timeText(to_ms)],
          ),
        ASKED_MS_MAX,
      );
      return row?.oldest_ms ?? null;
    },
    close: () => reader.close(),
  };
}

/** Bytes of a cell: its place in the piece, its speed. */
const CELL_BYTES = 4 + 4;

async function readSpeedMatrix(
  reader: Reader,
  stream: Stream,
  { from_ms, to_ms, keys, zone }: SpeedMatrixQuery,
  { signal, onProgress }: ReadOptions = {},
): Promise<SpeedMatrix> {
  const window = windowOf(stream);
  if (from_ms % STEP_MS !== 0 || to_ms % STEP_MS !== 0 || from_ms >= to_ms)
    throw new RangeError(
      `Cannot read steps from ${from_ms} to ${to_ms}: they begin at multiples of ${STEP_MS} ms`,
    );
  if (keys.length > limits.model_roads_max || to_ms - from_ms > days(limits.model_days_max))
    throw new RangeError(
      `Cannot read ${keys.length} roads of ${(to_ms - from_ms) / days(1)} days; at most ${limits.model_roads_max} of ${limits.model_days_max} are read`,
    );
  const steps = (to_ms - from_ms) / STEP_MS;
  const speeds = new Float32Array(steps * keys.length);
  const scale = 10 ** (stream.fields["current_speed"]!.decimals ?? 0);
  // One value comes back for a piece; keys are grouped so that the planner joins by hash (`speed-grid.ts`).
  const text = `select string_agg(int4send((date_part('epoch', w.window_start - $1::timestamptz) / ${STEP_MS / 1_000})::int
        * ${keys.length} + k.place) || float4send((w.current_speed_sum::float8 / w.n / ${scale})::float4), ''::bytea) as cells
    from ${plain(window.table)} w
    join (select key collate "C" as key, (min(place) - 1)::int as place from unnest($3::text[]) with ordinality as a (key, place)
      group by 1) k on k.key = w.${plain(stream.key)}
    where w.window_start >= $1::timestamptz and w.window_start < $2::timestamptz and w.window_start >= ${floorSql(stream)}
      and w.n > 0 and w.current_speed_sum is not null
      and not exists (select 1 from quality_exclusions e where e.stream = $4 and e.key = w.${plain(stream.key)}
        and e.from_day <= (w.window_start at time zone $5)::date
        and (e.to_day is null or e.to_day >= (w.window_start at time zone $5)::date))`;
  const piece_ms = pieceMs(keys.length);
  for (let at_ms = from_ms; at_ms < to_ms && keys.length > 0; at_ms += piece_ms) {
    signal?.throwIfAborted();
    const end_ms = Math.min(to_ms, at_ms + piece_ms);
    const first = ((at_ms - from_ms) / STEP_MS) * keys.length;
    // A piece at a time too: of months it would hold up all else.
    speeds.fill(Number.NaN, first, first + ((end_ms - at_ms) / STEP_MS) * keys.length);
    const [row] = await reader.use(
      `read speeds of ${stream.name}`,
      (sql) =>
        sql.unsafe<{ cells: Uint8Array | null }[]>(text, [
          timeText(at_ms),
          timeText(end_ms),
          textArray(keys),
          stream.name,
          zone,
        ]),
      ASKED_MS_MAX,
    );
    put(row?.cells ?? null, speeds, first);
    onProgress?.((end_ms - from_ms) / (to_ms - from_ms));
  }
  signal?.throwIfAborted();
  return { keys, from_ms, steps, speeds };
}

function put(cells: Uint8Array | null, speeds: Float32Array, from: number): void {
  if (cells === null) return;
  const view = new DataView(cells.buffer, cells.byteOffset, cells.byteLength);
  for (let at = 0; at < cells.byteLength; at += CELL_BYTES)
    speeds[from + view.getInt32(at)] = view.getFloat32(at + 4);
}

function windowOf({ name, windows }: Stream): NonNullable<Stream["windows"]> {
  const columns = windows?.aggregates.flatMap((one) => one.columns.map(({ column }) => column)) ?? [];
  if (windows === null || windows.size_ms !== STEP_MS || !columns.includes("current_speed_sum"))
    throw new RangeError(`Cannot read speeds of ${name}: its windows keep none, or are no steps`);
  return windows;
}

/** Raw events of a range, in pages by (event time, key, event id). */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { minutes } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import type { RangeQuery, RawRow, RowPlace } from "../history/history-store.ts";
import type { Answer, HistoryQuery, RawAnswerRow } from "./answer.ts";
import type { Context } from "./context.ts";
import { isKnown } from "./is-known.ts";
import { padded } from "./log-cursor.ts";
import { metaOf, share } from "./meta.ts";
import { pageToken, readPageToken } from "./page-token.ts";
import { keyNotFound } from "./problem.ts";

const listName = (stream: Stream, { descending }: HistoryQuery): string =>
  `raw ${stream.name}${descending === true ? " newest first" : ""}`;

/** @throws {ProblemError} not-found for a key never seen; invalid-parameter for a cursor that is none of ours. */
export async function rawRows(
  context: Context,
  stream: Stream,
  key: string | null,
  query: HistoryQuery,
): Promise<Answer<readonly RawAnswerRow[]>> {
  const { history, cursors, clock } = context;
  const limit = Math.min(query.limit, limits.range_rows_max);
  const after = query.cursor === undefined ? null : placeOf(listName(stream, query), query.cursor);
  const back = query.descending === true;
  const range: RangeQuery = {
    from_ms: query.from_ms,
    to_ms: query.to_ms,
    limit,
    ...(key === null ? {} : { key }),
    ...(back ? { descending: true } : {}),
  };
  // The position before the data.
  const position = padded(stream, (await history.applied([stream]))[stream.name] ?? []);
  const rows = await history.raw(stream, after === null ? range : { ...range, after });
  const last = rows.at(-1);
  if (last === undefined && key !== null && !(await isKnown(context, stream, key)))
    throw keyNotFound(stream, key);
  const place =
    last === undefined ? null : { time_ms: last.event_time_ms, key: last.key, event_id: last.event_id };
  const more =
    place !== null &&
    rows.length === limit &&
    (await history.raw(stream, { ...range, limit: 1, after: place })).length > 0;
  const seen_ms = after?.time_ms ?? null;
  const covered = back
    ? { from_ms: more ? place.time_ms : query.from_ms, to_ms: seen_ms === null ? query.to_ms : seen_ms + 1 }
    : { from_ms: seen_ms ?? query.from_ms, to_ms: more ? place.time_ms + 1 : query.to_ms };
  covered.to_ms = Math.min(covered.to_ms, clock.now() - stream.expected_period_ms);
  const meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: position }),
    layer: "batch",
    now_ms: clock.now(),
    as_of_ms: (back ? rows[0] : last)?.event_time_ms ?? null,
    // Of a key that comes and goes, nothing is missing.
    coverage: stream.open_keys
      ? 1
      : coverage(stream, rows, key === null ? context.known.now(stream).size : 1, covered),
    next_cursor: more
      ? pageToken(listName(stream, query), [place.time_ms, place.key, place.event_id])
      : undefined,
  });
  return { data: rows.map(({ row, source }) => ({ ...row, source })), meta };
}

function placeOf(list: string, token: string): RowPlace {
  const [time_ms, key, event_id] = readPageToken(list, token, ["number", "string", "string"]);
  return { time_ms: time_ms as number, key: key as string, event_id: event_id as string };
}

/** Share of the windows that an event of the key lies in; a page is judged by the range that it covers. */
function coverage(
  stream: Stream,
  rows: readonly RawRow[],
  keys: number,
  range: { from_ms: number; to_ms: number },
): number {
  const size_ms = stream.windows?.size_ms ?? minutes(5);
  if (range.to_ms <= range.from_ms) return rows.length > 0 ? 1 : share(0, 0);
  const slots = (windowStart(range.to_ms - 1, size_ms) - windowStart(range.from_ms, size_ms)) / size_ms + 1;
  const present = new Set(rows.map((row) => `${windowStart(row.event_time_ms, size_ms)} ${row.key}`));
  return share(present.size, slots * keys);
}

/**
 * A whole range of raw rows, read page by page as it is taken: memory holds one page, whatever the range. No transaction
 * is held open: pages go on by place, so rows that come in meanwhile shift nothing, and all that `cursor` holds is in it.
 */
import { ProblemError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { RangeQuery, RawRow } from "../history/history-store.ts";
import type { Export, ExportQuery, RawAnswerRow } from "./answer.ts";
import type { Context } from "./context.ts";
import { isKnown } from "./is-known.ts";
import { padded } from "./log-cursor.ts";
import { keyNotFound } from "./problem.ts";

/**
 * Reads the first page at once, so that what is wrong is told before anything is sent; the others one by one as they are
 * asked for. Whoever stops asking ends it.
 *
 * @throws {ProblemError} not-found for a key never seen. While pages are read: unavailable after `limits.export_ms_max`.
 * @throws {HistoryUnavailableError} also while pages are read.
 */
export async function exported(context: Context, stream: Stream, query: ExportQuery): Promise<Export> {
  const { history, cursors, clock } = context;
  const { key, from_ms, to_ms } = query;
  const range: RangeQuery = { ...query, limit: limits.export_page_rows };
  const begun_ms = clock.monotonic();
  // The position before the data.
  const position = padded(stream, (await history.applied([stream]))[stream.name] ?? []);
  const first = await history.raw(stream, range);
  if (first.length === 0 && key !== undefined && !(await isKnown(context, stream, key)))
    throw keyNotFound(stream, key);
  const cursor = await cursors.format({ [stream.name]: position });

  async function* pages(): AsyncGenerator<readonly RawAnswerRow[], void> {
    for (let page = first; ;) {
      if (page.length > 0) yield page.map(({ row, source }) => ({ ...row, source }));
      const last = page.at(-1);
      if (last === undefined || page.length < range.limit) return;
      if (clock.monotonic() - begun_ms > limits.export_ms_max) throw tookTooLong(stream);
      page = await history.raw(stream, { ...range, after: placeOf(last) });
    }
  }
  return { cursor, from_ms, to_ms, pages: pages() };
}

const placeOf = ({ event_time_ms, key, event_id }: RawRow) => ({ time_ms: event_time_ms, key, event_id });

const tookTooLong = (stream: Stream): ProblemError =>
  new ProblemError({
    name: "unavailable",
    detail: `Cannot export ${stream.name} in one piece: it takes longer than ${limits.export_ms_max / 60_000} min; ask for shorter ranges`,
  });

/** Windows as they are answered: presented in their units, with how many of those expected are there. */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import { presentWindow } from "../core/window.ts";
import type { PartitionLedger } from "../history/history-store.ts";
import type { Answer, HistoryQuery, WindowRow } from "./answer.ts";
import type { Context } from "./context.ts";
import { isKnown } from "./is-known.ts";
import { padded } from "./log-cursor.ts";
import { metaOf, share } from "./meta.ts";
import { pageToken, readPageToken } from "./page-token.ts";
import { keyNotFound } from "./problem.ts";
import { stepsOf, type Steps } from "./steps.ts";
import { stepBounds, stepPage, type StepPage, type StepQuery, type StepRow } from "./window-pages.ts";

const listName = (stream: Stream): string => `windows ${stream.name}`;

/**
 * Windows of one key or all, those that start in the range, whole.
 *
 * @throws {ProblemError} not-found for a key never seen; invalid-parameter for a step or cursor that cannot be.
 */
export async function windowRows(
  context: Context,
  stream: Stream,
  key: string | null,
  query: HistoryQuery,
): Promise<Answer<readonly WindowRow[]>> {
  const { history, city, clock, cursors } = context;
  const steps = stepsOf(stream, query.step, city.zone);
  const [start_ms, after_key] =
    query.cursor === undefined ? [] : readPageToken(listName(stream), query.cursor, ["number", "string"]);
  const asked: StepQuery = {
    from_ms: query.from_ms,
    to_ms: query.to_ms,
    key,
    limit: Math.min(query.limit, limits.range_rows_max),
    after: start_ms === undefined ? null : { start_ms: start_ms as number, key: after_key as string },
  };
  // The position before the data.
  const ledger = await history.ledger(stream);
  const page = await stepPage(history, stream, steps, asked);
  if (page.rows.length === 0 && key !== null && !(await isKnown(context, stream, key)))
    throw keyNotFound(stream, key);
  const last = page.rows.at(-1);
  const keys = key === null ? context.known.now(stream).size : 1;
  const meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: positionOf(stream, ledger) }),
    layer: "batch",
    now_ms: clock.now(),
    as_of_ms: last === undefined ? null : newestWithin(ledger, steps.end(last.window_start_ms)),
    // Of a key that comes and goes, no window is missing.
    coverage: stream.open_keys
      ? 1
      : coverage(steps, asked, page, keys, clock.now() - stream.expected_period_ms),
    next_cursor:
      page.more && last !== undefined
        ? pageToken(listName(stream), [last.window_start_ms, last.key])
        : undefined,
  });
  return { data: page.rows.map((row) => windowRow(stream, steps, row)), meta };
}

export function windowRow(
  stream: Stream,
  steps: Steps,
  row: Pick<StepRow, "key" | "window_start_ms" | "kept">,
): WindowRow {
  return {
    window_start: formatInstant(row.window_start_ms),
    window_end: formatInstant(steps.end(row.window_start_ms)),
    [stream.key]: row.key,
    ...presentWindow(steps.windows, row.kept),
  };
}

export function positionOf(stream: Stream, ledger: readonly PartitionLedger[]): readonly number[] {
  const offsets: number[] = [];
  for (const { partition, next_offset } of ledger) {
    while (offsets.length < partition) offsets.push(0);
    offsets[partition] = next_offset;
  }
  return padded(stream, offsets);
}

/** Newest event time that windows ending at `end_ms` may hold. */
function newestWithin(ledger: readonly PartitionLedger[], end_ms: number): number {
  const watermark_ms = Math.max(-Infinity, ...ledger.map((part) => part.watermark_ms ?? -Infinity));
  return Math.min(end_ms - 1, Number.isFinite(watermark_ms) ? watermark_ms : end_ms - 1);
}

/** Kept windows that are there, of those that could be: nothing is expected of what lies after `now_ms`. */
function coverage(steps: Steps, query: StepQuery, page: StepPage, keys: number, now_ms: number): number {
  const size_ms = steps.windows.size_ms;
  const { from_ms, to_ms } = stepBounds(steps, query);
  const slots = (from: number, to: number): number =>
    Math.max(0, Math.ceil((Math.min(to, now_ms) - from) / size_ms));
  const merged = page.rows.reduce((sum, row) => sum + row.merged, 0);
  const last = page.rows.at(-1);
  if (query.key !== null)
    return share(
      merged,
      slots(from_ms, page.more && last !== undefined ? steps.end(last.window_start_ms) : to_ms),
    );
  // Of a step that the page cuts, only the keys that it shows are expected of it.
  const shown = (start_ms: number): number =>
    page.rows.filter((row) => row.window_start_ms === start_ms).length;
  let expected = keys * slots(from_ms, to_ms);
  if (page.more && last !== undefined) {
    const { window_start_ms } = last;
    expected =
      keys * slots(from_ms, window_start_ms) +
      shown(window_start_ms) * slots(window_start_ms, steps.end(window_start_ms));
  }
  if (query.after !== null && query.after.start_ms !== last?.window_start_ms) {
    const { start_ms } = query.after;
    expected -= (keys - shown(start_ms)) * slots(start_ms, steps.end(start_ms));
  }
  return share(merged, expected);
}

/**
 * Sales by category and minute, in paper 003's words: `category_sales(window_start, window_end, category, total_sales,
 * transaction_count)`. Money is kept as whole hundredths and divided once, so that no sum drifts.
 */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import type { KeptWindow } from "../core/window.ts";
import type { RowPlace } from "../history/history-store.ts";
import type { Answer } from "./answer.ts";
import type { CategorySales, SalesRange } from "./sales-answer.ts";
import type { Context } from "./context.ts";
import { metaOf } from "./meta.ts";
import { positionOf } from "./window-rows.ts";

/** Windows that one answer can have, all categories in each. */
export const salesWindowsMax = (stream: Stream): number =>
  Math.floor(limits.range_rows_max / categoriesOf(stream).length);

export const categoriesOf = (stream: Stream): readonly string[] => stream.fields[stream.key]!.values!;

/** @param range At most `salesWindowsMax` windows. */
export async function categorySales(
  { history, cursors, clock }: Context,
  stream: Stream,
  { from_ms, to_ms }: SalesRange,
): Promise<Answer<readonly CategorySales[]>> {
  const size_ms = stream.windows!.size_ms;
  const decimals = stream.fields["amount"]!.decimals!;
  // The position before the data.
  const ledger = await history.ledger(stream);
  const kept = new Map<string, KeptWindow>();
  const limit = limits.range_rows_max;
  for (let after: RowPlace | undefined; ;) {
    const page = await history.windows(stream, {
      from_ms,
      to_ms,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    for (const window of page) kept.set(`${window.window_start_ms} ${window.key}`, window);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) break;
    after = { time_ms: last.window_start_ms, key: last.key, event_id: "" };
  }
  const data: CategorySales[] = [];
  for (let start_ms = windowStart(from_ms, size_ms); start_ms < to_ms; start_ms += size_ms) {
    for (const category of categoriesOf(stream)) {
      const sums = kept.get(`${start_ms} ${category}`)?.kept;
      data.push({
        window_start: formatInstant(start_ms),
        window_end: formatInstant(start_ms + size_ms),
        category,
        total_sales: Number(sums?.["amount_sum"] ?? 0) / 10 ** decimals,
        transaction_count: Number(sums?.["n"] ?? 0),
        cancellation_count: Number(sums?.["cancellation_n"] ?? 0),
      });
    }
  }
  const newest_ms = [...kept.values()].reduce<number | null>(
    (most, { window_start_ms }) => Math.max(most ?? -Infinity, window_start_ms),
    null,
  );
  const watermark_ms = Math.max(-Infinity, ...ledger.map((part) => part.watermark_ms ?? -Infinity));
  const meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: positionOf(stream, ledger) }),
    layer: "batch",
    now_ms: clock.now(),
    as_of_ms: newest_ms === null ? null : Math.min(newest_ms + size_ms - 1, watermark_ms),
    // Nothing sold is an answer, too: a minute without a sale is not missing.
    coverage: 1,
  });
  return { data, meta };
}

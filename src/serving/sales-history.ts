/** Sales by category and hour or day of the city's zone, from roll-ups merged with windows at the frontier: exact to the hundredth. */
import { slotEnd, slotFrom, type RollupStep } from "../core/rollup.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import type { Answer } from "./answer.ts";
import { categoriesOf } from "./category-sales.ts";
import type { Context } from "./context.ts";
import { metaOf, share } from "./meta.ts";
import { notFound } from "./problem.ts";
import type { CategorySales, SalesRange } from "./sales-answer.ts";
import { positionOf } from "./window-rows.ts";

/**
 * Every category in every step that begins in the range. `coverage` is the share of the steps that have begun in which anything at all
 * was sold: an hour without any sale of a whole city is rather missing than quiet.
 *
 * @throws {ProblemError} not-found where there are no roll-ups of this step.
 */
export async function salesHistory(
  { history, batch, cursors, city: { zone }, clock }: Context,
  stream: Stream,
  { from_ms, to_ms, step }: SalesRange & { step: RollupStep },
): Promise<Answer<readonly CategorySales[]>> {
  const rollup = stream.rollups.find((one) => one.step === step && one.by === "key");
  if (batch === undefined || rollup === undefined)
    throw notFound(`There is no batch view of ${stream.label} by ${step} here`);
  const categories = categoriesOf(stream);
  const decimals = stream.fields["amount"]!.decimals!;
  // The position before the data.
  const ledger = await history.ledger(stream);
  const read = await batch.grouped(stream, rollup, { from_ms, to_ms, group: ["start", "key"] });
  const kept = new Map(read.groups.map((group) => [`${group.start_ms} ${group.key}`, group.kept]));
  const sold = new Set(read.groups.map(({ start_ms }) => start_ms));
  const now_ms = clock.now();
  const data: CategorySales[] = [];
  let [newest_ms, seen, begun] = [-Infinity, 0, 0];
  for (let start_ms = slotFrom(from_ms, step, zone); start_ms < to_ms;) {
    const end_ms = slotEnd(start_ms, step, zone);
    for (const category of categories) {
      const sums = kept.get(`${start_ms} ${category}`);
      data.push({
        window_start: formatInstant(start_ms),
        window_end: formatInstant(end_ms),
        category,
        total_sales: Number(sums?.["amount_sum"] ?? 0) / 10 ** decimals,
        transaction_count: Number(sums?.["n"] ?? 0),
        cancellation_count: Number(sums?.["cancellation_n"] ?? 0),
      });
    }
    if (start_ms <= now_ms) begun++;
    if (sold.has(start_ms)) [newest_ms, seen] = [end_ms - 1, seen + 1];
    start_ms = end_ms;
  }
  const watermark_ms = Math.max(-Infinity, ...ledger.map((part) => part.watermark_ms ?? -Infinity));
  const meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: positionOf(stream, ledger) }),
    layer: read.merged ? "merged" : "batch",
    now_ms,
    as_of_ms: seen === 0 ? null : Math.min(newest_ms, watermark_ms),
    coverage: share(seen, begun),
  });
  const { frontier_ms } = read;
  return { data, meta: frontier_ms === null ? meta : { ...meta, frontier: formatInstant(frontier_ms) } };
}

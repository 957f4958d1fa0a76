/** `/api/sales/categories`: sales by category and minute, as paper 003 aggregates them. */
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { formatInstant } from "../src/core/time.ts";
import { windowStart } from "../src/core/window.ts";
import { salesWindowsMax } from "../src/serving/category-sales.ts";
import type { SalesRange } from "../src/serving/sales-answer.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { rangeFormats } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format, from, queryOf, to, wholeParameter } from "./parameters.ts";
import { present } from "./present.ts";
import { invalidParameter } from "./problem.ts";
import { rangeOf } from "./range.ts";
import { problems } from "./schema/problem.ts";
import { columnsOfSchema } from "./schema/rows.ts";
import { categorySalesSchema } from "./schema/sales.ts";

interface Asked {
  windows?: number | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/**
 * Windows that an answer has: the newest `windows`, the one that is not over yet among them, or those that start in a range.
 *
 * @throws {ProblemError} invalid-parameter for both at once, and for a range of more windows than one answer has.
 */
function windowsOf(transactions: Stream, { windows, ...asked }: Asked, now_ms: number): SalesRange {
  const { size_ms } = transactions.windows!;
  const end_ms = windowStart(now_ms, size_ms) + size_ms;
  if (asked.from === undefined && asked.to === undefined)
    return { from_ms: end_ms - (windows ?? 1) * size_ms, to_ms: end_ms };
  if (windows !== undefined)
    throw invalidParameter("windows", String(windows), "must be left out where from or to is given");
  const most = salesWindowsMax(transactions);
  const to_ms = asked.to ?? end_ms;
  const range = rangeOf(
    transactions,
    { from: asked.from ?? to_ms - Math.min(most, limits.sales_windows_max) * size_ms, to: to_ms },
    true,
    now_ms,
  );
  // Windows that start in the range, as everywhere.
  const from_ms = windowStart(range.from_ms - 1, size_ms) + size_ms;
  if ((range.to_ms - from_ms) / size_ms > most) {
    const rule = `must not be more than ${most} windows of ${size_ms / 60_000} min before to, which is ${formatInstant(range.to_ms)}`;
    throw invalidParameter("from", formatInstant(range.from_ms), rule);
  }
  return { from_ms, to_ms: range.to_ms };
}

export function salesRoutes({ serving, clock }: ReadDeps, transactions: Stream) {
  const row = categorySalesSchema(transactions);
  const columns = columnsOfSchema(row);
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/sales/categories",
      operationId: "salesCategories",
      summary: "Sales by category and minute",
      description:
        "The newest windows, the current one last, or those that start from from to before to. Every category is in every window, with 0 where nothing was sold. Exact: kept in hundredths, by the batch layer.",
      tags: [transactions.label],
      "x-scope": "read",
      request: {
        query: queryOf({
          windows: wholeParameter(
            1,
            limits.sales_windows_max,
            "1",
            "How many of the newest windows; 1, the current one, without it.",
          ).optional(),
          from,
          to,
          format: format(rangeFormats),
        }),
      },
      responses: {
        ...tableAnswer({ description: "Windows, oldest first.", row, formats: rangeFormats }),
        ...problems(400, 503),
      },
    }),
    async (c) => {
      const { format: asked, ...query } = c.req.valid("query");
      const answer = await serving.categorySales(transactions, windowsOf(transactions, query, clock.now()));
      return present(c, answer, negotiate(c.req.header("accept"), asked, rangeFormats), {
        name: "category-sales",
        columns,
      });
    },
  );
}

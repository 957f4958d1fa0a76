/** `/api/sales/categories`: sales by category and minute, hour or day, as paper 003 aggregates them. */
import { slotFrom, slotStart, type RollupStep } from "../src/core/rollup.ts";
import { limits } from "../src/core/limits.ts";
import type { Stream } from "../src/core/stream.ts";
import { days, formatInstant, hours } from "../src/core/time.ts";
import { windowStart } from "../src/core/window.ts";
import { salesWindowsMax } from "../src/serving/category-sales.ts";
import type { SalesRange } from "../src/serving/sales-answer.ts";
import { tableAnswer } from "./answers.ts";
import type { ReadDeps } from "./deps.ts";
import { negotiate } from "./format.ts";
import { rangeFormats } from "./key-history.ts";
import { newRoutes, route } from "./new-routes.ts";
import { format, from, parameter, queryOf, Rule, to, wholeParameter } from "./parameters.ts";
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
  step?: RollupStep | undefined;
}

/** Windows of the stream, or hours or days of the city's zone. */
interface Grid {
  size_ms: number;
  words: string;
  /** Start of the one that holds an instant. */
  start: (ms: number) => number;
  /** First start at an instant or later. */
  from: (ms: number) => number;
}

function gridOf(transactions: Stream, step: RollupStep | undefined, zone: string): Grid {
  const { size_ms } = transactions.windows!;
  if (step === undefined)
    return {
      size_ms,
      words: `windows of ${size_ms / 60_000} min`,
      start: (ms) => windowStart(ms, size_ms),
      from: (ms) => windowStart(ms - 1, size_ms) + size_ms,
    };
  return {
    size_ms: step === "1h" ? hours(1) : days(1),
    words: step === "1h" ? "hours" : "days",
    start: (ms) => slotStart(ms, step, zone),
    from: (ms) => slotFrom(ms, step, zone),
  };
}

/**
 * Windows that an answer has: the newest `windows`, the one that is not over yet among them, or those that start in a range.
 *
 * @throws {ProblemError} invalid-parameter for both at once, and for a range of more windows than one answer has.
 */
function windowsOf(
  transactions: Stream,
  { windows, step, ...asked }: Asked,
  now_ms: number,
  zone: string,
): SalesRange {
  const grid = gridOf(transactions, step, zone);
  const { size_ms } = grid;
  const stepped = step === undefined ? {} : { step };
  const end_ms = grid.from(now_ms + 1);
  // From the middle of a day, so that days of 23 and of 25 hours count as one.
  const back = (n: number, to_ms: number): number => grid.start(to_ms - n * size_ms + size_ms / 2);
  if (asked.from === undefined && asked.to === undefined)
    return { from_ms: back(windows ?? 1, end_ms), to_ms: end_ms, ...stepped };
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
  const from_ms = grid.from(range.from_ms);
  if ((range.to_ms - from_ms) / size_ms > most) {
    const rule = `must not be more than ${most} ${grid.words} before to, which is ${formatInstant(range.to_ms)}`;
    throw invalidParameter("from", formatInstant(range.from_ms), rule);
  }
  return { from_ms, to_ms: range.to_ms, ...stepped };
}

const rollupSteps: readonly RollupStep[] = ["1h", "1d"];
const rollupStep = parameter(
  {
    enum: [...rollupSteps],
    description:
      "Hours or days of the city's zone, from batch views merged with windows; the stream's own windows without it.",
  },
  (text): RollupStep => {
    const found = rollupSteps.find((one) => one === text);
    if (found === undefined) throw new Rule(`must be one of ${rollupSteps.join(", ")}`);
    return found;
  },
).optional();

export function salesRoutes({ serving, city, clock }: ReadDeps, transactions: Stream) {
  const row = categorySalesSchema(transactions);
  const columns = columnsOfSchema(row);
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/sales/categories",
      operationId: "salesCategories",
      summary: "Sales by category and minute, hour or day",
      description:
        "The newest windows, the current one last, or those that start from from to before to. Every category is in every window, with 0 where nothing was sold. Exact: kept in hundredths, by the batch layer. With step, coverage is the share of hours or days in which anything was sold.",
      tags: [transactions.label],
      "x-scope": "read",
      request: {
        query: queryOf({
          windows: wholeParameter(
            1,
            limits.sales_windows_max,
            "1",
            "How many of the newest windows, hours or days; 1, the current one, without it.",
          ).optional(),
          from,
          to,
          step: rollupStep,
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
      const range = windowsOf(transactions, query, clock.now(), city.zone);
      const answer = await serving.categorySales(transactions, range);
      return present(c, answer, negotiate(c.req.header("accept"), asked, rangeFormats), {
        name: "category-sales",
        columns,
      });
    },
  );
}

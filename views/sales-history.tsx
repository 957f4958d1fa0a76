/** The history of sales: all of them over time, each category in a small picture, and the figures as a table. */
import type { City } from "../src/core/city.ts";
import { localTime, formatInstant } from "../src/core/time.ts";
import type { CategorySales } from "../src/serving/sales-answer.ts";
import { BandLine } from "./charts/band-line.tsx";
import { Hatch } from "./charts/hatch.tsx";
import { SmallMultiples } from "./charts/small-multiples.tsx";
import { MONTH_WORDS, timeTicks } from "./charts/time-ticks.ts";
import { clockTime, count, dateTime, offsetText } from "./format.ts";
import { money } from "./money.ts";
import { salesSpans, salesSpanWords, type SalesShown, type SalesSpan } from "./sales-span.ts";

export interface SalesHistoryProps {
  city: Pick<City, "zone">;
  shown: SalesShown;
  /** In the order of the answer's rows. */
  categories: readonly string[];
  /** Every category in every step, oldest first; null where history cannot be read. */
  rows: readonly CategorySales[] | null;
}

/** Rows of the table; the CSV has all. */
const TABLE_ROWS = 168;

interface Slot {
  start_ms: number;
  /** Hundredths, by category. */
  cents: readonly number[];
  total: number;
  n: number;
  cancellation_n: number;
}

export const SalesHistory = ({ city: { zone }, shown, categories, rows }: SalesHistoryProps) => {
  const { span, from_ms, to_ms, step } = shown;
  const slots = slotsOf(rows ?? [], categories.length);
  const seen = slots.filter(({ n }) => n > 0);
  const [unit, units] = step === "1h" ? ["hour", "hours"] : ["day", "days"];
  const csv = `/api/sales/categories?step=${step}&from=${formatInstant(from_ms)}&to=${formatInstant(to_ms)}&format=csv`;
  const sum = (of: (slot: Slot) => number): number => seen.reduce((all, slot) => all + of(slot), 0);
  const what = `sum per ${unit}`;
  return (
    <>
      <h2>
        Last {salesSpanWords[span]} <small>{what}, cancellations taken off</small>
      </h2>
      <Spans asked={span} />
      {seen.length === 0 ? (
        <p class="empty plot-empty">
          {rows === null
            ? `History cannot be read now: the last ${salesSpanWords[span]} are shown again when it is back.`
            : `No whole ${unit} of the last ${salesSpanWords[span]} has a sale.${step === "1d" ? " Today is not over, and is shown by the hour in 7 days." : ""}`}
        </p>
      ) : (
        <>
          <Hatch />
          <p class="found">
            <span>
              {money(sum(({ total }) => total))} in n = {count(sum(({ n }) => n))} transactions; sales in{" "}
              {count(seen.length)} of {count(slots.length)} {units}
              {seen.length === slots.length ? "" : "; hatched: none was recorded"}.
            </span>
            <span>
              {zone}, UTC{offsetText(to_ms, zone)} ·{" "}
              <a href={csv}>
                {count(slots.length)} {units} as CSV
              </a>
            </span>
          </p>
          <BandLine
            label={`All sales, ${what}, of the last ${salesSpanWords[span]}; the table below has the figures`}
            unit={`${what}, all categories`}
            samples={slots.map(({ start_ms, total, n }) => ({
              at: start_ms,
              mean: n === 0 ? null : total / 100,
              low: null,
              high: null,
              other: null,
            }))}
            step={step === "1h" ? 3_600_000 : 86_400_000}
            from={from_ms}
            to={to_ms}
            ticks={timeTicks(from_ms, to_ms, zone)}
          />
          <SmallMultiples
            series={categories.map((name, i) => ({
              name,
              text: money(sum(({ cents }) => cents[i]!)),
              values: slots.map(({ cents, n }) => (n === 0 ? null : cents[i]! / 100)),
            }))}
            open={false}
            from={dayWords(from_ms, zone)}
            to={dayWords(to_ms - 1, zone)}
            format={(value) => count(value)}
            what={what}
          />
          <p class="note">
            Beside each name, its sum of all these {units}. Up to{" "}
            {step === "1h" ? clockTime(to_ms, zone) : "midnight"}: the {unit} that is not over is not among
            them.
          </p>
          <HistoryTable slots={seen} categories={categories} zone={zone} step={step} />
        </>
      )}
    </>
  );
};

const Spans = ({ asked }: { asked: SalesSpan }) => (
  <p class="spans" role="group" aria-label="How far back">
    {salesSpans.map((one) => (
      <a href={`/sales?span=${one}#sales-history`} aria-current={one === asked ? "true" : undefined}>
        {salesSpanWords[one]}
      </a>
    ))}
  </p>
);

interface TableProps {
  slots: readonly Slot[];
  categories: readonly string[];
  zone: string;
  step: SalesShown["step"];
}

const HistoryTable = ({ slots, categories, zone, step }: TableProps) => (
  <details class="why">
    <summary>{slots.length > TABLE_ROWS ? `The newest ${TABLE_ROWS} as a table` : "As a table"}</summary>
    <div class="scroll" tabindex={0} role="region" aria-label="History of sales">
      <table class="sales">
        <thead>
          <tr>
            <th scope="col">{step === "1h" ? "Hour from" : "Day"}</th>
            <th scope="col" class="n">
              Total
            </th>
            <th scope="col" class="n">
              Transactions
            </th>
            <th scope="col" class="n">
              Cancelled
            </th>
            {categories.map((name) => (
              <th scope="col" class="n">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {slots
            .slice(-TABLE_ROWS)
            .toReversed()
            .map(({ start_ms, total, n, cancellation_n, cents }) => (
              <tr>
                <th scope="row">{step === "1h" ? dateTime(start_ms, zone) : dayWords(start_ms, zone)}</th>
                <td class="n">{money(total)}</td>
                <td class="n">{count(n)}</td>
                <td class="n">{count(cancellation_n)}</td>
                {cents.map((one) => (
                  <td class="n">{money(one)}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  </details>
);

/** `21 Nov 2026` */
function dayWords(ms: number, zone: string): string {
  const { day, month, year } = localTime(ms, zone);
  return `${day} ${MONTH_WORDS[month - 1]!} ${year}`;
}

/** Rows of the same step side by side. Sums are answered in the unit; an integer of cents comes back from that exactly. */
function slotsOf(rows: readonly CategorySales[], width: number): Slot[] {
  const out: Slot[] = [];
  for (let i = 0; i + width <= rows.length; i += width) {
    const mine = rows.slice(i, i + width);
    const cents = mine.map(({ total_sales }) => Math.round(total_sales * 100));
    out.push({
      start_ms: Date.parse(mine[0]!.window_start),
      cents,
      total: cents.reduce((sum, one) => sum + one, 0),
      n: mine.reduce((sum, row) => sum + row.transaction_count, 0),
      cancellation_n: mine.reduce((sum, row) => sum + row.cancellation_count, 0),
    });
  }
  return out;
}

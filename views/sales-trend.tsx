/** The last 100 minutes of sales: by category in small pictures, and the newest of them as a table. */
import type { City } from "../src/core/city.ts";
import { formatInstant } from "../src/core/time.ts";
import type { SalesMinute, SalesNow } from "../src/serving/sales.ts";
import { SmallMultiples } from "./charts/small-multiples.tsx";
import { clockTime, count, offsetText } from "./format.ts";
import { money } from "./money.ts";

/** Rows of the table; the CSV has all. */
const ROWS = 20;

interface Props {
  sales: SalesNow;
  city: Pick<City, "zone">;
}

export const SalesTrend = ({ sales, city: { zone } }: Props) => {
  const { minutes, categories, now_ms } = sales;
  const [first, last] = [minutes[0]!, minutes.at(-1)!];
  const open = now_ms < last.end_ms;
  const whole = minutes.at(open ? -2 : -1) ?? last;
  const csv = `/api/streams/transactions/windows?from=${formatInstant(first.start_ms)}&to=${formatInstant(last.end_ms)}&format=csv`;
  if (minutes.every((minute) => minute.all.n === 0)) return null;
  return (
    <>
      <h2>
        Last {minutes.length} minutes{" "}
        <small>
          sum per minute; beside each name, the last whole one.{" "}
          {open ? "The open minute is the hollow point." : ""}
        </small>
      </h2>
      <SmallMultiples
        series={categories.map((name, i) => ({
          name,
          text: money(whole.by[i]!.cents),
          values: minutes.map((minute) => minute.by[i]!.cents / 100),
        }))}
        open={open}
        from={clockTime(first.start_ms, zone)}
        to={clockTime(last.start_ms, zone)}
        format={(value) => count(value)}
        what="sum per minute"
      />
      <p class="found">
        <span>Newest {Math.min(ROWS, minutes.length)} windows of 1 min, sums by category</span>
        <span>
          times in {zone}, UTC{offsetText(now_ms, zone)} · <a href={csv}>all {minutes.length} as CSV</a>
        </span>
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label="Windows of sales">
        <table class="sales">
          <thead>
            <tr>
              <th scope="col">Window</th>
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
            {minutes
              .slice(-ROWS)
              .toReversed()
              .map((minute) => (
                <Row minute={minute} zone={zone} open={now_ms < minute.end_ms} />
              ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

const Row = ({ minute, zone, open }: { minute: SalesMinute; zone: string; open: boolean }) => (
  <tr class={open ? "open" : undefined}>
    <th scope="row">
      {clockTime(minute.start_ms, zone)}–{clockTime(minute.end_ms, zone)}
      {open ? <small> so far</small> : null}
    </th>
    <td class="n">{minute.all.n === 0 ? "–" : money(minute.all.cents)}</td>
    <td class="n">{count(minute.all.n)}</td>
    <td class="n">{count(minute.all.cancellation_n)}</td>
    {minute.by.map((tally) => (
      <td class="n">{tally.n === 0 ? "–" : money(tally.cents)}</td>
    ))}
  </tr>
);

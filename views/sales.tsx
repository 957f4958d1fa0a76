/** Sales: how much is sold now, of what, and is that usual for the last hour and a half? */
import type { City } from "../src/core/city.ts";
import type { SalesNow, Tally } from "../src/serving/sales.ts";
import { SignedBars } from "./charts/signed-bars.tsx";
import { clockSeconds, clockTime, count, span } from "./format.ts";
import { layout, partial } from "./layout.tsx";
import { markup } from "./markup.ts";
import { money } from "./money.ts";
import type { Frame } from "./page.ts";
import type { Stream } from "../src/core/stream.ts";
import { SalesHistory, type SalesHistoryProps } from "./sales-history.tsx";
import { SalesTrend } from "./sales-trend.tsx";
import { SendOne } from "./send-one.tsx";

export interface SalesProps {
  frame: Frame;
  sales: SalesNow;
  cursor: string;
  history: SalesHistoryProps;
}

type Zone = Pick<City, "zone">;

export function salesPage({ frame, sales, cursor, history }: SalesProps): string {
  const { city } = frame;
  return layout({
    frame,
    title: salesTitle(sales),
    path: "/sales",
    page: "sales",
    script: "sales-page.js",
    live: { url: "/live?page=sales&tick_ms=1000", cursor },
    children: (
      <>
        <header>
          <h1>Sales</h1>
          <p class="sentence" id="sales-sentence">
            {salesSentence(sales, city)}
          </p>
          <p class="note" id="sales-as-of">
            {asOf(sales, city)}
          </p>
        </header>
        <section id="sales-now" aria-label="Figures now">
          <SalesFigures sales={sales} city={city} />
        </section>
        <section
          id="sales-trend"
          aria-label="The last 100 minutes"
          hx-get="/fragments/sales"
          hx-trigger="every 10s"
          hx-swap="innerMorph"
        >
          <SalesTrend sales={sales} city={city} />
        </section>
        <section id="sales-history" aria-label="History">
          <SalesHistory {...history} />
        </section>
      </>
    ),
  });
}

/** What changes each second, for all readers at once. */
export const renderSalesNote = (sales: SalesNow, city: Zone): string =>
  partial("#sales-sentence", salesSentence(sales, city)) +
  partial("#sales-as-of", asOf(sales, city)) +
  partial("#sales-now", markup(<SalesFigures sales={sales} city={city} />));

/** The figures stay as they are, and the page says so. */
export const renderSalesAway = (): string =>
  partial("#sales-as-of", "History cannot be read now: what you see is from before.");

/** `● 4,210.50 in the last hour` */
export const salesTitle = ({ last_hour }: SalesNow): string =>
  `${last_hour.n === 0 ? "○" : "●"} ${money(last_hour.cents)} in the last hour`;

export function salesSentence(sales: SalesNow, city: Zone): string {
  const { last_hour, latest } = sales;
  if (latest === null) return "Nothing was sold in the last 100 minutes.";
  const open = sales.now_ms < latest.end_ms;
  const minute = `${money(latest.all.cents)} ${open ? "so far" : ""} in the minute from ${clockTime(latest.start_ms, city.zone)}`;
  return `${money(last_hour.cents)} in ${count(last_hour.n)} ${plural(last_hour.n, "transaction")} in the last hour; ${minute.replaceAll("  ", " ")}.`;
}

const plural = (n: number, word: string): string => (n === 1 ? word : `${word}s`);
const asOf = ({ now_ms }: SalesNow, { zone }: Zone): string => `As of ${clockSeconds(now_ms, zone)}.`;

const SalesFigures = ({ sales, city }: { sales: SalesNow; city: Zone }) => {
  const { latest, today, last_hour, categories, now_ms } = sales;
  if (latest === null && today.n === 0) return <NoSales stream={sales.stream} now_ms={now_ms} />;
  return (
    <>
      <dl class="figures">
        <Figure name="Today" tally={today} />
        <Figure name="Last hour" tally={last_hour} />
        <div>
          <dt>Transactions today</dt>
          <dd>
            <b>{count(today.n)}</b>
            <small>{count(last_hour.n)} in the last hour</small>
          </dd>
        </div>
        <div>
          <dt>Cancellations today</dt>
          <dd>
            <b>{count(today.cancellation_n)}</b>
            <small>
              {today.n === 0
                ? "–"
                : `${((today.cancellation_n / today.n) * 100).toFixed(1)} % of transactions`}
            </small>
          </dd>
        </div>
        <div>
          <dt>Latest window</dt>
          <dd>
            <b>{latest === null ? "–" : clockTime(latest.start_ms, city.zone)}</b>
            <small>
              {latest === null
                ? "none in the last 100 min"
                : now_ms < latest.end_ms
                  ? `1 min, open: so far ${money(latest.all.cents)}`
                  : `ended ${span(now_ms - latest.end_ms)} ago`}
            </small>
          </dd>
        </div>
      </dl>
      {latest === null ? null : (
        <section class="by-category">
          <h2>
            By category, {clockTime(latest.start_ms, city.zone)}–{clockTime(latest.end_ms, city.zone)}
            <small> {now_ms < latest.end_ms ? "so far: the minute is not over" : "whole minute"}</small>
          </h2>
          <SignedBars
            heads={["Category", "Sum", "Transactions"]}
            label="Sum and transactions by category in the newest minute"
            bars={categories.map((name, i) => {
              const { cents, n } = latest.by[i]!;
              return { name, value: cents, text: money(cents), more: count(n) };
            })}
          />
        </section>
      )}
    </>
  );
};

const Figure = ({ name, tally }: { name: string; tally: Tally }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <b>{money(tally.cents)}</b>
      <small>sum of amounts, cancellations taken off</small>
    </dd>
  </div>
);

const NoSales = ({ stream, now_ms }: { stream: Stream; now_ms: number }) => (
  <>
    <p class="empty">
      Nothing was sold today. Transactions come from the feed <code>simulator</code>, or from shops:
    </p>
    <SendOne stream={stream} now_ms={now_ms} />
  </>
);

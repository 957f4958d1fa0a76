/**
 * Sales now: the last 100 minutes by category, and the totals of the last hour and of the city's day. All of it from the
 * kept windows, whose money is summed in whole cents: totals are exact, and are added here as integers.
 */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { minutes, startOfDay, type Clock } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import type { Serving, Step, WindowRow } from "./answer.ts";
import { Kept } from "./kept.ts";

export interface Tally {
  /** Paid less given back, in hundredths of the amount's unit. */
  cents: number;
  /** Transactions, cancellations among them. */
  n: number;
  cancellation_n: number;
}

export interface SalesMinute {
  start_ms: number;
  end_ms: number;
  all: Tally;
  /** By category, in the order of `SalesNow.categories`. */
  by: readonly Tally[];
}

export interface SalesNow {
  stream: Stream;
  categories: readonly string[];
  /** The last `SALES_MINUTES` minutes, oldest first; the last one is not over yet. */
  minutes: readonly SalesMinute[];
  /** The newest minute that has a transaction; null where none has. */
  latest: SalesMinute | null;
  /** The last 60 of the minutes. */
  last_hour: Tally;
  /** Since midnight of the city's zone. */
  today: Tally;
  now_ms: number;
}

/** As many windows as the trend shows. */
export const SALES_MINUTES = 100;
const SIZE_MS = minutes(1);
/** What lies before the trend is read in these, and only so often. */
const BEFORE_STEP: Step = "15m";
const BEFORE_STEP_MS = minutes(15);
const BEFORE_FRESH_MS = minutes(1);
const FRESH_MS = 900;

const none: Tally = { cents: 0, n: 0, cancellation_n: 0 };

export const addTallies = (a: Tally, b: Tally): Tally => ({
  cents: a.cents + b.cents,
  n: a.n + b.n,
  cancellation_n: a.cancellation_n + b.cancellation_n,
});
const sumOf = (tallies: readonly Tally[]): Tally => tallies.reduce(addTallies, none);

export interface SalesOptions {
  serving: Pick<Serving, "windows">;
  /** Windows of a minute with `amount_sum` and `cancellation_n`. */
  stream: Stream;
  zone: string;
  clock: Clock;
}

/** Reads once a second however many ask. */
export class Sales {
  readonly #options: SalesOptions;
  readonly #kept: Kept<SalesNow>;
  #before: { day_ms: number; to_ms: number; at_ms: number; tally: Tally } | null = null;

  constructor(options: SalesOptions) {
    this.#options = options;
    const load = (): Promise<SalesNow> => this.#load();
    this.#kept = new Kept({ clock: options.clock, fresh_ms: FRESH_MS, usable_ms: FRESH_MS, load });
  }

  /** @throws {HistoryUnavailableError} */
  now(): Promise<SalesNow> {
    return this.#kept.get();
  }

  async #load(): Promise<SalesNow> {
    const { stream, zone, clock } = this.#options;
    const now_ms = clock.now();
    const day_ms = startOfDay(now_ms, zone);
    const last_ms = windowStart(now_ms, SIZE_MS);
    const first_ms = last_ms - (SALES_MINUTES - 1) * SIZE_MS;
    // Both readings meet at a whole step; a zone's midnight is one, too.
    const from_ms = windowStart(first_ms, BEFORE_STEP_MS);
    const [rows, before] = await Promise.all([
      this.#read(from_ms, last_ms + SIZE_MS),
      this.#earlier(day_ms, from_ms),
    ]);
    const categories = categoriesOf(stream, rows);
    const all = minutesOf(rows, stream.key, categories, from_ms, last_ms);
    const shown = all.slice(-SALES_MINUTES);
    return {
      stream,
      categories,
      minutes: shown,
      latest: shown.findLast((minute) => minute.all.n > 0) ?? null,
      last_hour: sumOf(shown.slice(-60).map((minute) => minute.all)),
      today: sumOf([before, ...all.filter((m) => m.start_ms >= day_ms).map((minute) => minute.all)]),
      now_ms,
    };
  }

  /** The day before the trend begins. Late sales of then are in it a minute later. */
  async #earlier(day_ms: number, to_ms: number): Promise<Tally> {
    if (to_ms <= day_ms) return none;
    const at_ms = this.#options.clock.monotonic();
    const kept = this.#before;
    const fits = kept !== null && kept.day_ms === day_ms && kept.to_ms === to_ms;
    if (fits && at_ms - kept.at_ms < BEFORE_FRESH_MS) return kept.tally;
    const tally = sumOf((await this.#read(day_ms, to_ms, BEFORE_STEP)).map(tallyOf));
    this.#before = { day_ms, to_ms, at_ms, tally };
    return tally;
  }

  async #read(from_ms: number, to_ms: number, step?: Step): Promise<WindowRow[]> {
    const { serving, stream } = this.#options;
    const query = { from_ms, to_ms, limit: limits.range_rows_max, ...(step === undefined ? {} : { step }) };
    const rows: WindowRow[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await serving.windows(stream, null, cursor === undefined ? query : { ...query, cursor });
      rows.push(...page.data);
      cursor = page.meta.next_cursor;
      if (cursor === undefined) return rows;
    }
  }
}

/** Sums are answered in the unit; an integer of cents below 2^53 comes back from that exactly. */
const tallyOf = (row: WindowRow): Tally => ({
  cents: Math.round(Number(row["amount_sum"] ?? 0) * 100),
  n: Number(row["n"] ?? 0),
  cancellation_n: Number(row["cancellation_n"] ?? 0),
});

/** Those declared, in their order; else those seen. */
const categoriesOf = (stream: Stream, rows: readonly WindowRow[]): readonly string[] =>
  stream.fields[stream.key]?.values ?? [...new Set(rows.map((row) => String(row[stream.key])))].sort();

function minutesOf(
  rows: readonly WindowRow[],
  key: string,
  categories: readonly string[],
  from_ms: number,
  last_ms: number,
): SalesMinute[] {
  const by_start = Map.groupBy(rows, (row) => Date.parse(String(row["window_start"])));
  const out: SalesMinute[] = [];
  for (let start_ms = from_ms; start_ms <= last_ms; start_ms += SIZE_MS) {
    const mine = by_start.get(start_ms) ?? [];
    out.push({
      start_ms,
      end_ms: start_ms + SIZE_MS,
      all: sumOf(mine.map(tallyOf)),
      by: categories.map((name) => sumOf(mine.filter((row) => row[key] === name).map(tallyOf))),
    });
  }
  return out;
}

/**
 * A day of all roads as bytes, or for each of its steps what was there before: yesterday, a week before, or what is typical.
 * Put together from hours; the same local time is the same time of day, also where clocks change.
 */
import { LRUCache } from "lru-cache";
import { comparisonDays, daysBefore, type Comparison } from "../core/compare.ts";
import { limits } from "../core/limits.ts";
import { CONGESTED_BELOW, NO_DATA } from "../core/speed-percent.ts";
import type { Stream } from "../core/stream.ts";
import { hours, minutes, seconds } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import type { Context } from "./context.ts";
import { WEEKS } from "./days.ts";
import { HourGrids, SETTLED_MS, type HourGrid } from "./hour-grids.ts";
import { lesser } from "./log-cursor.ts";
import { metaOf, share } from "./meta.ts";
import type { TrafficDay, TrafficDayQuery } from "./traffic-day-answer.ts";

/** Typical is the same weekday of the last weeks; where fewer than so many have data, any of the last days. */
const TYPICAL_WEEKDAYS_MIN = 2;
const LAST_DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
/** A time at which fewer than half as many roads reported as at another says nothing about the city. */
const REPORTING_MIN = 0.5;
/** Bytes folded between two turns of the event loop: a few ms. */
const SLICE_BYTES = 1_000_000;
const ANSWERS_KEPT = 12;

export class TrafficDays {
  readonly #context: Context;
  readonly #stream: Stream;
  readonly #size_ms: number;
  readonly #hours: HourGrids;
  readonly #answers: LRUCache<string, Promise<TrafficDay>>;

  constructor(context: Context, stream: Stream) {
    this.#context = context;
    this.#stream = stream;
    this.#size_ms = stream.windows?.size_ms ?? minutes(5);
    this.#hours = new HourGrids(context, stream);
    this.#answers = new LRUCache({
      max: ANSWERS_KEPT,
      ttl: seconds(10),
      ttlResolution: 0,
      perf: { now: () => context.clock.monotonic() + 1 },
    });
  }

  /** Made once for all who ask the same within 10 s. @throws {HistoryUnavailableError} */
  get(query: TrafficDayQuery): Promise<TrafficDay> {
    const question = `${query.from_ms} ${query.to_ms} ${query.of ?? ""}`;
    let answer = this.#answers.get(question);
    if (answer === undefined) {
      answer = this.#make(query);
      this.#answers.set(question, answer);
      answer.catch(() => this.#answers.delete(question));
    }
    return answer;
  }

  async #make({ from_ms, to_ms, of }: TrafficDayQuery): Promise<TrafficDay> {
    const { clock, known, cursors } = this.#context;
    const roads = [...known.now(this.#stream)].slice(0, limits.day_roads_max);
    const steps: number[] = [];
    for (let at = from_ms; at < to_ms; at += this.#size_ms) steps.push(at);
    const read = new Map<number, HourGrid>();
    const load = async (backs: readonly number[], wanted = steps): Promise<Sources> => {
      const sources = wanted.map((at) => this.#sources(at, backs));
      const starts = sources.flat().map((ms) => windowStart(ms, hours(1)));
      for (const [start_ms, hour] of await this.#hours.get(roads, starts)) read.set(start_ms, hour);
      return sources;
    };
    const rowAt = (ms: number): Uint8Array => {
      const start_ms = windowStart(ms, hours(1));
      const row = ((ms - start_ms) / this.#size_ms) * roads.length;
      return read.get(start_ms)!.grid.subarray(row, row + roads.length);
    };
    const first = await load(backsOf(of));
    const counted = (sources: Sources): Counted[][] =>
      sources.map((all) => reporting(all.map((ms) => countOf(rowAt(ms)))));
    const rows = counted(first);
    // What a week has too little of, the last days have more of.
    const thin = rows.flatMap((row, i) => (row.length < TYPICAL_WEEKDAYS_MIN ? [i] : []));
    if (of === "typical" && thin.length > 0) {
      const days = [...new Set([...WEEKS, ...LAST_DAYS])];
      const wider = await load(
        days,
        thin.map((i) => steps[i]!),
      );
      for (const [n, row] of counted(wider).entries()) rows[thin[n]!] = row;
    }
    const percent = await this.#fold(roads.length, rows);
    const counts = steps.map((_, i) => countOf(percent.subarray(i * roads.length, (i + 1) * roads.length)));
    const now_ms = clock.now();
    const began = steps.filter((at) => at <= now_ms).length;
    const present = counts.reduce((sum, { n }) => sum + n, 0);
    const newest = first.reduce(
      (most, all, i) => (counts[i]!.n > 0 ? Math.max(most, ...all) : most),
      -Infinity,
    );
    return {
      roads,
      steps,
      step_ms: this.#size_ms,
      percent,
      congested: counts.map(({ congested }) => congested),
      reporting: counts.map(({ n }) => n),
      days: rows.reduce((most, row) => Math.max(most, row.length), 0),
      closed: Math.max(...first.flat(), -Infinity) + this.#size_ms + SETTLED_MS <= now_ms,
      meta: metaOf({
        stream: this.#stream,
        cursor: await cursors.format({ [this.#stream.name]: placeOf([...read.values()]) }),
        layer: "batch",
        now_ms,
        as_of_ms: Number.isFinite(newest) ? asOf(newest + this.#size_ms - 1, [...read.values()]) : null,
        coverage: share(present, began * roads.length),
      }),
    };
  }

  /** Instants whose windows a step is made from; none later than now is asked for. */
  #sources(at: number, backs: readonly number[]): number[] {
    const { city, clock } = this.#context;
    return backs
      .map((back) => daysBefore(at, city.zone, back))
      .filter((ms) => ms !== null)
      .filter((ms) => ms <= clock.now() && ms >= limits.event_time_min_ms);
  }

  /** Each byte the mean over the days that have it, rounded half up. */
  async #fold(roads: number, rows: readonly (readonly Counted[])[]): Promise<Uint8Array<ArrayBuffer>> {
    const out = new Uint8Array(rows.length * roads).fill(NO_DATA);
    let folded = 0;
    for (const [step, days] of rows.entries()) {
      const at = step * roads;
      if (days.length === 1) out.set(days[0]!.row, at);
      else if (days.length > 1) {
        for (let road = 0; road < roads; road++) {
          let [sum, n] = [0, 0];
          for (const { row } of days) {
            if (row[road] === NO_DATA) continue;
            sum += row[road]!;
            n++;
          }
          if (n > 0) out[at + road] = Math.floor(sum / n + 0.5);
        }
      }
      folded += days.length * roads;
      if (folded < SLICE_BYTES) continue;
      folded = 0;
      await new Promise((turn) => setImmediate(turn));
    }
    return out;
  }
}

type Sources = readonly (readonly number[])[];

interface Counted {
  row: Uint8Array;
  /** Roads with data, and those of them that are congested. */
  n: number;
  congested: number;
}

const backsOf = (of: Comparison | null): readonly number[] =>
  of === null ? [0] : comparisonDays[of] === null ? WEEKS : [comparisonDays[of]];

function countOf(row: Uint8Array): Counted {
  let [n, congested] = [0, 0];
  for (const value of row) {
    if (value !== NO_DATA) n++;
    if (value < CONGESTED_BELOW) congested++;
  }
  return { row, n, congested };
}

function reporting(rows: readonly Counted[]): Counted[] {
  const most = rows.reduce((max, { n }) => Math.max(max, n), 0);
  return rows.filter(({ n }) => n > 0 && n >= REPORTING_MIN * most);
}

/** What all of it holds at least. */
const placeOf = (read: readonly HourGrid[]): readonly number[] =>
  read.reduce<readonly number[] | null>(
    (least, { position }) => (least === null ? position : lesser(least, position)),
    null,
  ) ?? [];

function asOf(end_ms: number, read: readonly HourGrid[]): number {
  const marks = read.map(({ watermark_ms }) => watermark_ms).filter((ms) => ms !== null);
  return marks.length === 0 ? end_ms : Math.min(end_ms, Math.max(...marks));
}

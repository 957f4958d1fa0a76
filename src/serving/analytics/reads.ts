/**
 * What the analytics are made from: city hours, roads, and hourly windows, each read once within 10 s for all who need the same.
 * Folding of many rows is the database's: here come the hours of a range, or the roads of a city.
 */
import { LRUCache } from "lru-cache";
import { limits } from "../../core/limits.ts";
import { rollupColumns, type RollupDeclaration } from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { formatInstant, hours, seconds, startOfDay } from "../../core/time.ts";
import type { KeptWindow } from "../../core/window.ts";
import type { Group, GroupBy, Grouped } from "../../history/rollups/batch-store.ts";
import type { RowPlace } from "../../history/history-store.ts";
import type { Context } from "../context.ts";
import type { Without } from "../left-out.ts";
import { invalidParameter, notFound } from "../problem.ts";
import type { AnalyticsQuery } from "./answer.ts";
import { hourAt, hoursOf, isWithin, type Cell, type Due, type Within } from "./calendar.ts";
import type { Measures } from "./fold.ts";
import { subtract } from "./subtract.ts";

export interface Asked extends Within, Pick<AnalyticsQuery, "roads"> {
  without: Without;
}

type WithinKeys = Within & Pick<Asked, "without">;

/** Up to where roll-ups answered, and whether windows did from there on. */
export interface Origin {
  frontier_ms: number | null;
  merged: boolean;
}

export interface HourTable extends Origin {
  cells: readonly Cell[];
}

/** Groups of roads, or of hours. */
export interface RoadGroups extends Origin {
  groups: readonly Group[];
}

export const FRESH_MS = seconds(10);

export class Reads {
  readonly context: Context;
  readonly traffic: Stream;
  readonly measures: Measures;
  readonly #kept: LRUCache<string, Promise<object>>;

  constructor(context: Context, traffic: Stream) {
    this.context = context;
    this.traffic = traffic;
    const columns = rollupColumns(traffic.windows!, rollupOf(traffic, "city_hours"));
    const edges = columns.find((column) => column.edges !== undefined)?.edges ?? [];
    this.measures = { windows: traffic.windows!, columns, edges };
    this.#kept = new LRUCache({
      max: limits.analytics_reads_max,
      ttl: FRESH_MS,
      ttlResolution: 0,
      perf: { now: () => context.clock.monotonic() + 1 },
    });
  }

  get due(): Due {
    return dueOf(this.traffic, this.context.clock.now());
  }

  /** How many roads are expected. */
  expected({ roads, without }: Pick<Asked, "roads" | "without">): number {
    return roads === null ? this.keysOf(this.traffic, without).length : roads.length;
  }

  /** Keys of a stream that are known, or came, without those that are left out. */
  keysOf(stream: Stream, without: Without, came: Iterable<string> = []): string[] {
    const out = new Set(without[stream.name] ?? []);
    return [...new Set([...this.context.known.now(stream), ...came])].filter((key) => !out.has(key));
  }

  /** Hours of the city, or of chosen roads together. */
  async hours(asked: Asked): Promise<HourTable> {
    const { roads, without } = asked;
    const days: Asked = { ...wholeDays(asked, this.context.city.zone), roads, without };
    const { cells, ...origin } = await this.#hours(days);
    const { from_ms, to_ms } = asked;
    const within = cells.filter(
      (cell) => cell.start_ms >= from_ms && cell.start_ms < to_ms && isWithin(this.context.city, asked, cell),
    );
    // Of the last day only what lies before the range's end counts.
    const frontier_ms = origin.frontier_ms ?? -Infinity;
    const beyond = frontier_ms >= to_ms && frontier_ms < days.to_ms;
    return { cells: within, ...origin, merged: origin.merged && !beyond };
  }

  #hours(asked: Asked): Promise<HourTable> {
    return this.#once(["hours", asked], async () => {
      const found = await this.#hourGroups(asked);
      const by_start = new Map(found.groups.map((group) => [group.start_ms!, group.kept]));
      const { city } = this.context;
      const cells: Cell[] = hoursOf(city, asked, this.due).map((hour) => {
        const kept = by_start.get(hour.start_ms) ?? null;
        by_start.delete(hour.start_ms);
        return { ...hour, kept };
      });
      // Where clocks move by half an hour, hours begin at another minute.
      for (const [start_ms, kept] of by_start) cells.push({ ...hourAt(city, start_ms, this.due), kept });
      if (by_start.size > 0) cells.sort((a, b) => a.start_ms - b.start_ms);
      return { cells, ...originOf([found]) };
    });
  }

  async #hourGroups(asked: Asked): Promise<RoadGroups> {
    if (asked.roads !== null) return this.#grouped(rollupOf(this.traffic, "hours"), asked, ["start"], true);
    const city = () => this.#grouped(rollupOf(this.traffic, "city_hours"), asked, ["start"], true);
    const roads = asked.without[this.traffic.name];
    if (roads === undefined) return city();
    // Theirs first: what comes in between stands in the city's, and nothing is taken that is not there.
    const theirs = await this.#grouped(rollupOf(this.traffic, "hours"), { ...asked, roads }, ["start"], true);
    const by_start = new Map(theirs.groups.map((group) => [group.start_ms, group.kept]));
    const { groups, ...origin } = await city();
    return {
      groups: groups.flatMap((group) => {
        const some = by_start.get(group.start_ms);
        const kept = some === undefined ? group.kept : subtract(this.measures, group.kept, some);
        return kept === null ? [] : [{ ...group, kept }];
      }),
      ...originOf([origin, theirs]),
    };
  }

  /** Each road over the range: whole days from their roll-up, the hours at both ends from theirs, each of them with its day. */
  async roads(asked: Asked): Promise<RoadGroups> {
    const { zone } = this.context.city;
    const { from_ms, to_ms } = asked;
    const middle = wholeDaysWithin(asked, zone);
    const ends =
      middle === null
        ? [
            { from_ms, to_ms: Math.min(to_ms, nextDay(from_ms, zone)) },
            { from_ms: nextDay(from_ms, zone), to_ms },
          ]
        : [
            { from_ms, to_ms: middle.from_ms },
            { from_ms: middle.to_ms, to_ms },
          ];
    // Each part by itself: many ranges have the same days between their ends.
    const part = (name: string, range: Asked): Promise<Grouped> =>
      this.#once(["roads", name, range], () =>
        this.#grouped(rollupOf(this.traffic, name), range, ["key"], false),
      );
    const found = await Promise.all([
      ...(middle === null ? [] : [part("days", { ...asked, ...middle })]),
      ...ends
        .filter((end) => end.from_ms < end.to_ms)
        .map(async (end): Promise<Grouped> => {
          const { groups, ...origin } = await part("hours", { ...asked, ...end });
          const { day } = hourAt(this.context.city, end.from_ms, this.due);
          return { groups: groups.map((group) => ({ ...group, day })), ...origin };
        }),
    ]);
    const groups = found.flatMap((one) => one.groups);
    const left_out = asked.without[this.traffic.name];
    if (left_out === undefined) return { groups, ...originOf(found) };
    const out = new Set(left_out);
    return { groups: groups.filter(({ key }) => !out.has(key!)), ...originOf(found) };
  }

  /** Chosen roads on each whole day of the range. */
  async roadDays(asked: Asked & { roads: readonly string[] }): Promise<RoadGroups> {
    const middle = wholeDaysWithin(asked, this.context.city.zone);
    if (middle === null || asked.roads.length === 0) return { groups: [], frontier_ms: null, merged: false };
    const range = { ...asked, ...middle };
    return this.#once(["road days", range], () =>
      this.#grouped(rollupOf(this.traffic, "days"), range, ["key", "day"], false),
    );
  }

  /** Hourly windows of another stream, all keys. @throws {ProblemError} invalid-parameter where they are too many. */
  async windows(stream: Stream, within: WithinKeys): Promise<readonly KeptWindow[]> {
    const { city, clock } = this.context;
    const found = await this.#windows(stream, wholeDays(within, city.zone));
    const due = dueOf(stream, clock.now());
    const every = within.weekdays === null && !within.without_holidays;
    const out = new Set(within.without[stream.name] ?? []);
    return found.filter(
      ({ window_start_ms, key }) =>
        !out.has(key) &&
        window_start_ms >= within.from_ms &&
        window_start_ms < within.to_ms &&
        (every || isWithin(city, within, hourAt(city, window_start_ms, due))),
    );
  }

  #windows(
    stream: Stream,
    { from_ms, to_ms }: Pick<Within, "from_ms" | "to_ms">,
  ): Promise<readonly KeptWindow[]> {
    return this.#once(["windows", stream.name, from_ms, to_ms], async () => {
      const found: KeptWindow[] = [];
      const limit = limits.range_rows_max;
      for (let after: RowPlace | undefined; ;) {
        const page = await this.context.history.windows(stream, {
          from_ms,
          to_ms,
          limit,
          ...(after === undefined ? {} : { after }),
        });
        found.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < limit) return found;
        if (found.length > limits.analytics_windows_max)
          throw invalidParameter(
            "from",
            formatInstant(from_ms),
            `must be later: there are more than ${limits.analytics_windows_max} hours of ${stream.label} to fold`,
          );
        after = { time_ms: last.window_start_ms, key: last.key, event_id: "" };
      }
    });
  }

  /** Readings by the day, all locations together. */
  readingDays(readings: Stream, asked: Asked): Promise<Grouped> {
    return this.#once(["reading days", asked], () =>
      this.#batch.grouped(readings, rollupOf(readings, "days"), {
        ...this.#query(asked),
        group: ["day"],
        ...(asked.without[readings.name] === undefined ? {} : { keys: this.keysOf(readings, asked.without) }),
      }),
    );
  }

  get #batch() {
    const { batch } = this.context;
    if (batch === undefined) throw notFound("There are no batch views here");
    return batch;
  }

  #grouped(
    rollup: RollupDeclaration,
    asked: Asked,
    group: readonly GroupBy[],
    bins: boolean,
  ): Promise<Grouped> {
    const measures = (rollup.measures ?? []).filter((measure) => bins || measure.edges === undefined);
    return this.#batch.grouped(this.traffic, rollup, {
      ...this.#query(asked),
      group,
      ...(asked.roads === null || rollup.by === "all" ? {} : { keys: asked.roads }),
      measures: measures.map(({ column }) => column),
    });
  }

  #query({ from_ms, to_ms, weekdays, without_holidays }: Within) {
    return {
      from_ms,
      to_ms,
      ...(weekdays === null ? {} : { weekdays }),
      ...(without_holidays ? { without_days: this.context.city.holidays } : {}),
    };
  }

  /** Reads once for all who ask the same. */
  #once<T extends object>(question: readonly unknown[], read: () => Promise<T>): Promise<T> {
    const text = JSON.stringify(question);
    const kept = this.#kept.get(text) as Promise<T> | undefined;
    if (kept !== undefined) return kept;
    const reading = read();
    this.#kept.set(text, reading);
    reading.catch(() => this.#kept.delete(text));
    return reading;
  }
}

const nextDay = (ms: number, zone: string): number => startOfDay(startOfDay(ms, zone) + hours(30), zone);

/** The days that a range touches, whole, of all weekdays: questions that differ in little then share what is read. */
const wholeDays = ({ from_ms, to_ms }: Pick<Within, "from_ms" | "to_ms">, zone: string): Within => ({
  from_ms: startOfDay(from_ms, zone),
  to_ms: from_ms >= to_ms ? to_ms : nextDay(to_ms - 1, zone),
  weekdays: null,
  without_holidays: false,
});

/** The days that a range holds whole; null where there are none. */
function wholeDaysWithin(
  { from_ms, to_ms }: Pick<Within, "from_ms" | "to_ms">,
  zone: string,
): { from_ms: number; to_ms: number } | null {
  const first_ms = startOfDay(from_ms, zone) === from_ms ? from_ms : nextDay(from_ms, zone);
  const end_ms = startOfDay(to_ms, zone);
  return first_ms < end_ms ? { from_ms: first_ms, to_ms: end_ms } : null;
}

/** A window should be there once its events had an expected period to come. */
export const dueOf = (stream: Stream, now_ms: number): Due => ({
  size_ms: stream.windows!.size_ms,
  until_ms: now_ms - stream.expected_period_ms,
});

export function originOf(parts: readonly Origin[]): Origin {
  const frontiers = parts.map(({ frontier_ms }) => frontier_ms);
  return {
    frontier_ms: frontiers.includes(null) || parts.length === 0 ? null : Math.min(...(frontiers as number[])),
    merged: parts.some(({ merged }) => merged),
  };
}

function rollupOf(stream: Stream, name: string): RollupDeclaration {
  const found = stream.rollups.find((rollup) => rollup.name === name);
  if (found === undefined) throw new TypeError(`${stream.name} has no batch view "${name}"`);
  return found;
}

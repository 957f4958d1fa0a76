/** Data quality as it is answered: days of all keys, the keys from the worst on with reasons, and what analytics leave out. */
import type { City } from "../core/city.ts";
import { ProblemError, shown } from "../core/errors.ts";
import { dayStartBefore, localDay, startOfLocalDay } from "../core/local-day.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant, startOfDay, type Clock } from "../core/time.ts";
import type {
  Day,
  DaySums,
  Exclusion,
  KeySums,
  LedgerCounts,
  QualityStore,
  SourceDay,
} from "../history/quality/quality-store.ts";
import type { Answer } from "./answer.ts";
import { notFound } from "./problem.ts";

export { exclusionRules } from "../history/quality/quality-store.ts";
export type { Exclusion, SourceDay };

export interface QualityQuery {
  /** Of those that are judged; roads without it. */
  stream?: string | undefined;
  /** Both included; a week up to today without them. */
  from_day?: Day | undefined;
  to_day?: Day | undefined;
  keys?: readonly string[] | undefined;
  /** Only keys with at least, or less than, so much of what was expected, percent. */
  min_completeness?: number | undefined;
  below_completeness?: number | undefined;
  limit?: number | undefined;
}

export interface QualityDay extends Omit<DaySums, "observed_n"> {
  /** Share of what was expected, 0 to 1; null where nothing was. */
  completeness: number | null;
  /** Keys that analytics leave out on the day. */
  excluded_keys: number;
  /** The day's own counts; null where the day before is not known. */
  ledger: LedgerCounts | null;
}

export interface QualityKey extends Omit<KeySums, "observed_n"> {
  completeness: number | null;
  /** What is wrong with it, for people; empty for nothing. */
  reasons: readonly string[];
  excluded: boolean;
}

export interface QualityReport {
  stream: string;
  label: string;
  from_day: Day;
  to_day: Day;
  /** Oldest first; days that were never judged are missing. */
  days: readonly QualityDay[];
  /** Worst first. */
  keys: readonly QualityKey[];
  /** How many there are beside those told. */
  keys_n: number;
  sources: readonly SourceDay[];
  exclusions: readonly Exclusion[];
}

export interface QualityDesk {
  /** Streams that are judged by key. */
  streams: readonly { name: string; label: string }[];
  /** @throws {ProblemError} not-found for another stream; {HistoryUnavailableError} */
  report(query: QualityQuery): Promise<Answer<QualityReport>>;
  /** By hand. @throws {ProblemError} not-found, conflict where the same is there; {HistoryUnavailableError} */
  exclude(asked: {
    stream: string;
    key: string;
    from_day: Day;
    to_day: Day | null;
    reason: string;
  }): Promise<Exclusion>;
  /** @throws {ProblemError} not-found; {HistoryUnavailableError} */
  include(exclusion_id: number): Promise<void>;
}

export interface QualityDeskOptions {
  quality: QualityStore;
  streams: readonly Stream[];
  city: Pick<City, "zone">;
  clock: Clock;
  cursor: () => Promise<string>;
}

const DAYS_BACK = 6;
export const KEYS_USUAL = 100;

/** Keys of which each reports by itself: the batch layer judges no others. */
const isJudged = (stream: Stream): boolean =>
  stream.windows !== null && !stream.open_keys && !stream.internal && stream.live !== null;

export function qualityDesk({ quality, streams, city, clock, cursor }: QualityDeskOptions): QualityDesk {
  const judged = streams.filter(isJudged);
  const names = judged.map(({ name }) => name);
  const streamOf = (name: string): Stream => {
    const found = judged.find((stream) => stream.name === name);
    if (found === undefined)
      throw notFound(`No keys of ${shown(name)} are judged; those of ${names.join(", ") || "no stream"} are`);
    return found;
  };

  return {
    streams: judged.map(({ name, label }) => ({ name, label })),

    async report(query) {
      const stream = streamOf(query.stream ?? names[0] ?? "traffic");
      const now_ms = clock.now();
      const today_ms = startOfDay(now_ms, city.zone);
      const to_day = query.to_day ?? localDay(today_ms, city.zone);
      const until_ms = startOfLocalDay(to_day, city.zone) ?? today_ms;
      const from_day = query.from_day ?? localDay(dayStartBefore(until_ms, city.zone, DAYS_BACK), city.zone);
      const asked = { from_day, to_day, ...(query.keys === undefined ? {} : { keys: query.keys }) };
      const [days, keys, sources, ledgers, exclusions, at] = await Promise.all([
        quality.daySums(stream.name, asked),
        quality.keySums(stream.name, asked),
        quality.sourceDays(stream.name, asked),
        quality.ledgerDays(stream.name, asked),
        quality.exclusions(stream.name, asked),
        cursor(),
      ]);
      const excluded = new Set(exclusions.map(({ key }) => key));
      const wanted = keys.map((sums) => keyOf(sums, excluded)).filter((row) => within(row, query));
      const last = days.at(-1)?.day;
      const as_of_ms = last === undefined ? null : asOf(last, city.zone, now_ms);
      return {
        data: {
          stream: stream.name,
          label: stream.label,
          from_day,
          to_day,
          days: days.map((sums) => dayOf(sums, exclusions, ledgers)),
          keys: wanted.slice(0, query.limit ?? KEYS_USUAL),
          keys_n: wanted.length,
          sources,
          exclusions,
        },
        meta: {
          cursor: at,
          layer: "batch",
          as_of: as_of_ms === null ? null : formatInstant(as_of_ms),
          age_ms: as_of_ms === null ? null : now_ms - as_of_ms,
          // Days that are over do not grow old.
          stale: false,
          coverage: shareOf(sumOf(days, "observed_n"), sumOf(days, "expected_n")) ?? 1,
        },
      };
    },

    async exclude(asked) {
      streamOf(asked.stream);
      const added = await quality.exclude({ ...asked, rule: "hand" });
      if (added === null)
        throw new ProblemError({
          name: "conflict",
          detail: `${shown(asked.key)} of ${asked.stream} is excluded from ${asked.from_day} on already`,
        });
      return added;
    },

    async include(exclusion_id) {
      if (!(await quality.include(exclusion_id)))
        throw notFound(`There is no exclusion ${exclusion_id} that was put by hand`);
    },
  };
}

/** Where no batch layer keeps any. */
export const noQuality = (streams: readonly Stream[]): QualityDesk => {
  const nothing = (): never => {
    throw new ProblemError({ name: "unavailable", detail: "Nobody judges data quality here" });
  };
  return {
    streams: streams.filter(isJudged).map(({ name, label }) => ({ name, label })),
    report: async () => nothing(),
    exclude: async () => nothing(),
    include: async () => nothing(),
  };
};

const within = (
  { completeness }: QualityKey,
  { min_completeness, below_completeness }: QualityQuery,
): boolean =>
  (min_completeness === undefined || 100 * (completeness ?? 0) >= min_completeness) &&
  (below_completeness === undefined || 100 * (completeness ?? 0) < below_completeness);

const sumOf = (days: readonly DaySums[], name: "observed_n" | "expected_n"): number =>
  days.reduce((sum, day) => sum + day[name], 0);

const shareOf = (observed_n: number, expected_n: number): number | null =>
  expected_n === 0 ? null : Math.round((10_000 * observed_n) / expected_n) / 10_000;

/** A day that is over is known to its end. */
function asOf(day: Day, zone: string, now_ms: number): number {
  const start_ms = startOfLocalDay(day, zone) ?? now_ms;
  return Math.min(now_ms, startOfDay(start_ms + 30 * 3_600_000, zone));
}

function keyOf({ observed_n, ...sums }: KeySums, excluded: ReadonlySet<string>): QualityKey {
  const completeness = shareOf(observed_n, sums.expected_n);
  const reasons = [
    ...(sums.n === 0
      ? ["silent"]
      : completeness !== null && completeness < 0.9
        ? [`${Math.round(100 * completeness)} % of the expected events`]
        : []),
    ...(sums.stuck_hours === 0 ? [] : [`the same value for ${sums.stuck_hours} h`]),
    ...(sums.jumps === 0
      ? []
      : [
          `${sums.jumps} impossible ${sums.jumps === 1 ? "change" : "changes"}, up to ${Math.round(sums.greatest_jump ?? 0)} km/h`,
        ]),
  ];
  return { ...sums, completeness, reasons, excluded: excluded.has(sums.key) };
}

function dayOf(
  { observed_n, ...sums }: DaySums,
  exclusions: readonly Exclusion[],
  ledgers: readonly { day: Day; counts: LedgerCounts | null }[],
): QualityDay {
  const { day } = sums;
  const out = exclusions.filter(
    ({ from_day, to_day }) => from_day <= day && (to_day === null || to_day >= day),
  );
  return {
    ...sums,
    completeness: shareOf(observed_n, sums.expected_n),
    excluded_keys: new Set(out.map(({ key }) => key)).size,
    ledger: ledgers.find((one) => one.day === day)?.counts ?? null,
  };
}

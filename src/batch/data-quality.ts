/** Rules of data quality: how whole and how plausible the data of a key was on a day. Pure: what is measured is handed in. */
import { percentile } from "../core/bins.ts";
import type { Stream } from "../core/stream.ts";
import { hours, seconds } from "../core/time.ts";
import { columnsOf } from "../core/window.ts";
import type {
  Day,
  HourFacts,
  Judged,
  JumpFacts,
  KeyDay,
  NewExclusion,
  SourceDay,
} from "../history/quality/quality-store.ts";

/** What makes a key be left out of analytics for a day. 0 or null: the rule is off. */
export interface QualityRules {
  /** Hours of a day with the same value all the time. */
  stuck_hours: number;
  /** Impossible changes within a day. */
  jumps: number;
  /** Least share of what was expected, percent. */
  completeness_percent: number;
}

/** Between two neighbouring windows, km/h: a mean over many vehicles does not change so much within minutes. */
const SPEED_JUMP = 60;

/** Fields whose windows keep least, greatest and sum, and of which the same value for an hour is a fault. */
export function judgedOf(stream: Stream): Judged | null {
  if (stream.windows === null || stream.open_keys) return null;
  const columns = new Set(columnsOf(stream.windows).map(({ column }) => column));
  const field = "current_speed";
  return ["min", "max", "sum"].every((part) => columns.has(`${field}_${part}`))
    ? { field, jump: SPEED_JUMP }
    : null;
}

/** A stream whose keys each report by themselves, so that one that is silent is missed: it is known what to expect. */
export const isExpected = (stream: Stream): boolean =>
  stream.windows !== null && !stream.open_keys && !stream.internal && stream.live !== null;

/** From how many events on the same value for an hour says that a sensor is stuck, not that it reported once. */
const STUCK_EVENTS_MIN = 10;

export interface DayFacts {
  day: Day;
  /** Half-open; `until_ms` is its end, or now while it goes on. */
  from_ms: number;
  until_ms: number;
  expected_period_ms: number;
  keys: readonly string[];
  hours: readonly HourFacts[];
  jumps: readonly JumpFacts[];
}

/** A row for each key: also of those from which nothing came. */
export function judgeDay({ day, from_ms, until_ms, expected_period_ms, keys, ...facts }: DayFacts): KeyDay[] {
  const hours_n = Math.max(1, Math.ceil((until_ms - from_ms) / hours(1)));
  const expected = Array.from({ length: hours_n }, (_, hour) => {
    const length_ms = Math.min(hours(1), until_ms - from_ms - hour * hours(1));
    return Math.max(0, length_ms) / expected_period_ms;
  });
  const expected_n = Math.round(expected.reduce((sum, n) => sum + n, 0));
  const of_key = new Map<string, HourFacts[]>();
  for (const one of facts.hours) {
    const mine = of_key.get(one.key);
    if (mine === undefined) of_key.set(one.key, [one]);
    else mine.push(one);
  }
  const jumps = new Map(facts.jumps.map((one) => [one.key, one]));
  return [...new Set([...keys, ...of_key.keys()])].sort().map((key) => {
    const mine = of_key.get(key) ?? [];
    const came = new Map(mine.map((one) => [one.hour, one]));
    const observed = expected.map((most, hour) => Math.min(most, came.get(hour)?.n ?? 0));
    return {
      key,
      day,
      n: mine.reduce((sum, { n }) => sum + n, 0),
      expected_n,
      observed_n: Math.min(expected_n, Math.round(observed.reduce((sum, n) => sum + n, 0))),
      // An hour that has hardly begun expects less than one event: nothing is missed of it.
      hours_percent: expected.map((most, hour) =>
        most < 1 ? null : Math.round((100 * observed[hour]!) / most),
      ),
      stuck_hours: mine.filter((one) => isStuck(one, expected_period_ms)).length,
      jumps: jumps.get(key)?.jumps ?? 0,
      greatest_jump: jumps.get(key)?.greatest ?? null,
    };
  });
}

/** The same value in every event of an hour, which the key reported all through: at least half of what is expected. */
const isStuck = ({ same, n }: HourFacts, expected_period_ms: number): boolean =>
  same && n >= Math.max(STUCK_EVENTS_MIN, hours(1) / expected_period_ms / 2);

/** Which keys a day's rows leave out of analytics for that day, and why. */
export function exclusionsOf(stream: string, rows: readonly KeyDay[], rules: QualityRules): NewExclusion[] {
  const out: NewExclusion[] = [];
  for (const row of rows) {
    const put = (rule: NewExclusion["rule"], reason: string): void =>
      void out.push({ stream, key: row.key, from_day: row.day, to_day: row.day, rule, reason });
    if (rules.stuck_hours > 0 && row.stuck_hours >= rules.stuck_hours)
      put("stuck", `the same value for ${row.stuck_hours} hours of the day`);
    if (rules.jumps > 0 && row.jumps >= rules.jumps)
      put(
        "jumps",
        `${row.jumps} impossible changes, the greatest by ${row.greatest_jump?.toFixed(0)} km/h within minutes`,
      );
    const percent = completeness(row);
    if (percent !== null && 100 * percent < rules.completeness_percent)
      put("incomplete", `${(100 * percent).toFixed(0)} % of the expected events`);
  }
  return out;
}

/** Share of what was expected, 0 to 1; null where nothing was. */
export const completeness = ({
  observed_n,
  expected_n,
}: Pick<KeyDay, "observed_n" | "expected_n">): number | null =>
  expected_n === 0 ? null : observed_n / expected_n;

/** Edges of delays, ms: fine around 0, where clocks that go wrong show. */
export const delayEdges: readonly number[] = [
  -hours(1),
  -60_000,
  -10_000,
  -5_000,
  -2_000,
  -1_000,
  -500,
  -200,
  -100,
  0,
  100,
  200,
  500,
  1_000,
  2_000,
  5_000,
  10_000,
  20_000,
  30_000,
  60_000,
  2 * 60_000,
  5 * 60_000,
  10 * 60_000,
  hours(1),
];

export const sourceDay = (
  day: Day,
  { source, ahead_n, bins }: { source: string; ahead_n: number; bins: readonly number[] },
): SourceDay => ({
  source,
  day,
  n: bins.reduce((sum, n) => sum + n, 0),
  ahead_n,
  delay_p50_ms: percentile(bins, delayEdges, 0.5),
  delay_p99_ms: percentile(bins, delayEdges, 0.99),
});

/** A source of which half the events are received earlier than this before they happened has a clock that goes wrong. */
export const SKEW_MS = -seconds(1);

/** Rules of data quality, alone and over what a real store says. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { localDay, nextDayStart, startOfLocalDay } from "../core/local-day.ts";
import { days, hours, minutes, seconds } from "../core/time.ts";
import { NOON, partOf, type Sent } from "../history/conformance-kit.ts";
import type { HistoryStore } from "../history/history-store.ts";
import { postgresBed, type PostgresBed } from "../history/postgres-bed.fixture.ts";
import { openPostgresQuality } from "../history/quality/postgres-quality.ts";
import type { HourFacts, QualityStore } from "../history/quality/quality-store.ts";
import { excludedKeys, noteOf } from "../serving/excluded-keys.ts";
import { delayEdges, exclusionsOf, judgeDay, sourceDay, type DayFacts } from "./data-quality.ts";
import { judgeDays, type JudgeOptions } from "./judge-days.ts";

const ZONE = "Europe/Berlin";
const DAY = "2026-07-15";
const from_ms = startOfLocalDay(DAY, ZONE)!;

const facts = (over: Partial<DayFacts>): DayFacts => ({
  day: DAY,
  from_ms,
  until_ms: nextDayStart(from_ms, ZONE),
  expected_period_ms: seconds(10),
  keys: [],
  hours: [],
  jumps: [],
  ...over,
});
const hour = (key: string, at: number, n: number, same = false): HourFacts => ({
  key,
  hour: at,
  n,
  windows_n: 12,
  same,
});

describe("a day of a key", () => {
  test("a key from which nothing came has a row: nothing of what was expected", () => {
    const [row] = judgeDay(facts({ keys: ["silent"] }));
    expect(row).toMatchObject({ key: "silent", n: 0, expected_n: 8_640, observed_n: 0 });
    expect(row!.hours_percent).toEqual(Array.from({ length: 24 }, () => 0));
  });

  test("too many events in one hour do not make up for an hour without any", () => {
    const [row] = judgeDay(
      facts({ hours: [hour("a", 0, 720), ...Array.from({ length: 22 }, (_, i) => hour("a", i + 2, 360))] }),
    );
    expect(row).toMatchObject({ n: 8_640, expected_n: 8_640, observed_n: 8_280 });
    expect(row!.hours_percent.slice(0, 3)).toEqual([100, 0, 100]);
  });

  test("of a day that goes on, only what should have come by now is expected; of hours to come there is nothing", () => {
    const [row] = judgeDay(
      facts({ until_ms: from_ms + hours(2) + seconds(5), hours: [hour("a", 0, 360), hour("a", 1, 180)] }),
    );
    expect(row).toMatchObject({ expected_n: 721, observed_n: 540 });
    expect(row!.hours_percent).toEqual([100, 50, null]);
  });

  test("a day of 23 and of 25 hours expects as much", () => {
    const of = (day: string): number[] => {
      const at_ms = startOfLocalDay(day, ZONE)!;
      const [row] = judgeDay(
        facts({ day, from_ms: at_ms, until_ms: nextDayStart(at_ms, ZONE), keys: ["a"] }),
      );
      return [row!.hours_percent.length, row!.expected_n];
    };
    expect(of("2026-03-29")).toEqual([23, 23 * 360]);
    expect(of("2026-10-25")).toEqual([25, 25 * 360]);
  });

  test("stuck is the same value all through an hour, and not one that came a few times", () => {
    const [row] = judgeDay(
      facts({
        hours: [hour("a", 0, 360, true), hour("a", 1, 200, true), hour("a", 2, 100, true), hour("a", 3, 360)],
      }),
    );
    expect(row!.stuck_hours).toBe(2);
    const [slow] = judgeDay(
      facts({ expected_period_ms: minutes(5), hours: [hour("a", 0, 12, true), hour("a", 1, 9, true)] }),
    );
    expect(slow!.stuck_hours).toBe(1);
  });

  test("for any events: 0 ≤ observed ≤ expected, and each hour 0 to 100 %", () => {
    const any = fc.record({
      key: fc.constantFrom("a", "b"),
      hour: fc.integer({ min: 0, max: 23 }),
      n: fc.integer({ min: 0, max: 100_000 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(any, { selector: (one) => `${one.key} ${one.hour}` }),
        fc.integer({ min: 1, max: 1_440 }),
        (some, until_min) => {
          const rows = judgeDay(
            facts({
              until_ms: from_ms + minutes(until_min),
              keys: ["a", "b"],
              hours: some.map((one) => hour(one.key, one.hour, one.n)),
            }),
          );
          expect(rows.map(({ key }) => key)).toEqual(["a", "b"]);
          for (const row of rows) {
            expect(row.observed_n).toBeGreaterThanOrEqual(0);
            expect(row.observed_n).toBeLessThanOrEqual(row.expected_n);
            for (const percent of row.hours_percent)
              if (percent !== null) expect(percent >= 0 && percent <= 100).toBe(true);
          }
        },
      ),
    );
  });
});

test("a key is left out by the rules that are on, each with its reason", () => {
  const rows = judgeDay(
    facts({
      keys: ["gone", "fine"],
      hours: [
        ...Array.from({ length: 6 }, (_, i) => hour("stuck", i, 360, true)),
        ...Array.from({ length: 24 }, (_, i) => hour("fine", i, 360)),
      ],
      jumps: [{ key: "fine", jumps: 11, greatest: 70 }],
    }),
  );
  const rules = { stuck_hours: 6, jumps: 12, completeness_percent: 0 };
  expect(exclusionsOf("traffic", rows, rules)).toEqual([
    {
      stream: "traffic",
      key: "stuck",
      from_day: DAY,
      to_day: DAY,
      rule: "stuck",
      reason: "the same value for 6 hours of the day",
    },
  ]);
  expect(
    exclusionsOf("traffic", rows, { stuck_hours: 0, jumps: 11, completeness_percent: 50 }).map(
      ({ key, rule }) => [key, rule],
    ),
  ).toEqual([
    ["fine", "jumps"],
    ["gone", "incomplete"],
    ["stuck", "incomplete"],
  ]);
});

test("delays of a source are told by their percentiles; events before their own time are counted", () => {
  const bins = Array.from({ length: delayEdges.length + 1 }, () => 0);
  bins[4] = 90;
  bins[10] = 10;
  expect(sourceDay(DAY, { source: "a", ahead_n: 90, bins })).toMatchObject({ n: 100, ahead_n: 90 });
  expect(sourceDay(DAY, { source: "a", ahead_n: 90, bins }).delay_p50_ms).toBeLessThan(-2_000);
});

describe("over a real store", () => {
  let bed: PostgresBed;
  let history: HistoryStore;
  let quality: QualityStore;
  const clock = { now: () => NOON + minutes(30), monotonic: () => performance.now() };
  beforeAll(async () => {
    bed = await postgresBed();
    history = await bed.open();
    quality = openPostgresQuality({ url: bed.url });
  });
  afterAll(async () => {
    await quality.close();
    await bed.drop();
  });

  const options = (over: Partial<JudgeOptions> = {}): JudgeOptions => ({
    quality,
    history,
    streams: [{ ...bed.traffic, expected_period_ms: minutes(1) }],
    zone: ZONE,
    rules: { stuck_hours: 3, jumps: 0, completeness_percent: 0 },
    clock,
    signal: new AbortController().signal,
    progress: () => {},
    ...over,
  });

  test("a stuck sensor is seen, left out of analytics by rule, and let in again when the rule is another", async () => {
    const sent: Sent[] = [];
    for (let i = 0; i < 6 * 60; i++) {
      const at_ms = -hours(6) + minutes(i);
      sent.push({ key: "stuck", at_ms, event_id: `s${i}`, speed: 42, free: 60 });
      sent.push({ key: "fine", at_ms, event_id: `f${i}`, speed: 40 + (i % 7), free: 60 });
      // Stands, then runs, from one window to the next.
      sent.push({ key: "jumps", at_ms, event_id: `j${i}`, speed: i % 10 < 5 ? 5 : 110, free: 60 });
    }
    sent.push({ key: "yesterday", at_ms: -days(1), event_id: "y", speed: 50, free: 60 });
    expect((await history.append(bed.traffic, [partOf(bed.traffic, 0, 0, sent)])).kind).toBe("stored");
    const day = localDay(NOON, ZONE);
    const start_ms = startOfLocalDay(day, ZONE)!;
    const did = await judgeDays([start_ms], options());
    expect(did).toMatchObject({ rows: 4, excluded: 1, included: 0 });
    const asked = { from_day: day, to_day: day };
    const rows = new Map((await quality.keyDays("traffic", asked)).map((row) => [row.key, row]));
    expect(rows.get("stuck")).toMatchObject({ n: 360, stuck_hours: 6, jumps: 0 });
    expect(rows.get("fine")).toMatchObject({ n: 360, stuck_hours: 0, jumps: 0 });
    expect(rows.get("jumps")!.jumps).toBe(71);
    expect(rows.get("jumps")!.greatest_jump).toBeCloseTo(105, 1);
    expect(rows.get("yesterday")).toMatchObject({ n: 0, observed_n: 0 });
    expect(rows.get("fine")!.hours_percent.slice(7, 15)).toEqual([0, 100, 100, 100, 100, 100, 100, 0]);

    const excluded = await excludedKeys(quality, "traffic", ZONE, start_ms, NOON);
    expect([...excluded.keys]).toEqual(["stuck"]);
    expect(excluded.note).toBe("1 key excluded: stuck sensor");
    expect((await excludedKeys(quality, "traffic", ZONE, start_ms - days(1), start_ms)).keys.size).toBe(0);

    const none = { stuck_hours: 0, jumps: 0, completeness_percent: 0 };
    expect(await judgeDays([start_ms], options({ rules: none }))).toMatchObject({ excluded: 0, included: 1 });
    expect((await excludedKeys(quality, "traffic", ZONE, start_ms, NOON)).keys.size).toBe(0);

    const [sums] = await quality.daySums("traffic", asked);
    expect(sums).toMatchObject({ day, keys: 4, n: 1_080, stuck_keys: 1, jump_keys: 1 });
    expect((await quality.keySums("traffic", asked)).map(({ key }) => key)).toEqual([
      "yesterday",
      "fine",
      "jumps",
      "stuck",
    ]);
    expect(await quality.sourceDays("traffic", asked)).toMatchObject([{ source: "test", n: 1_080 }]);
    expect((await quality.ledgerDays("traffic", asked)).map((one) => one.counts)).toEqual([null]);
  });

  test("a person excludes a key, and no rule takes that away", async () => {
    const one = {
      stream: "traffic",
      key: "fine",
      from_day: "2026-07-01",
      to_day: null,
      rule: "hand" as const,
      reason: "works",
    };
    const added = await quality.exclude(one);
    expect(added).toMatchObject(one);
    expect(await quality.exclude(one)).toBeNull();
    await judgeDays([from_ms], options());
    const { keys, note } = await excludedKeys(quality, "traffic", ZONE, from_ms, NOON + days(400));
    expect([...keys].sort()).toEqual(["fine", "stuck"]);
    expect(note).toBe("2 keys excluded: by hand, stuck sensor");
    expect(await quality.include(added!.exclusion_id)).toBe(true);
    expect(await quality.include(added!.exclusion_id)).toBe(false);
    expect(noteOf([])).toBeNull();
  });

  test("a day's own counts of the ledger are the difference to the day before", async () => {
    const counts = { consumed: 10, stored: 7, duplicate: 2, dead: 1, late: 3, rejected: 0 };
    await quality.noteLedger("other", "2026-07-13", counts);
    await quality.noteLedger("other", "2026-07-14", { ...counts, consumed: 30, stored: 25, late: 4 });
    const told = await quality.ledgerDays("other", { from_day: "2026-07-13", to_day: "2026-07-20" });
    expect(told).toEqual([
      { day: "2026-07-13", counts: null },
      {
        day: "2026-07-14",
        counts: { consumed: 20, stored: 18, duplicate: 0, dead: 0, late: 1, rejected: 0 },
      },
    ]);
  });
});

/** Laws of warnings: told once, at the papers' levels, and steady near a level. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Facts } from "./facts.ts";
import { factsOf, feedOf, jobOf, runOf, statusOf } from "./facts.fixture.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./warning-rules.ts";
import { Warnings, type Change } from "./warnings.ts";

const at = (s: number): number => s * 1_000;

/** The rule's name for what stands after the same facts for a minute. */
function standing(facts: Partial<Facts>): string[] {
  const warnings = new Warnings(rules);
  for (let s = 0; s <= 60; s += 2) warnings.look(factsOf(facts), at(s));
  return warnings.standing().map(({ rule, subject }) => `${rule} ${subject}`);
}

const lagging = (lag_events: number, shrinking: boolean): Partial<Facts> => ({
  streams: [statusOf({ lag_events })],
  not_shrinking: new Set(shrinking ? [] : ["traffic"]),
});
const redis = (used_bytes: number, max_bytes: number | null = 1_000): Partial<Facts> => ({
  live_server: { up: true, memory: { used_bytes, max_bytes } },
});
const batchOf = (
  audit: { found?: number; live_found?: number },
  frontier = "2026-11-21T10:00:00Z",
): NonNullable<Facts["streams"][number]["batch"]> => ({
  views: [{ view: "hours", frontier, age_ms: 0 }],
  dirty_windows: 0,
  refreshed: null,
  audit: {
    at: "2026-11-21T10:00:00Z",
    compared: 1,
    found: 0,
    live_found: 0,
    repaired_total: 0,
    found_at: null,
    words: null,
    ...audit,
  },
});
const drifting = (is: boolean): Partial<Facts> => ({
  predictions: {
    scored_to_ms: 0,
    last_hour: [{ horizon_min: 20, mae: 4, n: 9 }],
    drift: [
      {
        horizon_min: 20,
        mae: 4,
        skill: 0.1,
        n: 9_000,
        before_mae: 3,
        before_skill: 0.3,
        before_n: 9_000,
        ratio: 1.333,
        drifting: is,
      },
    ],
  },
});
const hung = { log: 3, history: null, live: 90, sse: 12 };

describe("each rule warns above its level and not at it", () => {
  const cases: readonly [what: string, quiet: Partial<Facts>, loud: Partial<Facts>, warning: string][] = [
    [
      "lag over 1,000 and not shrinking",
      lagging(1_000, false),
      lagging(1_001, false),
      "consumer-lag traffic",
    ],
    ["a lag that shrinks is none", lagging(900_000, true), lagging(900_000, false), "consumer-lag traffic"],
    ["predictions that drift", drifting(false), drifting(true), "prediction-drift 20 min"],
    ["Redis over 80 % of its memory", redis(800), redis(801), "redis-memory redis"],
    ["a Redis without a bound", redis(9e9, null), redis(801), "redis-memory redis"],
    [
      "a pool over 80 %",
      { pools: [{ pool: "p", in_use: 4, max: 5 }] },
      { pools: [{ pool: "p", in_use: 9, max: 10 }] },
      "pool p",
    ],
    ["a query over 1 s", { slowest_query_ms: 1_000 }, { slowest_query_ms: 1_001 }, "slow-query postgresql"],
    [
      "more than 1 % of requests",
      { requests: { all: 1_000, failed: 10 } },
      { requests: { all: 1_000, failed: 11 } },
      "error-rate http",
    ],
    [
      "one failed request of a few",
      { requests: { all: 49, failed: 1 } },
      { requests: { all: 50, failed: 1 } },
      "error-rate http",
    ],
    [
      "a ledger that does not add up",
      {},
      { streams: [statusOf({ ledger_difference: -1 })] },
      "ledger-difference traffic",
    ],
    ["an open breaker", { breaker: "half-open" }, { breaker: "open" }, "breaker-open live"],
    [
      "a Redis that refuses writes",
      { breaker: "closed", breaker_writes: "half-open" },
      { breaker: "closed", breaker_writes: "open" },
      "writes-refused live",
    ],
    [
      "a canary that did not arrive",
      { canary: { sent_at_ms: 0, took_ms: { ...hung, history: 80 } } },
      { canary: { sent_at_ms: 0, took_ms: hung } },
      "canary-missed history",
    ],
    [
      "a consumer that stands still",
      { stuck: [{ stream: "traffic", partition: 3, still_ms: 20_000 }] },
      { stuck: [{ stream: "traffic", partition: 3, still_ms: 20_001 }] },
      "consumer-stuck traffic/3",
    ],
    [
      "PostgreSQL away",
      { postgresql_up: null },
      { postgresql_up: false, delivery_known: false },
      "store-away postgresql",
    ],
    ["the log away", {}, { delivery_known: false }, "store-away delivery"],
    ["Redis away", redis(1), { live_server: { up: false, memory: null } }, "store-away redis"],
    [
      "a feed that is not believed",
      { feeds: [feedOf()] },
      { feeds: [feedOf({ suspect: { since_ms: 0, words: "3.6 times as low", held: 9 } })] },
      "feed-suspect here",
    ],
    [
      "a feed that failed twice in a row",
      { feeds: [feedOf({ failed_polls: 1 })] },
      { feeds: [feedOf({ failed_polls: 2 })] },
      "feed-failing here",
    ],
    [
      "a feed that nobody polls",
      { feeds: [feedOf({ state: "late" })] },
      { feeds: [feedOf({ state: "unattended" })] },
      "feed-unattended here",
    ],
    [
      "a feed whose calls do not last",
      { feeds: [feedOf({ interval_ms: 900_000 })] },
      { feeds: [feedOf({ interval_ms: 900_001 })] },
      "feed-quota here",
    ],
    [
      "a job whose newest run failed",
      { jobs: [jobOf()] },
      { jobs: [jobOf({ last: runOf({ state: "failed", error: "no room" }) })] },
      "job-failed nightly",
    ],
    [
      "a job that is being tried again",
      { jobs: [jobOf({ open: runOf({ state: "queued", attempts: 0 }) })] },
      { jobs: [jobOf({ open: runOf({ state: "queued", error: "no room" }) })] },
      "job-failed nightly",
    ],
    [
      "a job that failed and runs again",
      {
        jobs: [
          jobOf({ last: runOf({ state: "failed", error: "no room" }), open: runOf({ state: "running" }) }),
        ],
      },
      { jobs: [jobOf({ last: runOf({ state: "failed", error: "no room" }) })] },
      "job-failed nightly",
    ],
    [
      "a job that nobody begins",
      { jobs: [jobOf({ overdue_ms: 120_000 })] },
      { jobs: [jobOf({ overdue_ms: 120_001 })] },
      "job-overdue nightly",
    ],
    [
      "an audit that found something",
      { streams: [statusOf({ batch: batchOf({ found: 0 }) })] },
      { streams: [statusOf({ batch: batchOf({ found: 1 }) })] },
      "audit-differences traffic",
    ],
    [
      "a live view that is not history's newest",
      { streams: [statusOf({ batch: batchOf({ live_found: 0 }) })] },
      { streams: [statusOf({ batch: batchOf({ live_found: 1 }) })] },
      "audit-differences traffic",
    ],
    [
      "batch views that nobody moves on",
      { streams: [statusOf({ batch: batchOf({}, "2026-11-21T07:20:00Z") })] },
      { streams: [statusOf({ batch: batchOf({}, "2026-11-21T07:19:59Z") })] },
      "views-behind traffic/hours",
    ],
    [
      "a service near its end",
      { restarts: [{ service: "x", remaining: 2, crashes: 3 }] },
      { restarts: [{ service: "x", remaining: 1, crashes: 4 }] },
      "restart-budget x",
    ],
  ];
  for (const [what, quiet, loud, warning] of cases) {
    test(what, () => {
      expect(standing(quiet)).toEqual([]);
      expect(standing(loud)).toEqual([warning]);
    });
  }

  test("every rule has been tried", () => {
    const tried = new Set(cases.map(([, , , warning]) => warning.split(" ")[0]));
    expect(rules.map(({ rule }) => rule).filter((rule) => !tried.has(rule))).toEqual([]);
  });

  test("a level to end at is never above the one to raise at", () => {
    for (const { below, above } of rules) expect(below).toBeLessThanOrEqual(above);
  });
});

describe("a warning", () => {
  const rule: Rule = {
    rule: "r",
    level: "warning",
    above: 80,
    after_ms: 4_000,
    below: 70,
    ended_after_ms: 10_000,
    read: ({ slowest_query_ms }) => [
      { subject: "x", value: slowest_query_ms, text: `now ${slowest_query_ms}` },
    ],
  };
  const values = fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 120 });
  const run = (all: readonly number[]) => {
    const warnings = new Warnings([rule]);
    const told: (Change & { at_s: number })[] = [];
    const stood: boolean[] = [];
    for (const [i, value] of all.entries()) {
      for (const change of warnings.look(factsOf({ slowest_query_ms: value, now_ms: 1e12 + at(i) }), at(i)))
        told.push({ ...change, at_s: i });
      stood.push(warnings.standing().length > 0);
    }
    return { told, stood };
  };

  test("is raised and ended in turn, each told once, and stands in between", () => {
    fc.assert(
      fc.property(values, (all) => {
        const { told, stood } = run(all);
        expect(told.map(({ raised }) => raised)).toEqual(told.map((_, i) => i % 2 === 0));
        for (const [i, standing_now] of stood.entries()) {
          const last = told.findLast(({ at_s }) => at_s <= i);
          expect(standing_now).toBe(last?.raised ?? false);
        }
      }),
    );
  });

  test("does not flap: it stands for ten seconds at least, and only after four above the level", () => {
    fc.assert(
      fc.property(values, (all) => {
        const { told } = run(all);
        for (const [i, { at_s, raised }] of told.entries()) {
          const span = raised ? 4 : 10;
          const side = all.slice(at_s - span, at_s + 1);
          expect(side.every((value) => (raised ? value > 80 : value <= 70))).toBe(true);
          if (i > 0) expect(at_s - told[i - 1]!.at_s).toBeGreaterThanOrEqual(span);
        }
      }),
    );
  });

  test("a value between the two levels changes nothing, however long", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.integer({ min: 71, max: 80 }), { maxLength: 60 }),
        (up, between) => {
          const before = up ? [100, 100, 100, 100, 100] : [10];
          const { told, stood } = run([...before, ...between]);
          expect(told).toHaveLength(up ? 1 : 0);
          expect(stood.at(-1)).toBe(up);
        },
      ),
    );
  });

  test("says since when, and its number follows", () => {
    const warnings = new Warnings([rule]);
    for (const [i, value] of [10, 90, 95, 97, 99, 120].entries())
      warnings.look(factsOf({ slowest_query_ms: value, now_ms: at(100 + i) }), at(i));
    expect(warnings.standing()).toEqual([
      { rule: "r", subject: "x", level: "warning", text: "now 120", since_ms: at(101) },
    ]);
  });

  test("ends with its subject", () => {
    const facts = factsOf({ streams: [statusOf({ ledger_difference: 2 })] });
    const warnings = new Warnings(rules);
    expect(warnings.look(facts, 0)).toHaveLength(1);
    expect(warnings.look(facts, 1)).toEqual([]);
    expect(warnings.look(factsOf({ streams: [] }), 2)).toMatchObject([{ raised: false }]);
    expect(warnings.standing()).toEqual([]);
  });

  test("critical ones stand first", () => {
    const facts = factsOf({
      slowest_query_ms: 2_000,
      streams: [statusOf({ ledger_difference: 2 })],
    });
    const warnings = new Warnings(rules.toReversed());
    warnings.look(facts, 0);
    expect(warnings.standing().map(({ level }) => level)).toEqual(["critical", "warning"]);
  });
});

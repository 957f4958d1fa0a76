/** Margins from what was served: intervals that missed too often come to cover what they say, and stay there, whatever was set before. */
import { expect, test } from "bun:test";
import { binOf } from "../src/core/bins.ts";
import { days, hours } from "../src/core/time.ts";
import { limits } from "../src/core/limits.ts";
import type { ModelRow } from "../src/history/models/model-store.ts";
import { OUTSIDE_EDGES } from "../src/history/scores/bins.ts";
import { randomOf } from "../src/history/scores/scene.fixture.ts";
import { horizons, type BinCount, type ServedMargins } from "../src/history/scores/score-store.ts";
import { noMargins } from "../src/prediction/served-margins.ts";
import { regimes, type Margins } from "../src/prediction/prediction.ts";
import { marginsOf } from "../src/prediction/stored-margins.ts";
import { city } from "../test/api-fixture.ts";
import { calibrate } from "./calibrate.ts";

const MIDNIGHT_MS = Date.UTC(2026, 10, 10);
const DAY_PAIRS = 20_000;

/** The same for every horizon and regime. */
function evenly(margin_50: number, margin_90: number): Margins {
  const one = { margin_50, margin_90 };
  const row = { calm: one, uncertain: one, slow: one };
  return { 10: row, 20: row, 30: row };
}

const champion = (margins: Margins | null): ModelRow => ({
  model_version: "m1",
  kind: "quantile-net",
  state: "champion",
  reason: "test",
  trained_from_ms: 0,
  trained_to_ms: 1,
  seed: 1,
  code_version: "test",
  roads_n: 1,
  verdict: null,
  margins,
  created_ms: 0,
  promoted_ms: 0,
  ended_ms: null,
  sha256: "",
  bytes: 1,
  kept: true,
});

/** What comes lies outside the model's own 50 and 90 % intervals by a normal; the margins that cover it are 1.3 and 2.9. */
function world(own: Margins | null = null) {
  const random = randomOf(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let margins = own;
  const noted: ServedMargins[] = [];
  const counts: (BinCount & { day: string })[] = [];
  let now_ms = MIDNIGHT_MS;
  const job = calibrate({
    city,
    models: {
      roles: async () => ({ champion: champion(margins), challenger: null }),
      async setMargins(_, to) {
        margins = marginsOf(to);
        return true;
      },
    },
    scores: {
      forget: async () => 0,
      margins: async () => [...noted],
      noteMargins: async (_, served) => void noted.push(served),
      outside: async (_, from_day, to_day) => counts.filter(({ day }) => day >= from_day && day <= to_day),
    },
  });
  /** @returns Share inside. */
  function serve(pairs: number, interval: 50 | 90, shift: number): number {
    const served = (margins ?? noMargins)[10].calm[`margin_${interval}`];
    const misses = Array.from({ length: pairs }, () => normal() + shift - served);
    for (const [bin, those] of Map.groupBy(misses, (miss) => binOf(miss, OUTSIDE_EDGES)))
      for (const horizon_min of horizons)
        for (const regime of regimes)
          counts.push({
            day: new Date(now_ms).toISOString().slice(0, 10),
            model_version: "m1",
            trial: false,
            horizon_min,
            regime,
            kind: `outside_${interval}`,
            bin,
            n: those.length,
            hits: 0,
            said: 0,
          });
    return misses.filter((miss) => miss <= 0).length / pairs;
  }
  return {
    noted,
    margins: () => margins,
    set: (to: Margins) => (margins = to),
    /** A day is served with the margins of now; then the night comes. */
    day(pairs = DAY_PAIRS): { fifty: number; ninety: number } {
      const inside = { fifty: serve(pairs, 50, 1.3), ninety: serve(pairs, 90, 2.9 - 1.2816) };
      now_ms += days(1);
      return inside;
    },
    night: () =>
      job.run({
        from_ms: null,
        to_ms: null,
        scheduled_for_ms: now_ms,
        flags: {},
        clock: { now: () => now_ms, monotonic: () => 0 },
        signal: new AbortController().signal,
        progress: () => {},
        resume: null,
        note: async () => {},
      }),
    later: (ms: number) => (now_ms += ms),
  };
}

test("after a night intervals cover what they say, and further nights change nothing", async () => {
  const it = world();
  const first = it.day();
  expect(first.fifty).toBeLessThan(0.15);
  expect(String((await it.night())["words"])).toContain("margins of 9 of 9");
  const { margin_50, margin_90 } = it.margins()![10].calm;
  expect(margin_50).toBeCloseTo(1.3, 0);
  expect(margin_90).toBeCloseTo(2.9, 0);
  for (let i = 0; i < 4; i++) {
    const { fifty, ninety } = it.day();
    expect(Math.abs(fifty - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(ninety - 0.9)).toBeLessThan(0.02);
    await it.night();
    // Days that were served with other margins tell the same.
    expect(Math.abs(it.margins()![10].calm.margin_50 - margin_50)).toBeLessThan(0.08);
  }
});

test("a model that came with margins keeps them where it fits; what somebody set in the day leaves that day out", async () => {
  const it = world(evenly(1.3, 2.9));
  it.day();
  expect((await it.night())["words"]).toBe("intervals cover what they say: margins stay");
  expect(it.noted).toMatchObject([{ since_ms: -Infinity }]);
  it.later(hours(9));
  it.set(noMargins);
  await it.night();
  expect(it.noted).toHaveLength(3);
  expect(it.noted[1]!.margins).toEqual(noMargins);
  expect(it.margins()![10].calm.margin_50).toBeCloseTo(1.3, 0);
});

test("with fewer pairs than are wanted nothing is set", async () => {
  const it = world();
  it.day(limits.calibrate_pairs_min - 1);
  expect((await it.night())["words"]).toBe("too few predictions are scored to set margins from");
  expect(it.margins()).toBeNull();
});

/** The champion rule, on figures made by hand. */
import { expect, test } from "bun:test";
import { limits } from "../../core/limits.ts";
import { decideHeldOut, decideLive, type LiveSums, unsound } from "./champion-rule.ts";
import type { Figures, HorizonFigures, Verdict } from "./verdict.ts";

const horizon = (mae: number | null, either: number | null, n = 1_000): HorizonFigures => {
  const slow = { n: either === null ? 0 : n, mae: either, bias: 0, mape_percent: 10 };
  return {
    n: mae === null ? 0 : 10_000,
    mae,
    rmse: mae,
    bias: 0,
    r2: 0.9,
    mape_percent: 5,
    within_15: 0.9,
    covered_50: 0.5,
    covered_90: 0.9,
    either: slow,
    congested: slow,
    mae_by_hour: Array.from({ length: 24 }, () => mae),
  };
};
const of = (mae: number | null, either: number | null, n?: number): Figures => [
  horizon(mae, either, n),
  horizon(mae, either, n),
  horizon(mae, either, n),
];
const verdict = (own: Figures, champion: Verdict["champion"] = null): Verdict => ({
  judged_from_ms: 0,
  judged_to_ms: 1,
  origins_n: 50,
  learnt_to_ms: 0,
  own,
  persistence: of(3, 9),
  profile: null,
  champion,
});
const met = (own: Figures, champion: Figures): Verdict["champion"] => ({
  model_version: "old",
  fault: null,
  on_unseen: { from_ms: 0, own, champion },
});

test("what learnt from all the time is no model where it says nothing, or errs far more than its twin", () => {
  expect(unsound(of(2.1, 7), of(2, 7))).toBeNull();
  expect(unsound(of(0.4, null), of(0, null))).toBeNull();
  expect(unsound(of(4.1, 7), of(2, 7))).toContain("4.10 against 2.00");
  expect(unsound(of(null, null), of(2, 7))).toContain("unknown against 2.00");
  // Nothing was measured lately: nobody can tell.
  expect(unsound(of(null, null), of(null, null))).toBeNull();
});

test("the first is champion where it beats persistence over all and on slow roads, else it is rejected", () => {
  expect(decideHeldOut(verdict(of(2, 7))).state).toBe("champion");
  expect(decideHeldOut(verdict(of(3, 7))).state).toBe("rejected");
  expect(decideHeldOut(verdict(of(2, 9.5))).state).toBe("rejected");
  expect(decideHeldOut(verdict(of(null, null))).state).toBe("rejected");
  expect(decideHeldOut(verdict(of(2, 9.5))).reason).toBe(
    'no better than "it stays as it is": 2.00 against 3.00 km/h over all, 9.50 against 9.00 on slow roads',
  );
});

test("few slow roads say nothing, either way", () => {
  expect(decideHeldOut(verdict(of(2, 9.5, limits.judge_slow_min - 1))).state).toBe("champion");
  expect(decideHeldOut(verdict(of(2, 9.5, limits.judge_slow_min - 1))).reason).toEndWith(
    "too few slow roads to tell",
  );
  expect(decideHeldOut(verdict(of(2, 9.5, limits.judge_slow_min))).state).toBe("rejected");
});

test("beside a champion it must be better on what neither has seen; then it is on trial, never champion at once", () => {
  const own = of(2, 7);
  expect(decideHeldOut(verdict(own, met(of(2, 7), of(2.1, 7.1)))).state).toBe("challenger");
  expect(decideHeldOut(verdict(own, met(of(2, 7), of(1.9, 8)))).state).toBe("rejected");
  expect(decideHeldOut(verdict(own, met(of(2, 7), of(2.1, 6.9)))).state).toBe("rejected");
  expect(decideHeldOut(verdict(own, met(of(2, 7), of(2, 7)))).state).toBe("rejected");
  expect(decideHeldOut(verdict(own, { model_version: "old", fault: null, on_unseen: null })).state).toBe(
    "challenger",
  );
  expect(decideHeldOut(verdict(own, { model_version: "old", fault: "cut off", on_unseen: null })).state).toBe(
    "champion",
  );
  // Even in place of a broken one nobody serves what a guess beats.
  expect(
    decideHeldOut(verdict(of(4, 7), { model_version: "old", fault: "cut off", on_unseen: null })).state,
  ).toBe("rejected");
});

const HOURS = 24;
const live = (mae: number, either: number, hours = HOURS, from = 0): LiveSums[] =>
  Array.from({ length: hours }, (_, i) =>
    [10, 20, 30].map((horizon_min) => ({
      hour_ms: (from + i) * 3_600_000,
      horizon_min,
      n: 1_000,
      abs_e: 1_000 * mae,
      either_n: 100,
      either_abs_e: 100 * either,
    })),
  ).flat();

test("live, a challenger that is no worse is promoted, a worse one goes, over all or on slow roads", () => {
  expect(decideLive(live(2, 7), live(2, 7), HOURS).state).toBe("promote");
  expect(decideLive(live(1.9, 6.9), live(2, 7), HOURS).state).toBe("promote");
  expect(decideLive(live(2.01, 6), live(2, 7), HOURS).state).toBe("reject");
  expect(decideLive(live(1.5, 7.01), live(2, 7), HOURS).state).toBe("reject");
});

test("hours that only one of them predicted are not counted, and before there are enough nothing is decided", () => {
  expect(decideLive(live(1, 1, HOURS - 1), live(2, 7), HOURS)).toEqual({
    state: "wait",
    reason: `${HOURS - 1} of ${HOURS} hours in which both were scored`,
  });
  expect(decideLive([], live(2, 7), HOURS).state).toBe("wait");
  // The trial's bad hours lie where the champion was away.
  const trial = [...live(1, 1), ...live(50, 90, 5, HOURS)];
  expect(decideLive(trial, live(2, 7), HOURS).state).toBe("promote");
  expect(
    decideLive(
      live(1, 1).filter(({ horizon_min }) => horizon_min !== 30),
      live(2, 7),
      HOURS,
    ).state,
  ).toBe("wait");
});

test("a champion that predicts nothing gives way to who does", () => {
  expect(decideLive(live(5, 20), [], HOURS).state).toBe("promote");
  expect(decideLive(live(5, 20, HOURS - 1), [], HOURS).state).toBe("wait");
});

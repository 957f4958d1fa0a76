import { describe, expect, test } from "bun:test";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { marginsFrom } from "../margins.ts";
import { FORECAST_SIZE, type Forecaster, LEVELS } from "../model.ts";
import { aMatrix, aNetwork, chance, MONDAY_MS } from "../scene.fixture.ts";
import { ErrorSums } from "./errors.ts";
import { pinballOf } from "./horizon-sums.ts";
import { judge, judgedRows } from "./judge.ts";
import { recentAt } from "./recent-at.ts";
import { subsetsOf } from "./subsets.ts";
import { verdictSchema } from "./verdict.ts";

/** Says these 19 quantiles of each road and horizon. */
const saying = (quantileOf: (road: number, level: number) => number): Forecaster => ({
  forecast: (_, wanted) =>
    Float32Array.from({ length: wanted.length * FORECAST_SIZE }, (__, i) =>
      quantileOf(wanted[Math.floor(i / FORECAST_SIZE)]!, LEVELS[i % LEVELS.length]!),
    ),
});

describe("figures", () => {
  test("of errors, by hand", () => {
    const sums = new ErrorSums();
    // Errors 2, -4, 0, 10.
    for (const [said, came] of [
      [42, 40],
      [16, 20],
      [30, 30],
      [60, 50],
    ] as const)
      sums.add(said, came);
    const { n, mae, rmse, r2, mape_percent, bias, within_15 } = sums.figures;
    expect(n).toBe(4);
    expect(mae).toBeCloseTo(16 / 4);
    expect(rmse).toBeCloseTo(Math.sqrt(120 / 4));
    // Mean 35: 25 + 225 + 25 + 225.
    expect(r2).toBeCloseTo(1 - 120 / 500);
    expect(mape_percent).toBeCloseTo((100 * (0.05 + 0.2 + 0 + 0.2)) / 4);
    expect(bias).toBeCloseTo(2);
    // 10 of 60 is more than 15 %, 4 of 16 is.
    expect(within_15).toBe(0.5);
  });

  test("of nothing are null; zero has no percent", () => {
    expect(new ErrorSums().figures).toEqual({
      n: 0,
      mae: null,
      rmse: null,
      r2: null,
      mape_percent: null,
      bias: null,
      within_15: null,
    });
    const zero = new ErrorSums();
    zero.add(1, 0);
    expect(zero.figures).toMatchObject({ mae: 1, mape_percent: null, r2: null });
  });

  test("of quantiles: the pinball loss by hand, least for the true ones", () => {
    expect(pinballOf(new Float32Array(19).fill(10), 0, 14)).toBeCloseTo(4 * 0.5);
    expect(pinballOf(new Float32Array(19).fill(10), 0, 6)).toBeCloseTo(4 * 0.5);
    const random = chance(1);
    const cases = Array.from({ length: 2_000 }, () => random());
    const loss = (stretch: number): number =>
      cases.reduce(
        (sum, came) =>
          sum +
          pinballOf(
            Float32Array.from(LEVELS, (level) => 0.5 + stretch * (level - 0.5)),
            0,
            came,
          ),
        0,
      );
    expect(loss(1)).toBeLessThan(loss(0.7));
    expect(loss(1)).toBeLessThan(loss(1.3));
  });

  test("subsets: slow is below the limit, far is more than a quarter of it", () => {
    expect(subsetsOf(50, 55, 40)).toEqual(["all", "free"]);
    expect(subsetsOf(50, 39, 40)).toEqual(["all", "either", "congested", "transition"]);
    expect(subsetsOf(39, 40, 40)).toEqual(["all", "either", "now"]);
    expect(subsetsOf(30, 20, 40)).toEqual(["all", "either", "congested", "now"]);
    expect(subsetsOf(Number.NaN, 60, 40)).toEqual(["all", "free"]);
  });
});

describe("the judge", () => {
  const network = aNetwork(4);
  const random = chance(9);
  // Speeds even in 20 to 60, whatever they were: slow below 30 in a quarter of the cases.
  const matrix = aMatrix(4, 600, () => 20 + 40 * random());
  const honest = saying((_, level) => 20 + 40 * level);

  test("who says the truth covers what it says, and its probabilities come so", () => {
    const verdict = judge(honest, network, matrix, { from_step: 11, to_step: 594, point: "median" });
    expect(verdictSchema.parse(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict);
    for (const { errors, coverage, brier, slow, confidence } of verdict.horizons) {
      expect(errors.all.n).toBe(583 * 4);
      expect(errors.all.mae!).toBeCloseTo(10, 0);
      expect(Math.abs(errors.all.bias!)).toBeLessThan(0.7);
      expect(coverage.all.covered_50!).toBeCloseTo(0.5, 1);
      expect(coverage.all.covered_90!).toBeCloseTo(0.9, 1);
      expect(coverage.all.width_90!).toBeCloseTo(36, 1);
      expect(brier!).toBeCloseTo(0.25 * 0.75, 1);
      for (const tenths of [slow, confidence])
        for (const { n, said, came } of tenths) if (n > 0) expect(Math.abs(said! - came!)).toBeLessThan(0.05);
      expect(errors.either.n + errors.free.n).toBe(errors.all.n);
      expect(coverage.calm.n + coverage.uncertain.n + coverage.slow.n).toBe(errors.all.n);
    }
  });

  test("who is too sure is found out, and margins from its rows mend it", () => {
    const bold = saying((_, level) => 40 + 10 * (level - 0.5));
    const range = { from_step: 11, to_step: 594 };
    const margins = marginsFrom(judgedRows(bold, network, matrix, range));
    const covered = (with_margins: boolean): number =>
      judge(bold, network, matrix, with_margins ? { ...range, margins } : range).horizons[1]!.coverage.all
        .covered_90!;
    expect(covered(false)).toBeLessThan(0.3);
    expect(covered(true)).toBeCloseTo(0.9, 1);
  });

  test("what the model does not know is counted and judged by nobody; what did not come is not asked", () => {
    const half = saying((road, level) => (road < 2 ? Number.NaN : 20 + 40 * level));
    const gaps = aMatrix(4, 40, (_, road) => (road === 3 ? Number.NaN : 50));
    const { asked_n, unknown_n, horizons } = judge(half, network, gaps, { from_step: 11, to_step: 40 });
    // 29 origins; the last 2, 4 and 6 of them have no end; three roads.
    expect(asked_n).toBe(3 * (27 + 25 + 23));
    expect(unknown_n).toBe(2 * (27 + 25 + 23));
    expect(horizons.map(({ errors }) => errors.all.n)).toEqual([27, 25, 23]);
    expect(horizons[0]!.errors.congested.mae).toBeNull();
  });

  test("hours are those of the local day", () => {
    const hours = { from_step: 12 * 7, to_step: 12 * 8 };
    const { mae_by_hour } = judge(honest, network, matrix, hours).horizons[0]!;
    expect(
      mae_by_hour.map((mae, hour) => (mae === null ? null : hour)).filter((hour) => hour !== null),
    ).toEqual([7]);
  });

  test("an origin is given its last hour and nothing later; what was before the data is missing", () => {
    const counted = aMatrix(2, 30, (step, road) => 10 * step + road);
    const recent = recentAt(counted, 20);
    expect(recent.at_ms).toBe(MONDAY_MS + 20 * STEP_MS + 240_000);
    expect([...recent.speeds.subarray(0, 2), ...recent.speeds.subarray(22)]).toEqual([90, 91, 200, 201]);
    expect(recentAt(counted, 3).speeds.filter(Number.isNaN)).toHaveLength(16);
    expect(() => recentAt(counted, 30)).toThrow(RangeError);
  });
});

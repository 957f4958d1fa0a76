import { describe, expect, test } from "bun:test";
import { packModel, unpackModel } from "../artefact.ts";
import { recentAt } from "../judge/recent-at.ts";
import { FORECAST_SIZE, LEVELS, type Recent, TrainingError, type TrainingSet } from "../model.ts";
import { aDay, aMatrix, aNetwork, aSet, chance } from "../scene.fixture.ts";
import { openPersistence } from "./open.ts";
import { trainPersistence } from "./train.ts";

const MEDIAN = LEVELS.indexOf(0.5);
const taught = async (set: TrainingSet) =>
  openPersistence(unpackModel(await trainPersistence(set, { seed: 1 })));
const recentOf = (roads: number, speedAt: (step: number, road: number) => number): Recent =>
  recentAt(aMatrix(roads, 12, speedAt), 11);

describe("persistence", () => {
  test("its point is the speed now, at every horizon, and its quantiles ascend within the road's bounds", async () => {
    const set = aSet(10, 288, aDay(1));
    const forecaster = (await taught(set)).bind(set.network);
    for (const step of [12, 95, 100, 210, 287]) {
      const said = forecaster.forecast(recentAt(set.matrix, step), [3, 7]);
      for (const [i, road] of [3, 7].entries()) {
        for (let h = 0; h < 3; h++) {
          const from = i * FORECAST_SIZE + h * LEVELS.length;
          const quantiles = [...said.subarray(from, from + LEVELS.length)];
          expect(quantiles[MEDIAN]).toBe(set.matrix.speeds[step * 10 + road]);
          expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
          expect(quantiles[0]).toBeGreaterThanOrEqual(0);
          expect(quantiles.at(-1)).toBeLessThanOrEqual(80);
        }
      }
    }
  });

  test("its intervals are as wide as what was seen: a walk of known steps", async () => {
    const random = chance(4);
    const walks = new Float64Array(50).fill(50);
    // Each step adds -1 or +1: after 2, 4, 6 steps the spread is the square root of them.
    const set = aSet(
      50,
      600,
      (_, road) => (
        (walks[road]! += random() < 0.5 ? -1 : 1),
        (walks[road] = Math.max(40, Math.min(62, walks[road]!)))
      ),
    );
    const said = (await taught(set)).bind(set.network).forecast(
      recentOf(50, () => 51),
      [0],
    );
    const width = (h: number): number => said[h * LEVELS.length + 18]! - said[h * LEVELS.length]!;
    expect(width(0)).toBeCloseTo(4, 0);
    expect(width(1)).toBeGreaterThan(width(0));
    expect(width(2)).toBeGreaterThanOrEqual(width(1));
  });

  test("a constant series stays as it is, for certain", async () => {
    const set = aSet(20, 100, () => 42);
    const said = (await taught(set)).bind(set.network).forecast(
      recentOf(20, () => 42),
      [0],
    );
    expect([...said]).toEqual(Array.from({ length: FORECAST_SIZE }, () => 42));
  });

  test("zero is a speed; what is missing, negative, infinite or no number is none", async () => {
    const set = aSet(5, 288, aDay(2));
    const odd = aSet(5, 288, (step, road) => {
      const at = step * 5 + road;
      return at % 7 === 0 ? [Number.NaN, -1, Infinity, -Infinity][at % 4]! : set.matrix.speeds[at]!;
    });
    const forecaster = (await taught(odd)).bind(set.network);
    const said = forecaster.forecast(
      recentOf(5, (_, road) => [0, Number.NaN, -3, Infinity, 40][road]!),
      [0, 1, 2, 3, 4],
    );
    const known = [0, 1, 2, 3, 4].map((i) => !Number.isNaN(said[i * FORECAST_SIZE]!));
    expect(known).toEqual([true, false, false, false, true]);
    expect(said.some((value) => value === Infinity || value < 0)).toBe(false);
  });

  test("a speed of up to 10 minutes ago is taken, with the spread of a longer wait; an older one is not", async () => {
    const set = aSet(10, 288, aDay(3));
    const forecaster = (await taught(set)).bind(set.network);
    const silent = (since: number): Float32Array =>
      forecaster.forecast(
        recentOf(10, (step) => (step > 11 - since ? Number.NaN : 40)),
        [0],
      );
    const width = (said: Float32Array): number => said[18]! - said[0]!;
    expect(silent(1)[MEDIAN]).toBe(40);
    expect(width(silent(2))).toBeGreaterThan(width(silent(0)));
    expect(silent(3).every(Number.isNaN)).toBe(true);
  });

  test("no leakage: what comes after the origin changes nothing", async () => {
    const set = aSet(10, 288, aDay(5));
    const forecaster = (await taught(set)).bind(set.network);
    const later = { ...set.matrix, speeds: set.matrix.speeds.map((v, i) => (i < 101 * 10 ? v : 1)) };
    const all = [...Array(10).keys()];
    expect(forecaster.forecast(recentAt(later, 100), all)).toEqual(
      forecaster.forecast(recentAt(set.matrix, 100), all),
    );
  });

  test("roads and classes that it never saw are served; one without a limit of slowness is not", async () => {
    const model = await taught(aSet(10, 288, aDay(6)));
    const other = aNetwork(2, "harbour lane");
    const broken = {
      ...other,
      roads: [other.roads[0]!, { ...other.roads[1]!, congested_below: Number.NaN }],
    };
    const said = model.bind(broken).forecast(
      recentOf(2, () => 25),
      [0, 1],
    );
    expect(said[MEDIAN]).toBe(25);
    expect(said[18]).toBeGreaterThan(25);
    expect(said.subarray(FORECAST_SIZE).every(Number.isNaN)).toBe(true);
  });

  test("an hour of 20 roads is enough; less is refused in a sentence, as is no road and no time", async () => {
    expect((await trainPersistence(aSet(20, 12, aDay(7)), { seed: 1 })).length).toBeGreaterThan(0);
    for (const [roads, steps] of [
      [10, 12],
      [0, 100],
      [10, 0],
      [20, 6],
    ] as const) {
      const set = aSet(roads, steps, aDay(7));
      expect(trainPersistence(set, { seed: 1 })).rejects.toThrow(TrainingError);
    }
    expect(
      trainPersistence(
        aSet(20, 100, () => Number.NaN),
        { seed: 1 },
      ),
    ).rejects.toThrow("there are 0");
  });

  test("the same data give the same file", async () => {
    const set = aSet(10, 100, aDay(8));
    expect(await trainPersistence(set, { seed: 1 })).toEqual(await trainPersistence(set, { seed: 1 }));
  });

  test("a file of other inputs, or whose table is too short, is refused", async () => {
    const file = unpackModel(await trainPersistence(aSet(10, 100, aDay(9)), { seed: 1 }));
    expect(() => openPersistence({ ...file, inputs: "other" })).toThrow("Its inputs");
    const short = unpackModel(packModel({ ...file, arrays: { table: new Float32Array(3) } }));
    expect(() => openPersistence(short)).toThrow("not as large");
  });

  test("a day of 1,247 roads is learnt in a moment", async () => {
    const set = aSet(1_247, 288, aDay(10));
    const begun = performance.now();
    await trainPersistence(set, { seed: 1 });
    // Measured 0.2 s; the bound is for a busy machine.
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});

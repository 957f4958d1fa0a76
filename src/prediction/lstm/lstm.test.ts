import { describe, expect, test } from "bun:test";
import { unpackModel } from "../artefact.ts";
import { recentAt } from "../judge/recent-at.ts";
import { FORECAST_SIZE, LEVELS, TrainingError } from "../model.ts";
import { Random } from "../net/random.ts";
import { aMatrix, aSet } from "../scene.fixture.ts";
import { openLstm } from "./open.ts";
import { rowsOf, scalingOf } from "./rows.ts";
import { openPaperNet, PARAMETERS } from "./tensorflow.ts";
import { trainLstm } from "./train.ts";

const MEDIAN = LEVELS.indexOf(0.5);
/** Speeds that swing between 20 and 60 every two hours; each road at another time. */
const swing = (step: number, road: number): number =>
  40 + 20 * Math.sin((2 * Math.PI * (step + 3 * road)) / 24);

describe("the papers' LSTM", () => {
  test("has 19,075 parameters, and its process keeps its own listeners", async () => {
    const before = process.listenerCount("uncaughtException");
    const net = await openPaperNet(1);
    expect(net.parameters()).toHaveLength(PARAMETERS);
    expect(net.parameters().every(Number.isFinite)).toBe(true);
    expect(net.predict(new Float32Array(24))).toHaveLength(6);
    expect(process.listenerCount("uncaughtException")).toBe(before);
    net.close();
  });

  test("rows: standardised hours and what came 2, 4 and 6 steps later, none across the border", () => {
    const set = aSet(3, 60, (step, road) => step + 0.1 * road);
    const scaling = scalingOf(set.matrix, 40);
    expect(scaling.mean).toBeCloseTo(19.6, 4);
    const rows = rowsOf(set.matrix, set.network, [0, 40], 1_000, scaling, new Random(1));
    // Origins 11 to 33, three roads.
    expect(rows.n).toBe(69);
    const back = (value: number): number => value * scaling.deviation + scaling.mean;
    for (let row = 0; row < rows.n; row++) {
      const now = back(rows.inputs[row * 12 + 11]!);
      expect(back(rows.inputs[row * 12]!)).toBeCloseTo(now - 11, 3);
      expect([0, 1, 2].map((h) => back(rows.targets[row * 3 + h]!) - now)).toEqual(
        [2, 4, 6].map((d) => expect.closeTo(d, 3)),
      );
      expect(back(rows.targets[row * 3 + 2]!)).toBeLessThan(40.3);
    }
    expect(rowsOf(set.matrix, set.network, [0, 40], 10, scaling, new Random(1)).n).toBe(10);
    expect(
      scalingOf(
        aMatrix(1, 9, () => 7),
        9,
      ),
    ).toEqual({ mean: 7, deviation: 1 });
  });

  test("learns a swing, says what it does not know, and is the same for a seed", async () => {
    const set = aSet(12, 240, swing);
    const options = { seed: 7, rows_max: 400, passes: 4, batch: 32 };
    const losses: number[] = [];
    const bytes = await trainLstm(set, {
      ...options,
      onProgress: ({ held_out_loss }) => void (held_out_loss === null || losses.push(held_out_loss)),
    });
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
    const model = await openLstm(unpackModel(bytes));
    const forecaster = model.bind(set.network);
    const said = forecaster.forecast(recentAt(aMatrix(12, 300, swing), 290), [0, 5]);
    for (const [i, road] of [0, 5].entries()) {
      for (const [h, ahead] of [2, 4, 6].entries()) {
        const from = i * FORECAST_SIZE + h * LEVELS.length;
        const quantiles = [...said.subarray(from, from + LEVELS.length)];
        expect(Math.abs(quantiles[MEDIAN]! - swing(290 + ahead, road))).toBeLessThan(12);
        expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
      }
    }
    const gone = aMatrix(12, 12, (step, road) =>
      road === 0 || step > 8 ? Number.NaN : road === 1 ? -1 : 40,
    );
    expect(forecaster.forecast(recentAt(gone, 11), [0, 1, 2]).every(Number.isNaN)).toBe(true);
    const holes = aMatrix(12, 12, (step, road) => (step % 3 === 1 ? Number.NaN : swing(step, road)));
    expect(forecaster.forecast(recentAt(holes, 11), [0]).every(Number.isFinite)).toBe(true);
    // Twice the same, by a shorter run.
    const short = { seed: 3, rows_max: 400, passes: 1 };
    expect(await trainLstm(set, short)).toEqual(await trainLstm(set, short));
    const file = unpackModel(bytes);
    const refused = { ...file, arrays: { ...file.arrays, parameters: new Float32Array(4) } };
    expect(openLstm(refused)).rejects.toThrow("4 parameters");
    expect(openLstm({ ...file, inputs: "other" })).rejects.toThrow("Its inputs");
  }, 120_000);

  test("too little is refused; training ends where it is given up", async () => {
    expect(trainLstm(aSet(1, 60, swing), { seed: 1 })).rejects.toThrow(TrainingError);
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    expect(trainLstm(aSet(12, 240, swing), { seed: 1, signal: stop.signal })).rejects.toThrow("enough");
  }, 120_000);
});

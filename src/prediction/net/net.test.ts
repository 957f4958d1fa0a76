import { describe, expect, test } from "bun:test";
import { FORECAST_SIZE, LEVELS } from "../model.ts";
import { Adam, rateAt } from "./adam.ts";
import { Gradients, newLayers, Pass, type Layer } from "./layers.ts";
import { timesTransposed, transpose } from "./matrix.ts";
import { pinball } from "./pinball.ts";
import { Random } from "./random.ts";
import { standardise, standardOf } from "./standard.ts";

const SIZES = [7, 6, 5, FORECAST_SIZE];
const ROWS = 6;

/** Rows, truths and weights from a seed; one weight is 0 and its truth nonsense. */
function sample(
  rows = ROWS,
  seed = 3,
): { inputs: Float32Array; truths: Float32Array; weights: Float32Array } {
  const random = new Random(seed);
  const inputs = Float32Array.from({ length: rows * 7 }, () => random.normal());
  const truths = Float32Array.from({ length: rows * 3 }, () => random.normal());
  const weights = Float32Array.from({ length: rows * 3 }, (_, i) => 1 + (i % 3) / 2);
  weights[4] = 0;
  truths[4] = 1e9;
  return { inputs, truths, weights };
}

/** The same network in plain loops over lists. */
function naiveForward(layers: readonly Layer[], row: readonly number[]): number[] {
  let values = [...row];
  for (const [l, { inputs, outputs, weights, bias }] of layers.entries()) {
    const next: number[] = [];
    for (let o = 0; o < outputs; o++) {
      let sum = Number(bias[o]);
      for (let i = 0; i < inputs; i++) sum += Number(weights[o * inputs + i]) * Number(values[i]);
      next.push(l < layers.length - 1 ? Math.max(0, sum) : sum);
    }
    values = next;
  }
  return values;
}

function naiveLoss(outputs: readonly number[][], truths: Float32Array, weights: Float32Array): number {
  let [sum, weight] = [0, 0];
  for (const [row, values] of outputs.entries())
    for (let h = 0; h < 3; h++) {
      const w = Number(weights[row * 3 + h]);
      if (w === 0) continue;
      weight += w;
      let mean = 0;
      for (const [q, level] of LEVELS.entries()) {
        const miss = Number(truths[row * 3 + h]) - Number(values[h * LEVELS.length + q]);
        mean += Math.max(level * miss, (level - 1) * miss) / LEVELS.length;
      }
      sum += 2 * w * mean;
    }
  return sum / weight;
}

const listed = (inputs: Float32Array, row: number): number[] => [...inputs.subarray(row * 7, (row + 1) * 7)];

describe("the network", () => {
  test("gives the figures of a second implementation in plain loops", () => {
    for (const rows of [1, 3, 4, 6, 9]) {
      const layers = newLayers(SIZES, new Random(1));
      const { inputs, truths, weights } = sample(rows);
      const pass = new Pass(layers, 16);
      pass.input.set(inputs);
      pass.forward(rows);
      const expected = Array.from({ length: rows }, (_, row) => naiveForward(layers, listed(inputs, row)));
      for (const [i, value] of expected.flat().entries()) expect(pass.output[i]).toBeCloseTo(value, 5);
      const { loss } = pinball(pass.output, truths, weights, rows, null);
      expect(loss).toBeCloseTo(naiveLoss(expected, truths, weights), 5);
    }
  });

  test("has the gradients that finite differences show", () => {
    const layers = newLayers(SIZES, new Random(2));
    // The last layer begins small; here it shall matter.
    for (const layer of layers) for (let i = 0; i < layer.weights.length; i++) layer.weights[i]! *= 3;
    const { inputs, truths, weights } = sample();
    const pass = new Pass(layers, ROWS);
    pass.input.set(inputs);
    pass.forward(ROWS);
    const gradients = new Gradients(layers, ROWS);
    pinball(pass.output, truths, weights, ROWS, gradients.output);
    gradients.backward(pass, ROWS, 0);
    const lossNow = (): number =>
      naiveLoss(
        Array.from({ length: ROWS }, (_, row) => naiveForward(layers, listed(inputs, row))),
        truths,
        weights,
      );
    let compared = 0;
    for (const [l, layer] of layers.entries())
      for (const of of ["weights", "bias"] as const)
        for (let i = 0; i < layer[of].length; i += 3) {
          const was = layer[of][i]!;
          const at = (shift: number): number => {
            layer[of][i] = was + shift;
            const moved = layer[of][i]! - was;
            const loss = lossNow();
            layer[of][i] = was;
            return moved === 0 ? Number.NaN : loss;
          };
          const [up, down, here] = [at(1e-3), at(-1e-3), lossNow()];
          // The loss has kinks: where one lies between, the two sides disagree and nothing is compared.
          if (Math.abs(up - here - (here - down)) > 2e-6) continue;
          compared++;
          expect(Number(gradients.of[l]?.[of][i])).toBeCloseTo((up - down) / 2e-3, 3);
        }
    expect(compared).toBeGreaterThan(80);
  });

  test("leaves out as many hidden numbers as it is told, and scales the others", () => {
    const layers = newLayers([2, 1000, 1], new Random(4));
    for (const layer of layers) layer.weights.fill(0);
    layers[0]!.bias.fill(1);
    const pass = new Pass(layers, 1);
    pass.forward(1, { share: 0.1, random: new Random(5) });
    const hidden = [...pass.values[1]!];
    const kept = hidden.filter((value) => value > 0);
    expect(kept.length).toBeGreaterThan(850);
    expect(kept.length).toBeLessThan(950);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.9)]));
  });

  test("a row's output does not depend on the rows beside it", () => {
    const layers = newLayers(SIZES, new Random(1));
    const { inputs } = sample(9);
    const pass = new Pass(layers, 9);
    pass.input.set(inputs);
    pass.forward(9);
    const together = [...pass.output.subarray(8 * FORECAST_SIZE, 9 * FORECAST_SIZE)];
    pass.input.set(inputs.subarray(8 * 7, 9 * 7));
    pass.forward(1);
    for (const [i, value] of together.entries()) expect(pass.output[i]).toBeCloseTo(value, 5);
    expect(() => pass.forward(10)).toThrow("10 rows are more than 9");
  });
});

describe("what it is made of", () => {
  test("the product of matrices is the sum over the inner index, for every remainder", () => {
    const random = new Random(7);
    for (const [rows, columns, inner] of [
      [1, 1, 1],
      [4, 2, 3],
      [5, 3, 7],
      [11, 6, 4],
      [8, 9, 5],
    ] as const) {
      const a = Float32Array.from({ length: rows * inner }, () => random.normal());
      const b = Float32Array.from({ length: columns * inner }, () => random.normal());
      const bias = Float32Array.from({ length: columns }, () => random.normal());
      const out = new Float32Array(rows * columns);
      timesTransposed(a, b, out, { rows, columns, inner }, bias);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = bias[j]!;
          for (let p = 0; p < inner; p++) sum += a[i * inner + p]! * b[j * inner + p]!;
          expect(out[i * columns + j]).toBeCloseTo(sum, 5);
        }
      const turned = new Float32Array(rows * inner);
      transpose(a, rows, inner, turned);
      expect(turned[(inner - 1) * rows]).toBe(a[inner - 1]);
    }
  });

  test("Adam goes downhill to the least of a parabola, and its rate rises, falls and ends at 0", () => {
    const layers = newLayers([1, 1], new Random(1));
    const gradients = newLayers([1, 1], new Random(1));
    const adam = new Adam(layers, gradients);
    for (let i = 0; i < 400; i++) {
      gradients[0]!.weights[0] = 2 * (layers[0]!.weights[0]! - 3);
      gradients[0]!.bias[0] = 2 * (layers[0]!.bias[0]! + 1);
      adam.update(rateAt(i, 400, 0.05));
    }
    expect(layers[0]!.weights[0]).toBeCloseTo(3, 1);
    expect(layers[0]!.bias[0]).toBeCloseTo(-1, 1);
    expect(rateAt(0, 2000, 1)).toBeLessThan(0.02);
    expect(rateAt(100, 2000, 1)).toBeGreaterThan(0.98);
    expect(rateAt(2000, 2000, 1)).toBeCloseTo(0, 6);
  });

  test("the pinball loss is least where each level has its share of the truth below it", () => {
    const n = 1000;
    const truths = Float32Array.from({ length: 3 * n }, (_, i) => Math.floor(i / 3) / n);
    const weights = new Float32Array(3 * n).fill(1);
    const said = (shift: number): number => {
      const outputs = Float32Array.from(
        { length: n * FORECAST_SIZE },
        (_, i) => LEVELS[i % LEVELS.length]! + shift,
      );
      return pinball(outputs, truths, weights, n, null).loss;
    };
    expect(said(0)).toBeLessThan(said(0.02));
    expect(said(0)).toBeLessThan(said(-0.02));
  });

  test("random numbers are those of their seed, even, and normal where they shall be", () => {
    const take = (random: Random): number[] => Array.from({ length: 8 }, () => random.bits());
    expect(take(new Random(5))).toEqual(take(new Random(5)));
    expect(take(new Random(5))).not.toEqual(take(new Random(6)));
    expect(take(new Random(5))).not.toEqual(take(new Random(5, 1)));
    const random = new Random(1);
    const even = Array.from({ length: 20_000 }, () => random.next());
    expect(even.reduce((sum, value) => sum + value, 0) / even.length).toBeCloseTo(0.5, 1);
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    expect(normal.reduce((sum, value) => sum + value, 0) / normal.length).toBeCloseTo(0, 1);
    expect(normal.reduce((sum, value) => sum + value * value, 0) / normal.length).toBeCloseTo(1, 1);
    const order = Int32Array.from({ length: 50 }, (_, i) => i);
    random.shuffle(order);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test("standardised inputs have mean 0 and deviation 1; what is missing or never changes is 0, what is far is cut", () => {
    const rows = Float32Array.from([1, 7, 10, 3, 7, Number.NaN, 5, 7, 30]);
    const standard = standardOf(rows, 3, 3);
    expect(standard.mean).toEqual(Float32Array.of(3, 7, 20));
    for (let row = 0; row < 3; row++) standardise(rows, row * 3, standard);
    expect(rows[0]).toBeCloseTo(-1.2247, 3);
    expect([rows[1], rows[4], rows[5]]).toEqual([0, 0, 0]);
    const far = Float32Array.of(1e9, 1e9, -1e9);
    standardise(far, 0, standard);
    expect([...far]).toEqual([5, 0, -5]);
  });
});

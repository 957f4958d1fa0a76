/** A network of dense layers with ReLU between them: its numbers, forward, and backward. */
import { timesTransposed, transpose } from "./matrix.ts";
import type { Random } from "./random.ts";

/** The last layer begins small: the first forecasts say that nothing changes. */
const LAST_SCALE = 0.05;

export interface Layer {
  inputs: number;
  outputs: number;
  /** `outputs × inputs`. */
  weights: Float32Array<ArrayBuffer>;
  bias: Float32Array<ArrayBuffer>;
}

const emptyLayer = (inputs: number, outputs: number): Layer => ({
  inputs,
  outputs,
  weights: new Float32Array(inputs * outputs),
  bias: new Float32Array(outputs),
});

/** @param sizes Inputs, hidden layers, outputs. He's initialisation (2015). */
export function newLayers(sizes: readonly number[], random: Random): Layer[] {
  return sizes.slice(1).map((outputs, i) => {
    const layer = emptyLayer(sizes[i]!, outputs);
    const scale = Math.sqrt(2 / layer.inputs) * (i === sizes.length - 2 ? LAST_SCALE : 1);
    for (let p = 0; p < layer.weights.length; p++) layer.weights[p] = scale * random.normal();
    return layer;
  });
}

export const copyOf = (layers: readonly Layer[]): Layer[] =>
  layers.map(({ inputs, outputs, weights, bias }) => ({
    inputs,
    outputs,
    weights: weights.slice(),
    bias: bias.slice(),
  }));

/** Room for so many rows at once, with nothing allocated while it runs. */
export class Pass {
  readonly layers: readonly Layer[];
  /** What goes into each layer, and last what comes out: `rows × size`. */
  readonly values: readonly Float32Array[];
  readonly #rows_max: number;

  constructor(layers: readonly Layer[], rows_max: number) {
    this.layers = layers;
    this.#rows_max = rows_max;
    this.values = [layers[0]!.inputs, ...layers.map(({ outputs }) => outputs)].map(
      (size) => new Float32Array(size * rows_max),
    );
  }

  /** Where rows of inputs are put. */
  get input(): Float32Array {
    return this.values[0]!;
  }

  get output(): Float32Array {
    return this.values[this.layers.length]!;
  }

  /** @param dropout Where given, each hidden number is left out with this probability. */
  forward(rows: number, dropout: { share: number; random: Random } | null = null): void {
    if (rows > this.#rows_max) throw new Error(`${rows} rows are more than ${this.#rows_max}`);
    for (const [i, { weights, bias, inputs, outputs }] of this.layers.entries()) {
      const to = this.values[i + 1]!;
      timesTransposed(this.values[i]!, weights, to, { rows, columns: outputs, inner: inputs }, bias);
      if (i === this.layers.length - 1) return;
      const n = rows * outputs;
      if (dropout === null) {
        for (let p = 0; p < n; p++) if (to[p]! < 0) to[p] = 0;
        continue;
      }
      const { share, random } = dropout;
      const limit = share * 4_294_967_296;
      const scale = 1 / (1 - share);
      for (let p = 0; p < n; p++) to[p] = to[p]! > 0 && random.bits() >= limit ? to[p]! * scale : 0;
    }
  }
}

/** Gradients of the numbers of a network, by the rows that last went forward. */
export class Gradients {
  readonly of: readonly Layer[];
  /** Gradient of the loss by each output: filled by the caller before `backward`. */
  readonly output: Float32Array;
  readonly #deltas: readonly Float32Array[];
  readonly #delta_columns: Float32Array;
  readonly #value_columns: Float32Array;
  readonly #weight_columns: Float32Array;

  constructor(layers: readonly Layer[], rows_max: number) {
    this.of = layers.map(({ inputs, outputs }) => emptyLayer(inputs, outputs));
    this.#deltas = layers.map(({ outputs }) => new Float32Array(outputs * rows_max));
    this.output = this.#deltas[layers.length - 1]!;
    this.#delta_columns = new Float32Array(Math.max(...layers.map(({ outputs }) => outputs)) * rows_max);
    this.#value_columns = new Float32Array(Math.max(...layers.map(({ inputs }) => inputs)) * rows_max);
    this.#weight_columns = new Float32Array(Math.max(...layers.map(({ weights }) => weights.length)));
  }

  /** @param dropped Share that `forward` left out. */
  backward({ layers, values }: Pass, rows: number, dropped: number): void {
    for (let i = layers.length - 1; i >= 0; i--) {
      const { weights, inputs, outputs } = layers[i]!;
      const delta = this.#deltas[i]!;
      const value = values[i]!;
      const to = this.of[i]!;
      transpose(delta, rows, outputs, this.#delta_columns);
      transpose(value, rows, inputs, this.#value_columns);
      const sizes = { rows: outputs, columns: inputs, inner: rows };
      timesTransposed(this.#delta_columns, this.#value_columns, to.weights, sizes);
      for (let j = 0; j < outputs; j++) {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += this.#delta_columns[j * rows + row]!;
        to.bias[j] = sum;
      }
      if (i === 0) return;
      transpose(weights, outputs, inputs, this.#weight_columns);
      const below = this.#deltas[i - 1]!;
      timesTransposed(delta, this.#weight_columns, below, { rows, columns: inputs, inner: outputs });
      const scale = 1 / (1 - dropped);
      for (let p = 0; p < rows * inputs; p++) below[p] = value[p]! > 0 ? below[p]! * scale : 0;
    }
  }
}

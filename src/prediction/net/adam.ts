/** Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019), and the course of its rate. */
import type { Layer } from "./layers.ts";

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;
const DECAY = 1e-4;
const WARM_UP = 100;

/** Rises over the first updates, then falls to 0 as a cosine. */
export function rateAt(update: number, updates: number, peak: number): number {
  const warm_up = Math.min(WARM_UP, updates / 10);
  return (
    peak * Math.min(1, (update + 1) / (warm_up + 1)) * 0.5 * (1 + Math.cos((Math.PI * update) / updates))
  );
}

interface State {
  values: Float32Array;
  gradient: Float32Array;
  mean: Float32Array;
  square: Float32Array;
}

export class Adam {
  readonly #states: readonly State[];
  #updates = 0;

  constructor(layers: readonly Layer[], gradients: readonly Layer[]) {
    const state = (values: Float32Array, gradient: Float32Array): State => ({
      values,
      gradient,
      mean: new Float32Array(values.length),
      square: new Float32Array(values.length),
    });
    this.#states = layers.flatMap(({ weights, bias }, i) => [
      state(weights, gradients[i]!.weights),
      state(bias, gradients[i]!.bias),
    ]);
  }

  /** One update by the gradients as they stand. */
  update(rate: number): void {
    this.#updates++;
    const mean_scale = 1 / (1 - BETA_1 ** this.#updates);
    const square_scale = 1 / (1 - BETA_2 ** this.#updates);
    for (const { values, gradient, mean, square } of this.#states)
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]!;
        const m = BETA_1 * mean[i]! + (1 - BETA_1) * g;
        const v = BETA_2 * square[i]! + (1 - BETA_2) * g * g;
        mean[i] = m;
        square[i] = v;
        values[i]! -=
          rate * ((m * mean_scale) / (Math.sqrt(v * square_scale) + EPSILON) + DECAY * values[i]!);
      }
  }
}

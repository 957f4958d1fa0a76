/** The pinball loss of quantiles (Koenker and Bassett 1978): least when each level has its share of the truth below it. */
import { FORECAST_SIZE, HORIZONS_MIN, LEVELS } from "../model.ts";

const H = HORIZONS_MIN.length;
const N = LEVELS.length;
const levels = Float32Array.from(LEVELS);

/**
 * Loss of the first `rows` rows, per weight, and its gradient by each output.
 *
 * @param outputs `rows × FORECAST_SIZE`. @param truths, weights `rows × HORIZONS_MIN`; where the weight is 0 the truth is not looked at.
 * @param gradient Filled; null where only the loss is wanted.
 */
export function pinball(
  outputs: Float32Array,
  truths: Float32Array,
  weights: Float32Array,
  rows: number,
  gradient: Float32Array | null,
): { loss: number; weight: number } {
  let weight = 0;
  for (let i = 0; i < rows * H; i++) weight += weights[i]!;
  const scale = weight > 0 ? 2 / (N * weight) : 0;
  let loss = 0;
  for (let row = 0; row < rows; row++)
    for (let h = 0; h < H; h++) {
      const w = weights[row * H + h]!;
      const y = truths[row * H + h]!;
      const at = row * FORECAST_SIZE + h * N;
      if (w === 0) {
        gradient?.fill(0, at, at + N);
        continue;
      }
      const of = w * scale;
      for (let q = 0; q < N; q++) {
        const level = levels[q]!;
        const miss = y - outputs[at + q]!;
        loss += of * (miss > 0 ? level * miss : (level - 1) * miss);
        if (gradient !== null) gradient[at + q] = miss > 0 ? -level * of : (1 - level) * of;
      }
    }
  return { loss, weight };
}

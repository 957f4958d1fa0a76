/** Inputs as the network takes them: mean 0, deviation 1, at most `CLIP` of these, and 0 for what is not known. */
const CLIP = 5;

export interface Standard {
  mean: Float32Array<ArrayBuffer>;
  /** One by the deviation; 0 for an input that never changes. */
  scale: Float32Array<ArrayBuffer>;
}

/** @param rows `n × size`; NaN is left out. */
export function standardOf(rows: Float32Array, n: number, size: number): Standard {
  const mean = new Float32Array(size);
  const scale = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let [count, sum, squares] = [0, 0, 0];
    for (let row = 0; row < n; row++) {
      const value = rows[row * size + i]!;
      if (!Number.isFinite(value)) continue;
      count++;
      sum += value;
      squares += value * value;
    }
    if (count === 0) continue;
    const middle = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - middle * middle));
    mean[i] = middle;
    scale[i] = deviation > 1e-4 * Math.max(1, Math.abs(middle)) ? 1 / deviation : 0;
  }
  return { mean, scale };
}

/** In place, from `at` on. */
export function standardise(rows: Float32Array, at: number, { mean, scale }: Standard): void {
  for (let i = 0; i < mean.length; i++) {
    const value = (rows[at + i]! - mean[i]!) * scale[i]!;
    rows[at + i] = value === value ? Math.max(-CLIP, Math.min(CLIP, value)) : 0;
  }
}

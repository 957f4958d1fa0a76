/**
 * A linear fit by least absolute deviations with a ridge, which forgives rare great errors: weighted least squares, each row weighted by
 * one over its error of the round before (iteratively reweighted least squares; Schlossmacher 1973).
 */

export interface Rows {
  /** `n × inputs_n`, row by row. */
  inputs: Float64Array;
  inputs_n: number;
  /** One per row; NaN for a row without. */
  targets: Float64Array;
}

const ROUNDS = 5;
/** Errors below this count as this. */
const ERROR_MIN = 0.02;

/**
 * @param ridge Of each input but the first, which is the constant.
 * @param between Awaited after each round, so that others have their turn.
 */
export async function leastDeviations(
  rows: Rows,
  ridge: number,
  between: () => Promise<void>,
): Promise<Float64Array> {
  let weights = new Float64Array(rows.inputs_n);
  for (let round = 0; round < ROUNDS; round++) {
    weights = step(rows, round === 0 ? null : weights, ridge);
    await between();
  }
  return weights;
}

/** One round; `null` before there are errors. */
function step(
  { inputs, inputs_n, targets }: Rows,
  weights: Float64Array | null,
  ridge: number,
): Float64Array<ArrayBuffer> {
  const matrix = new Float64Array(inputs_n * inputs_n);
  const right = new Float64Array(inputs_n);
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row]!;
    if (Number.isNaN(target)) continue;
    const begin = row * inputs_n;
    const error = weights === null ? 1 : Math.abs(target - product(weights, inputs, begin, inputs_n));
    const weight = 1 / Math.max(ERROR_MIN, error);
    for (let i = 0; i < inputs_n; i++) {
      const value = weight * inputs[begin + i]!;
      right[i] = right[i]! + value * target;
      const line = i * inputs_n;
      for (let j = 0; j <= i; j++) matrix[line + j] = matrix[line + j]! + value * inputs[begin + j]!;
    }
  }
  for (let i = 1; i < inputs_n; i++) matrix[i * inputs_n + i]! += ridge;
  // Without any row all is nothing.
  matrix[0]! += 1e-9;
  return solve(matrix, right, inputs_n);
}

export function product(weights: Float64Array, inputs: Float64Array, begin: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += weights[i]! * inputs[begin + i]!;
  return sum;
}

/** Cholesky: `matrix` is symmetric and positive definite, its lower half is read and overwritten. */
export function solve(matrix: Float64Array, right: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const at = (i: number, j: number): number => matrix[i * n + j]!;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      matrix[i * n + j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  const x = new Float64Array(right);
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= at(i, k) * x[k]!;
    x[i] = sum / at(i, i);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= at(k, i) * x[k]!;
    x[i] = sum / at(i, i);
  }
  return x;
}

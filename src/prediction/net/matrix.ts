/** The two matrix operations that the network is made of. Matrices are row by row, in arrays that may be longer than they are. */
import { openKernel } from "./kernel.ts";

const PAGE = 65_536;
const { product, memory } = openKernel();
let numbers = new Float32Array(memory.buffer);

const padded = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Copies `rows` rows into the kernel's memory, each lengthened by zeros. */
function copyIn(from: Float32Array, at: number, rows: number, length: number, padded_length: number): void {
  if (length === padded_length) {
    numbers.set(from.subarray(0, rows * length), at);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const to = at + row * padded_length;
    const first = row * length;
    for (let p = 0; p < length; p++) numbers[to + p] = from[first + p]!;
    for (let p = length; p < padded_length; p++) numbers[to + p] = 0;
  }
}

/**
 * `out[i][j] = Σ a[i][p]·b[j][p] (+ bias[j])`: a is `rows × inner`, b `columns × inner`, out `rows × columns`. Forward, gradients of weights
 * and of inputs are all of this form.
 */
export function timesTransposed(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  { rows, columns, inner }: { rows: number; columns: number; inner: number },
  bias: Float32Array | null = null,
): void {
  if (rows === 0) return;
  const [rows_4, columns_2, inner_4] = [padded(rows, 4), padded(columns, 2), padded(inner, 4)];
  const b_at = rows_4 * inner_4;
  const bias_at = b_at + columns_2 * inner_4;
  const out_at = bias_at + columns_2;
  const missing = (out_at + rows_4 * columns_2) * 4 - memory.buffer.byteLength;
  if (missing > 0) {
    memory.grow(Math.ceil(missing / PAGE));
    numbers = new Float32Array(memory.buffer);
  }
  copyIn(a, 0, rows, inner, inner_4);
  copyIn(b, b_at, columns, inner, inner_4);
  if (bias === null) numbers.fill(0, bias_at, bias_at + columns);
  else numbers.set(bias.subarray(0, columns), bias_at);
  product(0, 4 * b_at, 4 * bias_at, 4 * out_at, rows_4, columns_2, inner_4);
  if (columns === columns_2) out.set(numbers.subarray(out_at, out_at + rows * columns));
  else
    for (let row = 0; row < rows; row++)
      for (let j = 0; j < columns; j++) out[row * columns + j] = numbers[out_at + row * columns_2 + j]!;
}

/** `out[j][i] = a[i][j]`: a is `rows × columns`. */
export function transpose(a: Float32Array, rows: number, columns: number, out: Float32Array): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j]!;
}

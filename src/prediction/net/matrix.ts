/** The two matrix operations that the network is made of. Matrices are row by row, in arrays that may be longer than they are. */

function dot(a: Float32Array, i: number, b: Float32Array, j: number, n: number): number {
  let sum = 0;
  for (let p = 0; p < n; p++) sum += a[i + p]! * b[j + p]!;
  return sum;
}

/**
 * `out[i][j] = Σ a[i][p]·b[j][p] (+ bias[j])`: a is `rows × inner`, b `columns × inner`, out `rows × columns`. Forward, gradients of weights
 * and of inputs are all of this form. Four rows and two columns at a time, so that each number that is loaded is used often.
 */
export function timesTransposed(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  { rows, columns, inner }: { rows: number; columns: number; inner: number },
  bias: Float32Array | null = null,
): void {
  const rows_4 = rows - (rows % 4);
  const columns_2 = columns - (columns % 2);
  for (let i = 0; i < rows_4; i += 4) {
    const a0 = i * inner;
    const a1 = a0 + inner;
    const a2 = a1 + inner;
    const a3 = a2 + inner;
    for (let j = 0; j < columns_2; j += 2) {
      const b0 = j * inner;
      const b1 = b0 + inner;
      let s00 = bias === null ? 0 : bias[j]!;
      let s01 = bias === null ? 0 : bias[j + 1]!;
      let s10 = s00;
      let s11 = s01;
      let s20 = s00;
      let s21 = s01;
      let s30 = s00;
      let s31 = s01;
      for (let p = 0; p < inner; p++) {
        const u = b[b0 + p]!;
        const v = b[b1 + p]!;
        const x0 = a[a0 + p]!;
        const x1 = a[a1 + p]!;
        const x2 = a[a2 + p]!;
        const x3 = a[a3 + p]!;
        s00 += x0 * u;
        s01 += x0 * v;
        s10 += x1 * u;
        s11 += x1 * v;
        s20 += x2 * u;
        s21 += x2 * v;
        s30 += x3 * u;
        s31 += x3 * v;
      }
      const o = i * columns + j;
      out[o] = s00;
      out[o + 1] = s01;
      out[o + columns] = s10;
      out[o + columns + 1] = s11;
      out[o + 2 * columns] = s20;
      out[o + 2 * columns + 1] = s21;
      out[o + 3 * columns] = s30;
      out[o + 3 * columns + 1] = s31;
    }
  }
  // What is left: the last column where they are odd, and the last rows.
  for (let i = 0; i < rows; i++)
    for (let j = i < rows_4 ? columns_2 : 0; j < columns; j++)
      out[i * columns + j] = (bias === null ? 0 : bias[j]!) + dot(a, i * inner, b, j * inner, inner);
}

/** `out[j][i] = a[i][j]`: a is `rows × columns`. */
export function transpose(a: Float32Array, rows: number, columns: number, out: Float32Array): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j]!;
}

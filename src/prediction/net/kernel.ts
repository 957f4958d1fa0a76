/**
 * The inner loop of the network, a product of matrices, as a WebAssembly function that takes four numbers at a time: plain loops over
 * typed arrays take several times as long. It is assembled here, instruction by instruction.
 *
 *     product(a, b, bias, out, rows, columns, inner)     out[i][j] = bias[j] + Σ a[i][p]·b[j][p]
 *
 * Addresses are in bytes; `rows` is a multiple of 4, `columns` of 2, `inner` of 4, none of them 0. Four rows and two columns go at once, so
 * that a number that was loaded is used often. Opcodes: WebAssembly Core Specification 2.0, 5.4.
 */

/** Unsigned LEB128, as WebAssembly writes its numbers. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

type Code = number[];
const I32 = 0x7f;
const V128 = 0x7b;
const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];
/** A small constant: below 64 its signed LEB128 is the number itself. */
const i32 = (value: number): Code => [0x41, value];
const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const times = (a: Code, b: Code): Code => [...a, ...b, 0x6c];
const grow = (local: number, by: Code): Code => set(local, add(get(local), by));
/** Runs `body` again while `a` is below `b`. */
const whileBelow = (body: Code, a: number, b: Code): Code => {
  const again = [...get(a), ...b, 0x49, 0x0d, 0];
  return [0x03, 0x40, ...body, ...again, 0x0b];
};
const f32At = (address: Code): Code => [...address, 0x2a, 2, 0];
const putF32 = (address: Code, value: Code): Code => [...address, ...value, 0x38, 2, 0];
const addF32 = (a: Code, b: Code): Code => [...a, ...b, 0x92];
const fourAt = (address: Code): Code => [...address, 0xfd, 0x00, 2, 0];
const fourTimes = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0xe6, 0x01];
const fourAdd = (a: Code, b: Code): Code => [...a, ...b, 0xfd, 0xe4, 0x01];
const fourZeros: Code = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)];
const lane = (local: number, place: number): Code => [...get(local), 0xfd, 0x1f, place];

// Locals: the seven parameters, then addresses and ends, then eight sums and what they are made of.
const [A, B, BIAS, OUT, ROWS, COLUMNS, INNER] = [0, 1, 2, 3, 4, 5, 6] as const;
const [A_AT, B_AT, B_ROW, BIAS_AT, A_END, ALL_END, IN_BYTES, OUT_AT] = [7, 8, 9, 10, 11, 12, 13, 14] as const;
const [SUMS, U, V, X] = [15, 23, 24, 25] as const;
const ROWS_AT_ONCE = 4;
const COLUMNS_AT_ONCE = 2;

const outBytes = times(get(COLUMNS), i32(4));
const rowOf = (base: number, row: number): Code => add(get(base), times(get(IN_BYTES), i32(row)));
const sumOf = (row: number, column: number): number => SUMS + row * COLUMNS_AT_ONCE + column;
const each = (n: number, of: (i: number) => Code): Code => Array.from({ length: n }, (_, i) => of(i)).flat();

/** Four more of the inner index. */
const inner = [
  ...set(U, fourAt(get(B_AT))),
  ...set(V, fourAt(rowOf(B_AT, 1))),
  ...each(ROWS_AT_ONCE, (row) => [
    ...set(X, fourAt(rowOf(A_AT, row))),
    ...each(COLUMNS_AT_ONCE, (column) =>
      set(sumOf(row, column), fourAdd(get(sumOf(row, column)), fourTimes(get(X), get(column === 0 ? U : V)))),
    ),
  ]),
  ...grow(A_AT, i32(16)),
  ...grow(B_AT, i32(16)),
];

/** A sum's four parts and the bias, put where they belong. */
const put = (row: number, column: number): Code => {
  const sum = sumOf(row, column);
  const parts = addF32(addF32(lane(sum, 0), lane(sum, 1)), addF32(lane(sum, 2), lane(sum, 3)));
  const address = add(add(get(OUT_AT), times(outBytes, i32(row))), i32(4 * column));
  return putF32(address, addF32(f32At(add(get(BIAS_AT), i32(4 * column))), parts));
};

const block = [
  ...each(ROWS_AT_ONCE * COLUMNS_AT_ONCE, (i) => set(SUMS + i, fourZeros)),
  ...set(A_AT, get(A)),
  ...set(B_AT, get(B_ROW)),
  ...set(A_END, add(get(A), get(IN_BYTES))),
  ...whileBelow(inner, A_AT, get(A_END)),
  ...each(ROWS_AT_ONCE, (row) => each(COLUMNS_AT_ONCE, (column) => put(row, column))),
  ...set(B_ROW, rowOf(B_ROW, COLUMNS_AT_ONCE)),
  ...grow(BIAS_AT, i32(4 * COLUMNS_AT_ONCE)),
  ...grow(OUT_AT, i32(4 * COLUMNS_AT_ONCE)),
];

const body = [
  ...set(IN_BYTES, times(get(INNER), i32(4))),
  ...set(ALL_END, add(get(A), times(get(ROWS), get(IN_BYTES)))),
  ...whileBelow(
    [
      ...set(B_ROW, get(B)),
      ...set(BIAS_AT, get(BIAS)),
      ...set(OUT_AT, get(OUT)),
      ...whileBelow(block, BIAS_AT, add(get(BIAS), outBytes)),
      ...set(A, rowOf(A, ROWS_AT_ONCE)),
      ...set(OUT, add(get(OUT), times(outBytes, i32(ROWS_AT_ONCE)))),
    ],
    A,
    get(ALL_END),
  ),
];

const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
const named = (name: string): Code => [name.length, ...new TextEncoder().encode(name)];

const MAGIC = [0, ...new TextEncoder().encode("asm"), 1, 0, 0, 0];

function assemble(): Uint8Array<ArrayBuffer> {
  const locals = [2, 8, I32, 11, V128];
  const code = [...locals, ...body, 0x0b];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, [1, 0x60, 7, ...Array.from({ length: 7 }, () => I32), 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...named("product"), 0, 0, ...named("memory"), 2, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

export type Product = (
  a: number,
  b: number,
  bias: number,
  out: number,
  rows: number,
  columns: number,
  inner: number,
) => void;

/** The function and its memory, of one page at first. */
export function openKernel(): { product: Product; memory: WebAssembly.Memory } {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
  const { product, memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new Error("The kernel has no memory");
  return { product: product as Product, memory };
}

/** Writes Protocol Buffers' wire format, for tests of its reader. */

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
};

const tag = (number: number, wire: number): number[] => varint(BigInt(number * 8 + wire));

export const uint = (number: number, value: number | bigint): number[] => [
  ...tag(number, 0),
  ...varint(BigInt(value)),
];

export const bytes = (number: number, value: Uint8Array | readonly number[]): number[] => [
  ...tag(number, 2),
  ...varint(BigInt(value.length)),
  ...value,
];

export const string = (number: number, value: string): number[] =>
  bytes(number, new TextEncoder().encode(value));

export const float = (number: number, value: number): number[] => [
  ...tag(number, 5),
  ...new Uint8Array(Float32Array.of(value).buffer),
];

export const message = (...fields: readonly number[][]): Uint8Array => Uint8Array.from(fields.flat());

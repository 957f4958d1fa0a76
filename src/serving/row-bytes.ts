/** Live rows as bytes: made once for each, however many lists they are part of. Rows are never changed. */
import type { CurrentRow } from "./answer.ts";

const encoder = new TextEncoder();

/** Something made of each row when it is first asked for, and kept as long as the row. */
export function keptBytes(make: (row: CurrentRow) => string): (row: CurrentRow) => Uint8Array {
  const made = new WeakMap<CurrentRow, Uint8Array>();
  return (row) => {
    let bytes = made.get(row);
    if (bytes === undefined) made.set(row, (bytes = encoder.encode(make(row))));
    return bytes;
  };
}

/** A row as JSON. */
export const rowBytes = keptBytes((row) => JSON.stringify(row));

const COMMA = 44;

/** `before`, the parts with commas between, `after`: by copying, which takes a tenth of the time of joining texts. */
export function joinBytes(
  before: string,
  parts: readonly Uint8Array[],
  after: string,
): Uint8Array<ArrayBuffer> {
  const [head, tail] = [encoder.encode(before), encoder.encode(after)];
  let length = head.length + tail.length + Math.max(0, parts.length - 1);
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  whole.set(head);
  let at = head.length;
  for (const part of parts) {
    if (at > head.length) whole[at++] = COMMA;
    whole.set(part, at);
    at += part.length;
  }
  whole.set(tail, at);
  return whole;
}

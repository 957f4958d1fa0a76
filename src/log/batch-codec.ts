/**
 * A batch of records as bytes, for any values: tombstones, binary, text that is not JSON.
 *
 * Plain form, little endian: `u32 count, u32 length of the head, u32 length per value (0xffffffff for null), the
 * head, the values one after the other`. The head is JSON: keys, distinct header sets, and which record has
 * which. Reading is slicing: no value is copied. Packed form: one byte for the method, then the plain form as it
 * is or in zstd.
 */
import type { Headers, LogRecord, NewRecord } from "./log.ts";
import { compress, decompress } from "./zstd.ts";

interface Head {
  k: (string | null)[];
  /** Header sets; empty when no record has headers. */
  h: Headers[];
  /** Per record: which header set. Missing when all have the first. */
  i?: number[];
}

const NULL = 0xffffffff;
const PLAIN = 0;
const ZSTD = 1;
const NONE: Headers = Object.freeze({});
const text = new TextEncoder();
const utf8 = new TextDecoder();

export function encodeBatch(records: readonly NewRecord[]): Uint8Array<ArrayBuffer> {
  let values_bytes = 0;
  for (const record of records) values_bytes += record.value?.length ?? 0;
  const head = text.encode(JSON.stringify(headOf(records)));
  const head_at = 8 + 4 * records.length;
  const out = new Uint8Array(head_at + head.length + values_bytes);
  const view = new DataView(out.buffer);
  view.setUint32(0, records.length, true);
  view.setUint32(4, head.length, true);
  out.set(head, head_at);
  let at = head_at + head.length;
  for (let n = 0; n < records.length; n++) {
    const value = records[n]!.value;
    view.setUint32(8 + 4 * n, value === null ? NULL : value.length, true);
    if (value === null) continue;
    out.set(value, at);
    at += value.length;
  }
  return out;
}

/** The records of a plain batch; their values are views into it. */
export function decodeBatch(plain: Uint8Array, base_offset: number, timestamp_ms: number): LogRecord[] {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const count = view.getUint32(0, true);
  const head_at = 8 + 4 * count;
  let at = head_at + view.getUint32(4, true);
  const head: Head = JSON.parse(utf8.decode(plain.subarray(head_at, at)));
  const records = Array<LogRecord>(count);
  for (let n = 0; n < count; n++) {
    const length = view.getUint32(8 + 4 * n, true);
    records[n] = {
      key: head.k[n] ?? null,
      value: length === NULL ? null : plain.subarray(at, at + length),
      headers: head.h[head.i?.[n] ?? 0] ?? NONE,
      offset: base_offset + n,
      timestamp_ms,
      decoded: undefined,
    };
    if (length !== NULL) at += length;
  }
  return records;
}

/** As it is stored. Values that do not get smaller stay as they are. */
export function packBatch(plain: Uint8Array<ArrayBuffer>): Uint8Array {
  const small = compress(plain);
  const [method, body] = small.length < plain.length ? [ZSTD, small] : [PLAIN, plain];
  const out = new Uint8Array(1 + body.length);
  out[0] = method;
  out.set(body, 1);
  return out;
}

/** @throws {Error} if the bytes are not a batch of ours: loud, because skipping it would lose events. */
export function unpackBatch(packed: Uint8Array<ArrayBuffer>): Uint8Array {
  const body = packed.subarray(1);
  if (packed[0] === PLAIN) return body;
  if (packed[0] === ZSTD) return decompress(body);
  throw new Error(`Cannot read a batch of the log: unknown method ${packed[0]}`);
}

function headOf(records: readonly NewRecord[]): Head {
  const keys = records.map((record) => record.key);
  const sets: Headers[] = [];
  const by_object = new Map<Headers, number>();
  const by_text = new Map<string, number>();
  let same = true;
  const which = records.map(({ headers = NONE }) => {
    let at = by_object.get(headers);
    if (at === undefined) {
      const written = JSON.stringify(headers);
      at = by_text.get(written) ?? sets.push(headers) - 1;
      by_text.set(written, at);
      by_object.set(headers, at);
    }
    same &&= at === 0;
    return at;
  });
  return same ? { k: keys, h: sets } : { k: keys, h: sets, i: which };
}

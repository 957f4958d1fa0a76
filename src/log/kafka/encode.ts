/** Writes a record batch (magic 2 of KIP-98, not packed) straight into one buffer; `records.ts` has the layout. */
import { writeInt64 } from "./bytes.ts";
import { crc32c } from "./crc.ts";
import type { Headers, NewRecord } from "../log.ts";

/** Who writes: with the sequence the broker knows a repeat from something new. */
export interface Producer {
  producer_id: number;
  producer_epoch: number;
}

const HEAD_BYTES = 61;
/** What a record has beside its key, value and headers, at most: six numbers. */
const RECORD_OVERHEAD = 32;

/** More than the record takes in a batch. Texts count three bytes a character, as they may. */
export function recordBytes(record: NewRecord): number {
  let bytes = RECORD_OVERHEAD + (record.value?.length ?? 0) + 3 * (record.key?.length ?? 0);
  if (record.headers !== undefined) {
    for (const name in record.headers) bytes += 10 + 3 * (name.length + record.headers[name]!.length);
  }
  return bytes;
}

let at = 0;

function putVarint(out: Buffer, value: number): void {
  let left = value >= 0 ? value * 2 : -value * 2 - 1;
  while (left > 127) {
    out[at++] = (left & 127) | 128;
    left >>>= 7;
  }
  out[at++] = left;
}

function putText(out: Buffer, value: string): void {
  const { length } = value;
  if (length < 64) {
    // A length below 64 has one byte: written afterwards, if the text was plain.
    const start = at + 1;
    let n = 0;
    for (; n < length; n++) {
      const code = value.charCodeAt(n);
      if (code > 127) break;
      out[start + n] = code;
    }
    if (n === length) {
      out[at] = length * 2;
      at = start + length;
      return;
    }
  }
  putVarint(out, Buffer.byteLength(value));
  at += out.write(value, at);
}

function putHeaders(out: Buffer, headers: Headers | undefined): void {
  const names = headers === undefined ? [] : Object.keys(headers);
  putVarint(out, names.length);
  for (const name of names) {
    putText(out, name);
    putText(out, headers![name]!);
  }
}

/** How many bytes a non-negative number takes as a varint. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value * 2; left > 127; left = Math.floor(left / 128)) bytes++;
  return bytes;
}

/**
 * @param now_ms Time of every record.
 * @param sequence Number of the first record of this producer in this partition.
 */
export function encodeRecords(
  records: readonly NewRecord[],
  now_ms: number,
  producer: Producer,
  sequence: number,
): Buffer {
  const room = records.reduce((sum, record) => sum + recordBytes(record), HEAD_BYTES);
  const out = Buffer.allocUnsafe(room);
  at = HEAD_BYTES;
  for (let n = 0; n < records.length; n++) {
    const record = records[n]!;
    // The length comes first, and its own size depends on it: room for the size that it has at most.
    const start = at;
    const reserved = varintBytes(recordBytes(record));
    at += reserved;
    const body_at = at;
    out[at++] = 0;
    out[at++] = 0;
    putVarint(out, n);
    if (record.key === null) putVarint(out, -1);
    else putText(out, record.key);
    if (record.value === null) putVarint(out, -1);
    else {
      putVarint(out, record.value.length);
      out.set(record.value, at);
      at += record.value.length;
    }
    putHeaders(out, record.headers);
    const length = at - body_at;
    const wanted = varintBytes(length);
    if (wanted < reserved) out.copyWithin(start + wanted, body_at, at);
    at = start;
    putVarint(out, length);
    at += length;
  }
  const end = at;
  writeInt64(out, 0, 0);
  out.writeInt32BE(end - 12, 8);
  out.writeInt32BE(-1, 12);
  out[16] = 2;
  out.writeInt16BE(0, 21);
  out.writeInt32BE(records.length - 1, 23);
  writeInt64(out, now_ms, 27);
  writeInt64(out, now_ms, 35);
  writeInt64(out, producer.producer_id, 43);
  out.writeInt16BE(producer.producer_epoch, 51);
  out.writeInt32BE(sequence, 53);
  out.writeInt32BE(records.length, 57);
  out.writeUInt32BE(crc32c(out, 21, end), 17);
  return out.subarray(0, end);
}

/**
 * Record batches as Kafka stores them (magic 2, KIP-98): heads without unpacking, records one slice at a time.
 *
 * base_offset int64, length int32 of all that follows, leader_epoch int32, magic int8, crc int32 of all that follows,
 * attributes int16, last_offset_delta int32, base_timestamp int64, max_timestamp int64, producer_id int64,
 * producer_epoch int16, base_sequence int32, count int32, records.
 */
import { limits } from "../../core/limits.ts";
import { readInt64 } from "./bytes.ts";
import { codecName, unpack } from "./codecs.ts";
import { crc32c } from "./crc.ts";
import type { Headers, LogRecord } from "../log.ts";

export interface BatchHead {
  base_offset: number;
  /** Offset after its last record, also when that was compacted away. */
  next_offset: number;
  first_ms: number;
  max_ms: number;
  /** The broker's time holds for every record. */
  append_time: boolean;
  codec: number;
  transactional: boolean;
  /** Written by the broker: the end of a transaction. */
  control: boolean;
  producer_id: number;
  count: number;
  /** Records, perhaps packed. */
  body: Buffer;
  /** Where the next batch begins in the set. */
  end: number;
}

const HEAD_BYTES = 61;
const MAGIC_AT = 16;
const MAGIC = 2;
const CRC_AT = 17;
/** What the checksum counts begins here. */
const ATTRIBUTES_AT = 21;
const NONE: Headers = Object.freeze({});

/**
 * The head of the batch at a place of a record set; null at its end or where it is cut off.
 *
 * @throws {Error} for a format older than 2017, and for what is no batch.
 */
export function headAt(set: Buffer, at: number): BatchHead | null {
  if (at + MAGIC_AT >= set.length) return null;
  if (set[at + MAGIC_AT] !== MAGIC) throw new Error(`message format ${set[at + MAGIC_AT]}, wanted ${MAGIC}`);
  const end = at + 12 + set.readInt32BE(at + 8);
  if (end < at + HEAD_BYTES) throw new Error(`a batch of ${end - at} bytes`);
  if (end > set.length) return null;
  const count = set.readInt32BE(at + 57);
  if (count < 0) throw new Error(`a batch of ${count} records`);
  const base_offset = readInt64(set, at);
  const attributes = set.readInt16BE(at + ATTRIBUTES_AT);
  return {
    base_offset,
    next_offset: base_offset + set.readInt32BE(at + 23) + 1,
    first_ms: readInt64(set, at + 27),
    max_ms: readInt64(set, at + 35),
    append_time: (attributes & 8) !== 0,
    codec: attributes & 7,
    transactional: (attributes & 16) !== 0,
    control: (attributes & 32) !== 0,
    producer_id: readInt64(set, at + 43),
    count,
    body: set.subarray(at + HEAD_BYTES, end),
    end,
  };
}

/** Whether the bytes of the batch that begins and ends there are those that its producer wrote. */
export const isIntact = (set: Buffer, at: number, end: number): boolean =>
  crc32c(set, at + ATTRIBUTES_AT, end) === set.readUInt32BE(at + CRC_AT);

/** Where the varint reader stands: one reader at a time, and no object per number. */
let at = 0;

/** Zig-zag varint; beyond the end it gives what makes the caller's bounds check fail. */
function varint(body: Buffer): number {
  let byte = body[at++]!;
  if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
  let sum = byte & 127;
  let scale = 128;
  do {
    byte = body[at++]!;
    sum += (byte & 127) * scale;
    scale *= 128;
  } while (byte >= 128);
  return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
}

/** Reads the records of one batch, as many at a time as a `LogBatch` may hold. */
export class BatchCursor {
  readonly head: BatchHead;
  readonly #body: Buffer;
  #at = 0;
  #left: number;
  #headers_text = "";
  #headers: Headers = NONE;

  /** @throws {Error} if it cannot be unpacked. */
  constructor(head: BatchHead) {
    this.head = head;
    try {
      this.#body = unpack(head.codec, head.body);
    } catch (error) {
      throw new Error(`its ${codecName(head.codec)} bytes cannot be unpacked: ${String(error)}`, {
        cause: error,
      });
    }
    this.#left = head.count;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /**
   * Adds records from `from_offset` on, up to `limits.batch_records_max`, and values up to `room` bytes, but one at
   * least when there is none yet.
   *
   * @returns Bytes of the values added.
   * @throws {Error} if the bytes are no records.
   */
  take(records: LogRecord[], from_offset: number, room: number): number {
    const { base_offset, first_ms, max_ms, append_time } = this.head;
    const body = this.#body;
    let bytes = 0;
    while (this.#left > 0 && records.length < limits.batch_records_max) {
      at = this.#at;
      const length = varint(body);
      const end = at + length;
      if (!(length > 0) || end > body.length) throw new Error(`a record of ${length} bytes does not fit`);
      at++;
      const timestamp_ms = append_time ? max_ms : first_ms + varint(body);
      if (append_time) varint(body);
      const offset = base_offset + varint(body);
      const key_bytes = varint(body);
      const key = key_bytes < 0 ? null : key_bytes === 0 ? "" : body.toString("utf8", at, at + key_bytes);
      if (key_bytes > 0) at += key_bytes;
      const value_bytes = varint(body);
      const value_at = at;
      if (value_bytes > 0) at += value_bytes;
      if (!(at <= end)) throw new Error(`the record at ${offset} is longer than it says`);
      if (offset >= from_offset) {
        if (records.length > 0 && value_bytes > 0 && bytes + value_bytes > room) return bytes;
        const value = value_bytes < 0 ? null : body.subarray(value_at, value_at + value_bytes);
        const headers = this.#readHeaders(end);
        records.push({ key, value, headers, offset, timestamp_ms, decoded: undefined });
        if (value_bytes > 0) bytes += value_bytes;
      }
      this.#at = end;
      this.#left--;
    }
    return bytes;
  }

  /** From where the reader stands. Neighbours that have the same share one object. */
  #readHeaders(end: number): Headers {
    const body = this.#body;
    if (body[at] === 0) return NONE;
    const written = body.toString("latin1", at, end);
    if (written === this.#headers_text) return this.#headers;
    const headers: Record<string, string> = {};
    for (let left = varint(body); left > 0 && at < end; left--) {
      const name_bytes = varint(body);
      // Else it could go back for ever.
      if (name_bytes < 0) throw new Error(`a header's name of ${name_bytes} bytes`);
      const name = body.toString("utf8", at, (at += name_bytes));
      const value_bytes = varint(body);
      headers[name] = value_bytes <= 0 ? "" : body.toString("utf8", at, (at += value_bytes));
    }
    if (at > end) throw new Error("headers are longer than their record");
    [this.#headers_text, this.#headers] = [written, headers];
    return headers;
  }
}

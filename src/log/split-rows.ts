/** How the records of an append become rows: by partition, in order, none larger than a batch may be. */
import { shown } from "../core/errors.ts";
import { hash32 } from "../core/identity.ts";
import { limits } from "../core/limits.ts";
import type { NewRecord } from "./log.ts";

/** Records of one partition that are stored, and later read, together. */
export interface NewRow {
  partition: number;
  records: NewRecord[];
  /** Bytes of the values. */
  bytes: number;
}

/** The partition of a key: the same in every adapter, so that a log can be moved from one to another. */
const partitionOf = (key: string, partitions: number): number => hash32(key) % partitions;

/**
 * @param spread Next number for records without a key; they go round the partitions.
 * @throws {RangeError} before anything is written.
 */
export function splitRows(records: readonly NewRecord[], partitions: number, spread: () => number): NewRow[] {
  if (records.length > limits.append_records_max) {
    throw new RangeError(
      `Cannot append ${records.length} records at once: at most ${limits.append_records_max}`,
    );
  }
  const rows: NewRow[] = [];
  const open = new Map<number, NewRow>();
  for (const record of records) {
    checkSize(record);
    const partition = record.key === null ? spread() % partitions : partitionOf(record.key, partitions);
    const bytes = record.value?.length ?? 0;
    let row = open.get(partition);
    if (
      row === undefined ||
      row.bytes + bytes > limits.batch_bytes_max ||
      row.records.length === limits.batch_records_max
    ) {
      row = { partition, records: [], bytes: 0 };
      open.set(partition, row);
      rows.push(row);
    }
    row.records.push(record);
    row.bytes += bytes;
  }
  return rows;
}

/** Key, value and headers count: a header is data too. */
function checkSize(record: NewRecord): void {
  const key = record.key ?? "";
  // A text of n UTF-16 units has at most 3n bytes: only long ones must be counted exactly.
  let bytes = (record.value?.length ?? 0) + 3 * key.length;
  if (record.headers !== undefined) {
    for (const name in record.headers) bytes += 3 * (name.length + record.headers[name]!.length);
  }
  if (bytes <= limits.record_bytes_max) return;
  bytes = (record.value?.length ?? 0) + Buffer.byteLength(key);
  for (const [name, value] of Object.entries(record.headers ?? {}))
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (bytes > limits.record_bytes_max) {
    throw new RangeError(
      `Cannot append a record of ${bytes} bytes (key ${shown(record.key)}): at most ${limits.record_bytes_max}`,
    );
  }
}

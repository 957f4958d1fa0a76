/** Records of the log as events and dead letters. */
import { createHash } from "node:crypto";
import { decoderOf, type DecodeContext, type RawValue } from "../core/decode.ts";
import type { DeadLetter, Event, Reject } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { LogRecord } from "../log/log.ts";

/** Records decoded before others may run: a few ms. */
const AT_ONCE = 2_000;
/** What a record is said to come from when it does not say so itself. */
const STRANGER = "kafka";

export interface ReadRecords {
  events: Event[];
  dead: DeadLetter[];
}

export async function readRecords(
  stream: Stream,
  partition: number,
  records: readonly LogRecord[],
  context: DecodeContext,
): Promise<ReadRecords> {
  const out: ReadRecords = { events: [], dead: [] };
  const decoder = decoderOf(stream);
  for (let from = 0; from < records.length; from += AT_ONCE) {
    if (from > 0) await new Promise<void>((next) => setImmediate(next));
    const raws = records.slice(from, from + AT_ONCE).map((record) => rawOf(partition, record));
    for (const decoded of decoder.decode(raws, context)) {
      if (decoded.ok) out.events.push(decoded.event);
      else out.dead.push(letterOf(stream.topic, decoded.raw, decoded.reject));
    }
  }
  return out;
}

const rawOf = (partition: number, { value, headers, timestamp_ms, offset }: LogRecord): RawValue => ({
  value,
  source: sourceOf(headers["source"]),
  received_at_ms: timestamp_ms,
  partition,
  offset,
  backfill: headers["backfill"] === "1",
  dead_letter_id: headers["dead_letter_id"] ?? null,
});

/** A header is a stranger's text: it is kept short and storable. */
export function sourceOf(header: string | undefined): string {
  if (header === undefined) return STRANGER;
  const clean = header
    .toWellFormed()
    .replace(/\p{Cc}/gu, "")
    .slice(0, limits.id_chars_max)
    .toWellFormed();
  return clean === "" ? STRANGER : clean;
}

function letterOf(topic: string, raw: RawValue, reject: Reject): DeadLetter {
  const value = raw.value ?? new Uint8Array();
  return {
    ...reject,
    topic,
    partition: raw.partition,
    offset: raw.offset,
    source: raw.source,
    received_at_ms: raw.received_at_ms,
    payload: raw.value === null ? null : cut(value),
    payload_bytes: value.length,
    payload_sha256: createHash("sha256").update(value).digest("hex"),
    dead_letter_id: raw.dead_letter_id,
  };
}

/** Whole, or the first KB of what is too large to keep. A copy: the batch's bytes are not held on to. */
export const cut = (value: Uint8Array): Uint8Array =>
  value.slice(0, value.length > limits.dead_letter_bytes_max ? limits.dead_letter_cut_bytes : value.length);

/** What a record is recognised by: its offset and a hash of its key and value. */
export function recordMark(record: Pick<LogRecord, "offset" | "key" | "value">): string {
  const hash = createHash("sha256")
    .update(record.key ?? "")
    .update("\0")
    .update(record.value ?? new Uint8Array());
  return `${record.offset}:${hash.digest("hex").slice(0, 16)}`;
}

/** Records of the log as events and dead letters. */
import { createHash } from "node:crypto";
import type { DecodeContext, RawValue } from "../core/decode.ts";
import type { DeadLetter, Event, Reject } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import { withoutPersons } from "../core/personal.ts";
import { decodeRecords } from "../core/records.ts";
import type { Stream } from "../core/stream.ts";
import type { LogRecord } from "../log/log.ts";

/** Records decoded before others may run: a few ms. */
const AT_ONCE = 2_000;

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
  for (let from = 0; from < records.length; from += AT_ONCE) {
    if (from > 0) await new Promise<void>((next) => setImmediate(next));
    for (const decoded of decodeRecords(stream, partition, records.slice(from, from + AT_ONCE), context)) {
      if (decoded.ok) out.events.push(decoded.event);
      else out.dead.push(letterOf(stream, decoded.raw, decoded.reject, context.city.salt));
    }
  }
  return out;
}

function letterOf(stream: Stream, raw: RawValue, reject: Reject, salt: string | undefined): DeadLetter {
  const sent = raw.value ?? new Uint8Array();
  const kept = withoutPersons(stream, sent, salt);
  // Of a value that is not kept, its size and hash are.
  const value = kept.length === 0 ? sent : kept;
  return {
    ...reject,
    topic: stream.topic,
    partition: raw.partition,
    offset: raw.offset,
    source: raw.source,
    received_at_ms: raw.received_at_ms,
    payload: raw.value === null ? null : cut(kept),
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

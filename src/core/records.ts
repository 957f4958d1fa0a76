/**
 * Records of a log as events and rejects, for every reader of it. What one reader of this process has decoded is
 * there for the next: history, live view and hub read the same records within milliseconds of each other.
 */
import { decoderOf, type DecodeContext, type Decoded, type RawValue } from "./decode.ts";
import { limits } from "./limits.ts";
import type { Stream } from "./stream.ts";

/** As much of a log's record as decoding reads. */
export interface RecordToDecode {
  value: Uint8Array | null;
  headers: Readonly<Record<string, string>>;
  offset: number;
  timestamp_ms: number;
  /** Place for what decoding made of it; goes with the record, so nothing is held longer than the log's own memory of it. */
  decoded?: unknown;
}

/** What a record is said to come from when it does not say so itself. */
const STRANGER = "kafka";

/** One result per record, in order; they are shared between readers, so nobody changes them. Never throws for data. */
export function decodeRecords(
  stream: Stream,
  partition: number,
  records: readonly RecordToDecode[],
  context: DecodeContext,
): readonly Decoded[] {
  const decoder = decoderOf(stream);
  // One for all: the decoder keeps nothing of it.
  const raw: RawValue = { ...NOTHING, partition };
  const when: DecodeContext = { ...context };
  return records.map((record) => {
    if (record.decoded !== undefined) return record.decoded as Decoded;
    const { headers } = record;
    raw.value = record.value;
    raw.source = sourceOf(headers["source"]);
    raw.received_at_ms = record.timestamp_ms;
    raw.offset = record.offset;
    raw.backfill = headers["backfill"] === "1";
    raw.dead_letter_id = headers["dead_letter_id"] ?? null;
    // What is too far ahead was so when the log took it: whoever reads it, and whenever, comes to the same.
    if (record.timestamp_ms > 0) when.now_ms = Math.min(context.now_ms, record.timestamp_ms);
    else when.now_ms = context.now_ms;
    const decoded = decoder.decodeOne(raw, when);
    // A property, not a WeakMap: that many entries of one cost the collector more than decoding twice.
    record.decoded = decoded;
    return decoded;
  });
}

const NOTHING: RawValue = {
  value: null,
  source: STRANGER,
  received_at_ms: 0,
  partition: 0,
  offset: 0,
  backfill: false,
  dead_letter_id: null,
};

const clean_sources = new Map<string, string>();

/** A header is a stranger's text: it is kept short and storable. */
export function sourceOf(header: string | undefined): string {
  if (header === undefined) return STRANGER;
  const known = clean_sources.get(header);
  if (known !== undefined) return known;
  const clean = header
    .toWellFormed()
    .replace(/\p{Cc}/gu, "")
    .slice(0, limits.id_chars_max)
    .toWellFormed();
  // Sources are few; a stranger who makes them up must not fill this.
  if (clean_sources.size > 1_000) clean_sources.clear();
  clean_sources.set(header, clean === "" ? STRANGER : clean);
  return clean === "" ? STRANGER : clean;
}

/**
 * `decode`: bytes of the log → events and rejects. Every reader of the log and every door uses it, so that a
 * value means the same everywhere.
 *
 * Fast path: closures made from the declared fields check a value and put it into the row in one go. What those
 * refuse goes to zod, whose verdict and words count.
 */
import { z } from "zod";
import type { CityRules } from "./city.ts";
import { shown } from "./errors.ts";
import type { Event, Reject, RejectReason, Row } from "./event.ts";
import {
  fieldSchema,
  fieldTaker,
  keptText,
  normalise,
  own,
  reader,
  REFUSED,
  TAKEN,
  type Value,
} from "./field.ts";
import { contentId } from "./identity.ts";
import { limits } from "./limits.ts";
import { parseOne } from "./parse.ts";
import { mayBeTold } from "./personal.ts";
import { pseudonym } from "./pseudonym.ts";
import type { Stream } from "./stream.ts";
import { formatInstant, parseInstant } from "./time.ts";

/** What decoding depends on beside the bytes; all passed in. */
export interface DecodeContext {
  city: CityRules;
  /** Wall clock, ms: events more than `event_future_max_ms` after it are refused. */
  now_ms: number;
}

/** A record of the log as decoding needs it. */
export interface RawValue {
  value: Uint8Array | null;
  source: string;
  received_at_ms: number;
  partition: number;
  offset: number;
  backfill: boolean;
  dead_letter_id: string | null;
}

export type Decoded = { ok: true; event: Event } | { ok: false; reject: Reject; raw: RawValue };

export interface Decoder {
  /** One result per value, in order. Never throws for data. */
  decode(values: readonly RawValue[], context: DecodeContext): Decoded[];
  /** The same for one. Nothing holds on to `raw` itself, which may be filled anew for the next value. */
  decodeOne(raw: Readonly<RawValue>, context: DecodeContext): Decoded;
  /** The same for a value that is already parsed (HTTP ingest, feeds). */
  check(value: unknown, raw: RawValue, context: DecodeContext): Decoded;
  /** zod schema of what producers send: for the API's words. */
  wire: z.ZodObject;
}

const decoders = new WeakMap<Stream, Decoder>();

/** The decoder of a stream; made once. */
export function decoderOf(stream: Stream): Decoder {
  let decoder = decoders.get(stream);
  if (decoder === undefined) {
    decoder = makeDecoder(stream);
    decoders.set(stream, decoder);
  }
  return decoder;
}

/** zod schema of a stream's wire shape: required and optional fields, the identity optional. */
export function wireSchema(stream: Stream): z.ZodObject {
  const shape: Record<string, z.ZodType> = {
    [stream.identity]: fieldSchema({ ...stream.all_fields[stream.identity]!, optional: true }),
    [stream.event_time]: z.string(),
  };
  for (const [name, field] of Object.entries(stream.fields)) {
    if (!field.derived) shape[name] = fieldSchema(field);
  }
  for (const name of stream.wire_only) shape[name] = z.unknown().optional();
  return z.object(shape);
}

function makeDecoder(stream: Stream): Decoder {
  const wire = wireSchema(stream);
  const sent = Object.entries(stream.fields).filter(([, field]) => !field.derived);
  const takers = sent.map(([name, field]) => fieldTaker(name, field));
  const readId = reader(stream.identity);
  const readTime = reader(stream.event_time);
  // Copied for each event: all rows then have one shape, whatever their producers leave out.
  const empty: Row = Object.fromEntries(stream.field_names.map((name) => [name, null]));
  // Derived fields may be sent (the papers' JSON has them): known, never trusted, always computed anew.
  const known = new Set([...stream.field_names, stream.identity, stream.event_time, ...stream.wire_only]);
  const reject = (
    raw: RawValue,
    reason: RejectReason,
    pointer: string,
    value: unknown,
    rule: string,
  ): Decoded => ({
    ok: false,
    raw: { ...raw },
    reject: { reason, pointer, value: mayBeTold(stream, pointer, value) ? shown(value) : "", rule },
  });

  function check(value: unknown, raw: RawValue, context: DecodeContext): Decoded {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return reject(raw, "schema", "", value, "must be a JSON object");
    }
    const from = value as Record<string, unknown>;
    const row: Row = { ...empty };
    const sent_id = readId(from) ?? null;
    const time = readTime(from);
    const id = typeof sent_id === "string" ? keptText(sent_id, limits.id_chars_max) : null;
    let fine = typeof time === "string" && (id !== null || sent_id === null);
    // Of the names in the value, those that were looked at: if there are no others, none is unknown.
    let seen = id === null ? 1 : 2;
    for (let i = 0; fine && i < takers.length; i++) {
      const taken = takers[i]!(from, row);
      if (taken === REFUSED) fine = false;
      else if (taken === TAKEN) seen++;
    }
    if (!fine) {
      const fault = slowly(from, row, raw);
      if (fault !== null) return fault;
    }
    const event_time_ms = parseInstant(time as string, stream.zoneless);
    if (event_time_ms === null) {
      const zone = stream.zoneless === "utc" ? "" : ", with seconds and an offset or Z";
      return reject(raw, "time", `/${stream.event_time}`, time, `must be an ISO 8601 instant${zone}`);
    }
    if (event_time_ms < limits.event_time_min_ms) {
      const least = formatInstant(limits.event_time_min_ms);
      return reject(raw, "time", `/${stream.event_time}`, time, `must not be before ${least}`);
    }
    if (event_time_ms > context.now_ms + limits.event_future_max_ms) {
      return reject(raw, "future", `/${stream.event_time}`, time, "must not be more than 2 min after now");
    }
    for (const name of stream.personal) {
      const person = row[name];
      if (typeof person === "string") row[name] = pseudonym(person, context.city.salt);
    }
    const fault = stream.derive(row, event_time_ms, context.city, from);
    if (fault !== null)
      return reject(raw, fault.reason, `/${fault.field}`, own(from, fault.field), fault.rule);
    const key = row[stream.key] as string;
    return {
      ok: true,
      event: {
        key,
        event_id: id ?? contentId(stream, key, event_time_ms, row),
        event_time_ms,
        row,
        source: raw.source,
        received_at_ms: raw.received_at_ms,
        partition: raw.partition,
        offset: raw.offset,
        backfill: raw.backfill,
        dead_letter_id: raw.dead_letter_id,
        unknown_fields: fine && countNames(from) === seen ? 0 : unknownNames(from),
      },
    };
  }

  /** What the takers did not take: zod's verdict and words. @returns null when it is fine all the same. */
  function slowly(from: Record<string, unknown>, row: Row, raw: RawValue): Decoded | null {
    const verdict = wire.safeParse(from);
    if (!verdict.success) return zodReject(raw, from, verdict.error.issues[0]!, reject);
    for (const [name, field] of [[stream.identity, stream.all_fields[stream.identity]!] as const, ...sent]) {
      const value = (own(from, name) ?? null) as Value;
      const kept = normalise(field, value);
      const max = field.chars_max ?? Infinity;
      if (typeof kept === "string" && kept.length > max)
        return reject(raw, "text", `/${name}`, value, `must be at most ${max} characters in Unicode NFC`);
      if (name !== stream.identity) row[name] = kept;
    }
    return null;
  }

  function unknownNames(from: Record<string, unknown>): number {
    let unknown = 0;
    for (const name in from) if (!known.has(name)) unknown++;
    return unknown;
  }

  function decodeOne(raw: RawValue, context: DecodeContext): Decoded {
    const parsed = parseOne(raw.value);
    return parsed.ok
      ? check(parsed.value, raw, context)
      : reject(raw, parsed.reason, "", parsed.shown, parsed.rule);
  }

  return {
    decode: (values, context) => values.map((raw) => decodeOne(raw, context)),
    decodeOne,
    check,
    wire,
  };
}

/** Counting is several times cheaper than looking each name up. */
function countNames(from: Record<string, unknown>): number {
  let names = 0;
  for (const _ in from) names++;
  return names;
}

function zodReject(
  raw: RawValue,
  from: Record<string, unknown>,
  issue: z.core.$ZodIssue,
  reject: (raw: RawValue, reason: RejectReason, pointer: string, value: unknown, rule: string) => Decoded,
): Decoded {
  const path = issue.path.map(String);
  const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], from);
  const pointer =
    path.length === 0 ? "" : `/${path.map((p) => p.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;
  if (value === undefined) return reject(raw, "schema", pointer, null, "is required");
  switch (issue.code) {
    case "too_small":
    case "too_big": {
      const bound = issue.code === "too_small" ? issue.minimum : issue.maximum;
      const side = issue.code === "too_small" ? "at least" : "at most";
      const unit = issue.origin === "string" ? " characters" : "";
      return reject(
        raw,
        issue.origin === "string" ? "text" : "range",
        pointer,
        value,
        `must be ${side} ${bound}${unit}`,
      );
    }
    case "custom":
      return reject(raw, "text", pointer, value, issue.message);
    case "invalid_type":
      if (issue.expected === "number" && typeof value === "number") {
        return reject(raw, "range", pointer, value, "must be a finite number");
      }
      return reject(raw, "schema", pointer, value, `must be a ${issue.expected}`);
    case "invalid_value":
      return reject(raw, "schema", pointer, value, `must be one of ${issue.values.join(", ")}`);
    default:
      return reject(raw, "schema", pointer, value, issue.message);
  }
}

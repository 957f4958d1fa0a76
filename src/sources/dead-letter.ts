/** What the door writes to the `dead-letters` topic: one JSON text per refused value. */
import { createHash } from "node:crypto";
import type { Reject, RejectReason } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import { formatInstant } from "../core/time.ts";

export interface DoorLetter {
  stream: string;
  reason: RejectReason;
  /** JSON pointer to the field; empty for the whole value. */
  pointer: string;
  /** The offending value as JSON, cut. */
  value: string;
  rule: string;
  /** Who sent it: `http`, `replay`, a feed. */
  source: string;
  /** When the door refused it, UTC. */
  received_at: string;
  /** Base64 of the whole value up to `limits.dead_letter_bytes_max`, else of its first KB; persons' fields are hashed, or nothing is kept. */
  payload: string;
  payload_bytes: number;
  /** Hex, over the whole value. */
  payload_sha256: string;
}

/** @param value As it came. @param storable The same without what must not be kept. */
export function doorLetter(
  stream: string,
  reject: Reject,
  value: Uint8Array,
  storable: Uint8Array,
  source: string,
  now_ms: number,
): DoorLetter {
  const payload = storable.length === 0 ? value : storable;
  const whole = storable.length <= limits.dead_letter_bytes_max;
  const kept = whole ? storable : storable.subarray(0, limits.dead_letter_cut_bytes);
  return {
    stream,
    reason: reject.reason,
    pointer: reject.pointer,
    value: reject.value,
    rule: reject.rule,
    source,
    received_at: formatInstant(now_ms),
    payload: Buffer.from(kept.buffer, kept.byteOffset, kept.length).toString("base64"),
    payload_bytes: payload.length,
    payload_sha256: createHash("sha256").update(payload).digest("hex"),
  };
}

/** A parsed value as bytes again, as near to what was sent as can be. */
export function payloadOf(value: unknown): Uint8Array {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // A value of a program, not of JSON: a cycle, a bigint.
  }
  return Buffer.from(json ?? String(value));
}

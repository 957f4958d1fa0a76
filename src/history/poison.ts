/**
 * Rows that PostgreSQL refuses although decoding took them: found by halving, and made dead letters, so that one of
 * them never stops a partition. Only errors of data (classes 22 and 23) count; all others stop and are tried again.
 */
import { createHash } from "node:crypto";
import { shown } from "../core/errors.ts";
import type { DeadLetter, Event } from "../core/event.ts";
import { wireJson } from "../core/json.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { PartBatch } from "./history-store.ts";
import { isDataError } from "./unavailable.ts";

/**
 * @param attempt Tries to write events without keeping them; throws what the server says.
 * @returns The events that are refused, each with the reason.
 */
export async function findRefused(
  events: readonly Event[],
  attempt: (events: readonly Event[]) => Promise<void>,
): Promise<ReadonlyMap<Event, string>> {
  const refused = new Map<Event, string>();
  const look = async (some: readonly Event[]): Promise<void> => {
    if (some.length === 0) return;
    try {
      await attempt(some);
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (some.length === 1) {
        refused.set(some[0]!, (error as Error).message);
        return;
      }
      const half = some.length >> 1;
      await look(some.slice(0, half));
      await look(some.slice(half));
    }
  };
  await look(events);
  return refused;
}

/** The same batch, with the refused events as dead letters. */
export const withoutRefused = (
  stream: Stream,
  parts: readonly PartBatch[],
  refused: ReadonlyMap<Event, string>,
): PartBatch[] =>
  parts.map((part) => ({
    ...part,
    events: part.events.filter((event) => !refused.has(event)),
    dead: [
      ...part.dead,
      ...part.events
        .filter((event) => refused.has(event))
        .map((event) => letterOf(stream, event, refused.get(event)!)),
    ],
  }));

function letterOf(stream: Stream, event: Event, message: string): DeadLetter {
  const payload = Buffer.from(wireJson(stream, event));
  const cut = payload.length > limits.dead_letter_bytes_max;
  return {
    reason: "range",
    pointer: "",
    value: shown(event.row),
    rule: `must be storable: ${message}`,
    topic: stream.topic,
    partition: event.partition,
    offset: event.offset,
    source: event.source,
    received_at_ms: event.received_at_ms,
    payload: cut ? payload.subarray(0, limits.dead_letter_cut_bytes) : payload,
    payload_bytes: payload.length,
    payload_sha256: createHash("sha256").update(payload).digest("hex"),
    dead_letter_id: event.dead_letter_id,
  };
}

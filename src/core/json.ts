/** Rows as they leave: the same flat fields in REST, SSE and exports. */
import type { Event } from "./event.ts";
import type { Stream } from "./stream.ts";
import { formatInstant } from "./time.ts";

/** A flat answer row: the identity, the event time, the declared fields. */
export type AnswerRow = Record<string, string | number | boolean | null | readonly number[]>;

export function answerRow(
  stream: Stream,
  event: Pick<Event, "event_id" | "event_time_ms" | "row">,
): AnswerRow {
  const out: AnswerRow = {
    [stream.identity]: event.event_id,
    [stream.event_time]: formatInstant(event.event_time_ms),
  };
  for (const name of stream.field_names) out[name] = event.row[name] ?? null;
  return out;
}

/** What a door writes to the log: the row without its empty fields. */
export function wireJson(stream: Stream, event: Pick<Event, "event_id" | "event_time_ms" | "row">): string {
  const out: AnswerRow = {
    [stream.identity]: event.event_id,
    [stream.event_time]: formatInstant(event.event_time_ms),
  };
  for (const name of stream.field_names) {
    const value = event.row[name];
    if (value !== null && value !== undefined) out[name] = value;
  }
  return JSON.stringify(out);
}

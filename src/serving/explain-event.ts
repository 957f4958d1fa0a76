/** The event that an answer is made from, and what history knows of it. */
import { LiveUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import type { RawRow } from "../history/history-store.ts";
import type { LiveRow } from "../live/live-store.ts";
import type { Context } from "./context.ts";
import type { LogPlace } from "./explain-answer.ts";
import { padded } from "./log-cursor.ts";

export interface LiveSays {
  /** `without`: it answers, and does not hold the key. `away`: it does not answer. */
  state: "holds" | "without" | "away";
  row: LiveRow | null;
  position: readonly number[] | null;
}

export async function askLive({ live }: Context, stream: Stream, key: string): Promise<LiveSays> {
  if (stream.live === null) return { state: "without", row: null, position: null };
  try {
    const position = padded(stream, await live.applied(stream));
    const row = await live.get(stream, key);
    return { state: row === null ? "without" : "holds", row, position };
  } catch (error) {
    if (error instanceof LiveUnavailableError) return { state: "away", row: null, position: null };
    throw error;
  }
}

export interface NewestEvent {
  event: Pick<LiveRow, "event_time_ms" | "partition" | "offset" | "source" | "row">;
  /** The same event in history; null while it is not stored. */
  stored: RawRow | null;
  layer: "speed" | "batch";
}

/** What `one` answers from: the live view's, else history's last. @throws {HistoryUnavailableError} */
export async function newestEvent(
  { history }: Context,
  stream: Stream,
  live: LiveSays,
  key: string,
): Promise<NewestEvent | null> {
  if (live.row === null) {
    const [event] = await history.latest(stream, [key]);
    return event === undefined ? null : { event, stored: event, layer: "batch" };
  }
  const { event_time_ms, row } = live.row;
  const same = await history.raw(stream, {
    from_ms: event_time_ms,
    to_ms: event_time_ms + 1,
    key,
    limit: limits.range_rows_max,
  });
  const stored = same.find(({ event_id }) => event_id === row[stream.identity]) ?? null;
  return { event: live.row, stored, layer: "speed" };
}

export function logPlace(stream: Stream, { event, stored }: NewestEvent): LogPlace {
  const repeat = stored !== null && (stored.partition !== event.partition || stored.offset !== event.offset);
  return {
    topic: stream.topic,
    partition: event.partition,
    offset: event.offset,
    received_at: stored === null ? null : formatInstant(stored.received_at_ms),
    stored: stored !== null,
    first: repeat ? { partition: stored.partition, offset: stored.offset } : null,
  };
}

export function whyLayer(stream: Stream, live: LiveSays["state"], layer: "speed" | "batch" | null): string {
  if (layer === "speed") return "The live view answers, and holds the road";
  const last =
    layer === null ? "and history has no event of it either" : "so this is what history stored last";
  if (live === "away") return `The live view does not answer, ${last}`;
  if (stream.live === null) return `This stream has no live view, ${last}`;
  const minutes = Math.round(stream.live.ttl_ms / 60_000);
  return layer === null
    ? `The live view does not hold the road, ${last}`
    : `The live view lets a road go ${minutes} min after its last event, ${last}`;
}

/**
 * Upstreams without times say what is now, and often the same as before. What is the same is no new event, until the
 * live state that the last one made is nearly over: then it is confirmed, or a quiet road would vanish from the map
 * although its feed is well.
 */
import { limits } from "../../core/limits.ts";
import type { Stream } from "../../core/stream.ts";
import type { FeedValue } from "./feed.ts";

/** Of a live state's life: with 10 min of it, polls every 5 min confirm each time, polls every minute every fourth. */
const CONFIRM_SHARE = 0.4;

export class Repeats {
  readonly #last = new Map<string, { content: string; at_ms: number }>();

  /** Is it what was sent last for its key, a short while ago? Never for a value with a time: its identity tells. */
  has(stream: Stream, value: FeedValue, now_ms: number): boolean {
    if (!isTimeless(stream, value) || stream.live === null) return false;
    const last = this.#last.get(nameOf(stream, value));
    if (last === undefined || last.content !== JSON.stringify(value)) return false;
    const age_ms = now_ms - last.at_ms;
    return age_ms >= 0 && age_ms < stream.live.ttl_ms * CONFIRM_SHARE;
  }

  /** It is surely in the log. */
  sent(stream: Stream, value: FeedValue, now_ms: number): void {
    if (!isTimeless(stream, value)) return;
    const name = nameOf(stream, value);
    // Taken out and put in again: the map's order is that of the last sight.
    this.#last.delete(name);
    this.#last.set(name, { content: JSON.stringify(value), at_ms: now_ms });
    for (const first of this.#last.keys()) {
      if (this.#last.size <= limits.feed_measure_keys_max) break;
      this.#last.delete(first);
    }
  }
}

/** A value to which the poll gives its time. */
export const isTimeless = (stream: Stream, value: FeedValue): boolean =>
  (value[stream.event_time] ?? null) === null;

const nameOf = (stream: Stream, value: FeedValue): string => `${stream.name} ${String(value[stream.key])}`;

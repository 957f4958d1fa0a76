/** Identities of what a feed brings: computed from what it is, so that a repeat is a duplicate. */
import { uuid5 } from "../../core/identity.ts";
import type { Stream } from "../../core/stream.ts";
import { formatInstant } from "../../core/time.ts";
import type { FeedValue } from "./feed.ts";

/** The value with identity and event time; what it has of them already stays. */
export function stamp(feed: string, stream: Stream, value: FeedValue, now_ms: number): FeedValue {
  const { identity, event_time, key } = stream;
  const time = value[event_time] ?? null;
  // Without a time of its own, the same content again within one poll is the same event.
  const named = time === null ? value : time;
  return {
    ...value,
    [event_time]: time ?? formatInstant(now_ms),
    [identity]: value[identity] ?? uuid5(JSON.stringify([feed, stream.name, value[key] ?? null, named])),
  };
}

/** What must be known once everything in the topic has been read: computed from its records alone. */
import type { TopicRecord } from "./topic.ts";
import type { Traffic, TrafficEvent } from "./traffic.ts";

export interface ExpectedEvent {
  event_id: string;
  road_id: string;
  event_time_ms: number;
  current_speed: number;
  /** Where it may be said to come from: in each partition, the first record of it. */
  places: ReadonlyMap<number, number>;
}

export interface Expected {
  records: number;
  /** By event id. */
  events: ReadonlyMap<string, ExpectedEvent>;
  /** Newest event of each road. */
  newest: ReadonlyMap<string, ExpectedEvent>;
  /** "partition:offset" of the values that are no events. */
  malformed: ReadonlySet<string>;
  /** Records, by partition. */
  ends: ReadonlyMap<number, number>;
  /** Values that nobody sent. */
  strangers: readonly string[];
}

export function expectedOf(records: readonly TopicRecord[], traffic: Traffic): Expected {
  const events = new Map<string, ExpectedEvent & { places: Map<number, number> }>();
  const newest = new Map<string, ExpectedEvent>();
  const malformed = new Set<string>();
  const ends = new Map<number, number>();
  const strangers: string[] = [];
  for (const { partition, offset, value } of records) {
    ends.set(partition, offset + 1);
    if (traffic.malformed.has(value === null ? "" : value.toString("base64"))) {
      malformed.add(`${partition}:${offset}`);
      continue;
    }
    const event = JSON.parse(value?.toString() ?? "null") as TrafficEvent;
    if (!traffic.ids.has(event.event_id)) {
      strangers.push(`${partition}:${offset} ${value?.toString().slice(0, 80)}`);
      continue;
    }
    const known = events.get(event.event_id);
    if (known !== undefined) {
      if (!known.places.has(partition)) known.places.set(partition, offset);
      continue;
    }
    const one = {
      event_id: event.event_id,
      road_id: event.road_id,
      event_time_ms: Date.parse(event.timestamp),
      current_speed: event.current_speed,
      places: new Map([[partition, offset]]),
    };
    events.set(one.event_id, one);
    const last = newest.get(one.road_id);
    if (last === undefined || one.event_time_ms > last.event_time_ms) newest.set(one.road_id, one);
  }
  return { records: records.length, events, newest, malformed, ends, strangers };
}

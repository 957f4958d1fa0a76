/** The order in which rows are written, and what is told of them beside the rows. */
import type { Event } from "../core/event.ts";
import type { PartBatch } from "./history-store.ts";

/**
 * Events by (key, event time), repeats in the order they came: neighbours in the primary key are written together,
 * and two writers meet their common rows in one order. Grouping first is cheaper than one large sort.
 */
export function inKeyOrder(parts: readonly PartBatch[]): Event[] {
  const groups = new Map<string, Event[]>();
  for (const { events } of parts) {
    for (const event of events) {
      const group = groups.get(event.key);
      if (group === undefined) groups.set(event.key, [event]);
      else group.push(event);
    }
  }
  const ordered: Event[] = [];
  for (const key of [...groups.keys()].sort()) {
    const group = groups.get(key)!;
    if (!isInTime(group)) group.sort((a, b) => a.event_time_ms - b.event_time_ms);
    for (const event of group) ordered.push(event);
  }
  return ordered;
}

const isInTime = (group: readonly Event[]): boolean => {
  for (let i = 1; i < group.length; i++)
    if (group[i]!.event_time_ms < group[i - 1]!.event_time_ms) return false;
  return true;
};

/** Places of events that are late because of an event before them in their own batch. */
export function lateWithin(
  parts: readonly PartBatch[],
  lateness_ms: number,
): { partition: number; offset: number }[] {
  const late: { partition: number; offset: number }[] = [];
  for (const { partition, events } of parts) {
    let newest_ms = -Infinity;
    for (const event of events) {
      if (event.event_time_ms > newest_ms) newest_ms = event.event_time_ms;
      else if (event.event_time_ms < newest_ms - lateness_ms) late.push({ partition, offset: event.offset });
    }
  }
  return late;
}

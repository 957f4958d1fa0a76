/** The order in which rows are written, which of them repeat each other, and which are late. */
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

/** Ordered events without those that repeat an identity: the first stays. */
export function withoutRepeats(ordered: readonly Event[]): Event[] {
  const out: Event[] = [];
  // Identities that share key and event time stand together: mostly there is one.
  let first: Event | null = null;
  let ids: Set<string> | null = null;
  for (const event of ordered) {
    if (first === null || first.key !== event.key || first.event_time_ms !== event.event_time_ms) {
      first = event;
      ids = null;
    } else {
      ids ??= new Set([first.event_id]);
      if (ids.has(event.event_id)) continue;
      ids.add(event.event_id);
    }
    out.push(event);
  }
  return out;
}

/**
 * Events below what the partition's watermark was when they came, less the lateness. Counted along the log, so that it
 * does not depend on how the log is cut into batches.
 *
 * @param watermark_ms Of before the batch; null if it is not known here.
 */
export function lateEvents(
  { events }: Pick<PartBatch, "events">,
  lateness_ms: number,
  watermark_ms: number | null,
): Set<Event> {
  const late = new Set<Event>();
  let newest_ms = watermark_ms ?? -Infinity;
  for (const event of events) {
    if (event.event_time_ms > newest_ms) newest_ms = event.event_time_ms;
    else if (!event.backfill && event.event_time_ms < newest_ms - lateness_ms) late.add(event);
  }
  return late;
}

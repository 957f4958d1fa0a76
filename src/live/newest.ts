/** The order of live rows: by event time, then by place in the log, so that any order of arrival gives one view. */

export interface Placed {
  event_time_ms: number;
  partition: number;
  offset: number;
}

/** Does `a` replace `b`? False for the same event. */
export function isNewer(a: Placed, b: Placed): boolean {
  if (a.event_time_ms !== b.event_time_ms) return a.event_time_ms > b.event_time_ms;
  if (a.partition !== b.partition) return a.partition > b.partition;
  return a.offset > b.offset;
}

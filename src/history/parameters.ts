/** What the statements are given, in their order. */
import type { Kept } from "../core/aggregate.ts";
import type { Stream } from "../core/stream.ts";
import { columnsOf, windowStart, type WindowDeclaration } from "../core/window.ts";
import { numberArray, textArray } from "./array-text.ts";
import type { PartBatch } from "./history-store.ts";
import { asUuid, lettersJson } from "./letter-json.ts";
import { lateEvents, placesOf, type Arranged } from "./order.ts";
import type { Parameter } from "./reader.ts";
import { timeText } from "./sql-text.ts";

/** $1 to $9: places, ledger terms and dead letters. */
function ledgerParameters(stream: Stream, parts: readonly PartBatch[], now_ms: number): Parameter[] {
  const again: string[] = [];
  const unknown = parts.map(({ events }) => {
    let fields = 0;
    for (const { unknown_fields, dead_letter_id } of events) {
      fields += unknown_fields;
      const id = asUuid(dead_letter_id);
      if (id !== null) again.push(id);
    }
    return fields;
  });
  const letters = parts.flatMap((p) =>
    p.dead.map((l) => ({ ...l, partition: p.partition, stream: stream.name })),
  );
  return [
    numberArray(parts.map((p) => p.partition)),
    numberArray(parts.map((p) => p.expected_offset)),
    numberArray(parts.map((p) => p.next_offset)),
    textArray(parts.map((p) => p.last_record_hash)),
    numberArray(parts.map((p) => p.events.length + p.dead.length)),
    numberArray(unknown),
    timeText(now_ms),
    lettersJson(letters),
    textArray(again),
  ];
}

/** The server counts what it inserts; of the batch it is told only what is late within it. */
export function stagedParameters(stream: Stream, parts: readonly PartBatch[], now_ms: number): Parameter[] {
  const late = parts.flatMap((part) =>
    [...lateEvents(part, stream.lateness_ms, null)].map((e) => [part.partition, e.offset] as const),
  );
  return [
    ...ledgerParameters(stream, parts, now_ms),
    numberArray(late.map(([partition]) => partition)),
    numberArray(late.map(([, offset]) => offset)),
  ];
}

/**
 * @param fresh The rows that are copied, of all parts one after the other: all of them are stored, or the transaction fails.
 * @param watermarks Of before, by partition.
 */
export function directParameters(
  stream: Stream,
  parts: readonly PartBatch[],
  now_ms: number,
  fresh: Arranged,
  watermarks: ReadonlyMap<number, number | null>,
): Parameter[] {
  const is_fresh = new Uint8Array(fresh.events.length);
  for (const place of placesOf(fresh)) is_fresh[place] = 1;
  let place = 0;
  const counts = parts.map((part) => {
    const late = lateEvents(part, stream.lateness_ms, watermarks.get(part.partition) ?? null);
    const count = { n: 0, newest_ms: -Infinity, late: 0 };
    for (const event of part.events) {
      if (is_fresh[place++] === 0) continue;
      count.n++;
      if (event.event_time_ms > count.newest_ms) count.newest_ms = event.event_time_ms;
      if (late.size > 0 && late.has(event)) count.late++;
    }
    return count;
  });
  return [
    ...ledgerParameters(stream, parts, now_ms),
    numberArray(parts.map((p) => p.events.length)),
    numberArray(counts.map(({ n }) => n)),
    textArray(counts.map(({ newest_ms }) => (newest_ms === -Infinity ? null : timeText(newest_ms)))),
    numberArray(counts.map(({ late }) => late)),
    ...windowParameters(stream, fresh),
  ];
}

/** The windows of rows, folded here: the law says that SQL would give the same. */
function windowParameters(stream: Stream, fresh: Arranged): Parameter[] {
  if (stream.windows === null) return [];
  const { keys, starts_ms, columns } = foldArranged(stream.windows, fresh);
  return [
    textArray(keys),
    numberArray(starts_ms),
    ...columnsOf(stream.windows).map(({ type }, i) =>
      type === "bigint[]"
        ? textArray(
            columns[i]!.map((list) => (list === null ? null : numberArray(list as readonly number[]))),
          )
        : `{${columns[i]!.map((n) => (n === null ? "null" : String(n as number))).join(",")}}`,
    ),
  ];
}

/**
 * `foldWindows` for a batch that is arranged: a window's rows stand together in a group, so no window is looked up. Which
 * window each event belongs to is found in that order, the events themselves are read as they came.
 */
export function foldArranged(
  window: WindowDeclaration,
  { events, times_ms, groups }: Arranged,
): { keys: string[]; starts_ms: number[]; columns: Kept[][] } {
  const keys: string[] = [];
  const starts_ms: number[] = [];
  const window_of = new Int32Array(events.length).fill(-1);
  for (const { key, places } of groups) {
    let end_ms = -Infinity;
    for (const place of places) {
      if (times_ms[place]! >= end_ms) {
        const start_ms = windowStart(times_ms[place]!, window.size_ms);
        end_ms = start_ms + window.size_ms;
        keys.push(key);
        starts_ms.push(start_ms);
      }
      window_of[place] = keys.length - 1;
    }
  }
  const adds = columnsOf(window).map((column) => column.add);
  const columns = adds.map(() => Array.from<Kept>({ length: keys.length }).fill(null));
  for (let place = 0; place < events.length; place++) {
    const at = window_of[place]!;
    if (at < 0) continue;
    const { row } = events[place]!;
    for (let c = 0; c < adds.length; c++) columns[c]![at] = adds[c]!(columns[c]![at]!, row);
  }
  return { keys, starts_ms, columns };
}

/** What the statements are given, in their order. */
import type { Kept } from "../core/aggregate.ts";
import type { Event } from "../core/event.ts";
import type { Stream } from "../core/stream.ts";
import { columnsOf, windowStart, type WindowDeclaration } from "../core/window.ts";
import { numberArray, textArray } from "./array-text.ts";
import type { PartBatch } from "./history-store.ts";
import { asUuid, lettersJson } from "./letter-json.ts";
import { lateEvents } from "./order.ts";
import type { Parameter } from "./reader.ts";
import { timeText } from "./sql-text.ts";

/** $1 to $9: places, ledger terms and dead letters. */
function ledgerParameters(stream: Stream, parts: readonly PartBatch[], now_ms: number): Parameter[] {
  const again = parts.flatMap((p) =>
    p.events.map((e) => asUuid(e.dead_letter_id)).filter((id) => id !== null),
  );
  const letters = parts.flatMap((p) =>
    p.dead.map((l) => ({ ...l, partition: p.partition, stream: stream.name })),
  );
  return [
    numberArray(parts.map((p) => p.partition)),
    numberArray(parts.map((p) => p.expected_offset)),
    numberArray(parts.map((p) => p.next_offset)),
    textArray(parts.map((p) => p.last_record_hash)),
    numberArray(parts.map((p) => p.events.length + p.dead.length)),
    numberArray(parts.map((p) => p.events.reduce((n, e) => n + e.unknown_fields, 0))),
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
 * @param fresh The rows that are copied: all of them are stored, or the transaction fails.
 * @param watermarks Of before, by partition.
 */
export function directParameters(
  stream: Stream,
  parts: readonly PartBatch[],
  now_ms: number,
  fresh: readonly Event[],
  watermarks: ReadonlyMap<number, number | null>,
): Parameter[] {
  const count = new Map(parts.map((p) => [p.partition, { n: 0, newest_ms: -Infinity, late: 0 }]));
  const late = new Set(
    parts.flatMap((p) => [...lateEvents(p, stream.lateness_ms, watermarks.get(p.partition) ?? null)]),
  );
  for (const event of fresh) {
    const mine = count.get(event.partition)!;
    mine.n++;
    if (event.event_time_ms > mine.newest_ms) mine.newest_ms = event.event_time_ms;
    if (late.has(event)) mine.late++;
  }
  const counts = parts.map((p) => count.get(p.partition)!);
  return [
    ...ledgerParameters(stream, parts, now_ms),
    numberArray(parts.map((p) => p.events.length)),
    numberArray(counts.map(({ n }) => n)),
    textArray(counts.map(({ newest_ms }) => (newest_ms === -Infinity ? null : timeText(newest_ms)))),
    numberArray(counts.map((c) => c.late)),
    ...windowParameters(stream, fresh),
  ];
}

/** The windows of rows, folded here: the law says that SQL would give the same. */
function windowParameters(stream: Stream, fresh: readonly Event[]): Parameter[] {
  if (stream.windows === null) return [];
  const { keys, starts_ms, columns } = foldOrdered(stream.windows, fresh);
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

/** `foldWindows` for rows that are ordered by key and event time: a window's rows stand together, so nothing is looked up. */
export function foldOrdered(
  window: WindowDeclaration,
  ordered: readonly Event[],
): { keys: string[]; starts_ms: number[]; columns: Kept[][] } {
  const adds = columnsOf(window).map((column) => column.add);
  const columns: Kept[][] = adds.map(() => []);
  const keys: string[] = [];
  const starts_ms: number[] = [];
  let at = -1;
  for (const { key, event_time_ms, row } of ordered) {
    const start_ms = windowStart(event_time_ms, window.size_ms);
    if (at < 0 || keys[at] !== key || starts_ms[at] !== start_ms) {
      at = keys.push(key) - 1;
      starts_ms.push(start_ms);
      for (const column of columns) column.push(null);
    }
    for (let c = 0; c < adds.length; c++) columns[c]![at] = adds[c]!(columns[c]![at]!, row);
  }
  return { keys, starts_ms, columns };
}

/** SQL of roll-ups: their rows as they are now, from their table, from what they are folded from, and from dirty windows. */
import { createHash } from "node:crypto";
import {
  slotEnd,
  slotStart,
  rollupColumns,
  type RollupColumn,
  type RollupDeclaration,
} from "../../core/rollup.ts";
import type { Stream } from "../../core/stream.ts";
import { numberArray, textArray } from "../array-text.ts";
import type { SqlParameters } from "../sql-parameters.ts";
import { floorSql, instantSql, literal, plain } from "../sql-text.ts";

/** What was known of a stream's views when reading began. */
export interface RollupFacts {
  zone: string;
  /** −Infinity where a view was never made, or by another definition. */
  frontiers: ReadonlyMap<string, number>;
  /** Windows that were changed below a frontier. */
  dirty: readonly { key: string; window_start_ms: number }[];
}

export interface RowsWanted {
  /** Slots of the roll-up that start in it. */
  from_ms: number;
  to_ms: number;
  keys?: readonly string[] | undefined;
  columns: readonly RollupColumn[];
}

/** As `slotStart`: where clocks are put back over midnight (Havana), a day begins at the first of two, and the server says the second. */
export function truncSql({ step }: Pick<RollupDeclaration, "step">, zone: string): string {
  const z = literal(zone);
  if (step === "1h") return `date_trunc('hour', r.window_start, ${z})`;
  const day = `date_trunc('day', r.window_start, ${z})`;
  const first = `${day} - interval '1 hour'`;
  return `case when ((${first}) at time zone ${z})::date = (${day} at time zone ${z})::date then ${first} else ${day} end`;
}

/** The names that a row of a roll-up begins with: key, time, split. */
export const headOf = (stream: Stream, rollup: RollupDeclaration): readonly string[] => [
  ...(rollup.by === "key" ? [stream.key] : []),
  "window_start",
  ...(rollup.split === undefined ? [] : [rollup.split.column]),
];

export const sourceOf = (stream: Stream, rollup: RollupDeclaration): RollupDeclaration | null => {
  if (rollup.from === undefined) return null;
  const source = stream.rollups.find(({ name }) => name === rollup.from);
  if (source === undefined || source.from !== undefined || source.by !== "key")
    throw new TypeError(
      `Cannot roll up ${stream.name}: "${rollup.from}" must be a roll-up of its windows, of each key`,
    );
  return source;
};

/** Folds window rows `r` that fulfil a condition; of the whole table, or of what `among` says. */
export function foldWindowsSql(
  stream: Stream,
  rollup: RollupDeclaration,
  zone: string,
  columns: readonly RollupColumn[],
  where: string,
  among = `${plain(stream.windows!.table)} r`,
): string {
  const prepared = columns.flatMap((c) =>
    c.prepared === undefined ? [] : [`${c.prepared.sql} as ${c.prepared.name}`],
  );
  const whole = `${where} and r.window_start >= ${floorSql(stream)}`;
  const from =
    prepared.length === 0
      ? `${among} where ${whole}`
      : `(select r.*, ${prepared.join(", ")} from ${among} where ${whole}) r`;
  return foldSql(
    stream,
    rollup,
    zone,
    from,
    columns.map((c) => `${c.of_windows} as ${c.column}`),
    true,
  );
}

/** Folds rows of the roll-up that this one is made from. */
export const foldRowsSql = (
  stream: Stream,
  rollup: RollupDeclaration,
  zone: string,
  columns: readonly RollupColumn[],
  from: string,
): string =>
  foldSql(
    stream,
    rollup,
    zone,
    from,
    columns.map((c) => `${c.of_rows} as ${c.column}`),
    false,
  );

function foldSql(
  stream: Stream,
  rollup: RollupDeclaration,
  zone: string,
  from: string,
  columns: readonly string[],
  of_windows: boolean,
): string {
  const { split } = rollup;
  const head = [
    ...(rollup.by === "key" ? [`r.${stream.key}`] : []),
    `${truncSql(rollup, zone)} as window_start`,
    ...(split === undefined
      ? []
      : [`${of_windows ? split.of_window : `r.${split.column}`} as ${split.column}`]),
  ];
  return `select ${[...head, ...columns].join(", ")} from ${from} group by ${head.map((_, i) => i + 1).join(", ")}`;
}

const keysSql = (stream: Stream, keys: readonly string[] | undefined, parameters: SqlParameters): string =>
  keys === undefined ? "" : ` and r.${stream.key} = any(${parameters.add(textArray(keys), "text[]")})`;

/**
 * Rows of a roll-up in a range of slots: its own, which hold the windows before its frontier; from there on windows, or its source's rows
 * where that is further; and the same instead of its own where a window is dirty. The slot of the frontier comes in two parts, which whoever reads them folds together.
 */
export function rowsSql(
  stream: Stream,
  rollup: RollupDeclaration,
  facts: RollupFacts,
  { from_ms, to_ms, keys, columns }: RowsWanted,
  parameters: SqlParameters,
): string {
  const { zone } = facts;
  const at_ms = Math.min(to_ms, Math.max(from_ms, facts.frontiers.get(rollup.name) ?? -Infinity));
  const slots = dirtySlots(rollup, facts, { from_ms, to_ms: at_ms, keys });
  const names = [...headOf(stream, rollup), ...columns.map((c) => c.column)].map((name) => `r.${name}`);
  const range = (first_ms: number, last_ms: number): string =>
    `r.window_start >= ${parameters.time(first_ms)} and r.window_start < ${parameters.time(last_ms)}`;
  const parts: string[] = [];
  if (from_ms < at_ms) {
    const own_keys = rollup.by === "key" ? keysSql(stream, keys, parameters) : "";
    const clean =
      slots.length === 0
        ? ""
        : ` and not exists (${slotsSql(slots, parameters)} where d.s = r.window_start${keyOf(stream, rollup)})`;
    parts.push(
      `select ${names.join(", ")} from ${plain(rollup.table)} r where ${range(from_ms, at_ms)}${own_keys}${clean}`,
    );
  }
  if (slots.length > 0) parts.push(...slotParts(stream, rollup, facts, slots, at_ms, columns, parameters));
  if (at_ms < to_ms) {
    const source = sourceOf(stream, rollup);
    if (source !== null && reaches(source, facts, at_ms)) {
      const rows = rowsSql(stream, source, facts, { from_ms: at_ms, to_ms, keys, columns }, parameters);
      parts.push(foldRowsSql(stream, rollup, zone, columns, `(${rows}) r`));
    } else {
      const where = `${range(at_ms, to_ms)}${keysSql(stream, keys, parameters)}`;
      parts.push(foldWindowsSql(stream, rollup, zone, columns, where));
    }
  }
  return parts.length === 0
    ? `select ${names.join(", ")} from ${plain(rollup.table)} r where false`
    : parts.map((part) => `(${part})`).join(" union all ");
}

/**
 * Whether a source has rows of its own from an instant on: a frontier that was lowered, or a view that begins anew, stands before its
 * source's, and retention may have taken windows that are in the source's rows.
 */
const reaches = (source: RollupDeclaration, { frontiers, zone }: RollupFacts, at_ms: number): boolean =>
  (frontiers.get(source.name) ?? -Infinity) > at_ms && slotStart(at_ms, source.step, zone) === at_ms;

/**
 * What dirty slots hold, without the roll-up's own rows: the clean rows that it is folded from, and windows where those are dirty, too, or
 * where it is folded from windows: retention may have taken windows of a slot whose shorter slots are still there.
 */
function slotParts(
  stream: Stream,
  rollup: RollupDeclaration,
  facts: RollupFacts,
  slots: readonly Slot[],
  to_ms: number,
  columns: readonly RollupColumn[],
  parameters: SqlParameters,
): string[] {
  const { zone } = facts;
  const source = sourceOf(stream, rollup);
  const before = `r.window_start < ${parameters.time(to_ms)}`;
  const within = (table: string, of: readonly Slot[], by_key: boolean): string =>
    `(${slotsFrom(of, parameters)}) d cross join lateral (select * from ${plain(table)} x
      where x.window_start >= d.s and x.window_start < d.e${by_key ? ` and x.${stream.key} = d.k` : ""}) r`;
  if (source === null) {
    const among = within(stream.windows!.table, slots, rollup.by === "key");
    return [foldWindowsSql(stream, rollup, zone, columns, before, among)];
  }
  const range = { from_ms: slots[0]!.start_ms, to_ms };
  for (const { start_ms } of slots) range.from_ms = Math.min(range.from_ms, start_ms);
  const keys = rollup.by === "key" ? slots.map(({ key }) => key) : undefined;
  // Every dirty slot is so because one of its source's is.
  const inner = dirtySlots(source, facts, { ...range, keys });
  const clean = `not exists (${slotsSql(inner, parameters)} where d.s = r.window_start${keyOf(stream, source)})`;
  const rows = `(select r.* from ${within(source.table, slots, rollup.by === "key")} where ${before} and ${clean}) r`;
  const among = within(stream.windows!.table, inner, true);
  return [
    foldRowsSql(stream, rollup, zone, columns, rows),
    foldWindowsSql(stream, rollup, zone, columns, before, among),
  ];
}

interface Slot {
  start_ms: number;
  end_ms: number;
  key: string;
}

export const keyOf = (stream: Stream, rollup: RollupDeclaration): string =>
  rollup.by === "key" ? ` and d.k = r.${stream.key}` : "";

export function dirtySlots(
  rollup: RollupDeclaration,
  { dirty, zone }: RollupFacts,
  { from_ms, to_ms, keys }: Omit<RowsWanted, "columns">,
): Slot[] {
  const wanted = keys === undefined || rollup.by === "all" ? null : new Set(keys);
  const slots = new Map<string, Slot>();
  for (const { key, window_start_ms } of dirty) {
    const start_ms = slotStart(window_start_ms, rollup.step, zone);
    if (start_ms < from_ms || start_ms >= to_ms || wanted?.has(key) === false) continue;
    const of = rollup.by === "key" ? key : "";
    slots.set(`${start_ms} ${of}`, { start_ms, end_ms: slotEnd(start_ms, rollup.step, zone), key: of });
  }
  return [...slots.values()];
}

export const slotsSql = (slots: readonly Slot[], parameters: SqlParameters): string =>
  `select 1 from (${slotsFrom(slots, parameters)}) d`;

function slotsFrom(slots: readonly Slot[], parameters: SqlParameters): string {
  const starts = parameters.add(numberArray(slots.map((slot) => slot.start_ms)), "bigint[]");
  const ends = parameters.add(numberArray(slots.map((slot) => slot.end_ms)), "bigint[]");
  const keys = parameters.add(textArray(slots.map((slot) => slot.key)), "text[]");
  return `select ${instantSql("x.s")} as s, ${instantSql("x.e")} as e, x.k from unnest(${starts}, ${ends}, ${keys}) as x (s, e, k)`;
}

/** Changes whenever a view's rows would be others: then it is built anew. */
export function definitionOf(stream: Stream, rollup: RollupDeclaration, zone: string): string {
  const columns = rollupColumns(stream.windows!, rollup);
  const source = sourceOf(stream, rollup);
  const words = [
    foldWindowsSql(stream, rollup, zone, columns, "true"),
    ...columns.map((c) => c.of_rows),
    source === null ? "" : definitionOf(stream, source, zone),
  ];
  return createHash("sha256").update(words.join("\n")).digest("hex").slice(0, 16);
}

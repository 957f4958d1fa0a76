/** SQL of roll-ups: their rows as they are now, from their table, from what they are folded from, and from dirty windows. */
import { createHash } from "node:crypto";
import {
  slotEnd,
  slotStart,
  rollupColumns,
  type RollupColumn,
  type RollupDeclaration,
} from "../core/rollup.ts";
import type { Stream } from "../core/stream.ts";
import { numberArray, textArray } from "./array-text.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import { instantSql, literal, plain } from "./sql-text.ts";
import { floorSql } from "./window-retention.ts";

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

export const truncSql = (rollup: Pick<RollupDeclaration, "step">, zone: string): string =>
  `date_trunc('${rollup.step === "1h" ? "hour" : "day"}', r.window_start, ${literal(zone)})`;

/** The names that a row of a roll-up begins with: key, time, split. */
export const headOf = (stream: Stream, rollup: RollupDeclaration): readonly string[] => [
  ...(rollup.by === "key" ? [stream.key] : []),
  "window_start",
  ...(rollup.split === undefined ? [] : [rollup.split.column]),
];

export const sourceOf = (stream: Stream, rollup: RollupDeclaration): RollupDeclaration | null => {
  if (rollup.from === undefined) return null;
  const source = stream.rollups.find(({ name }) => name === rollup.from);
  if (source === undefined)
    throw new TypeError(`Cannot roll up ${stream.name}: there is no "${rollup.from}"`);
  return source;
};

/** Folds window rows that fulfil a condition. */
export function foldWindowsSql(
  stream: Stream,
  rollup: RollupDeclaration,
  zone: string,
  columns: readonly RollupColumn[],
  where: string,
): string {
  const prepared = columns.flatMap((c) =>
    c.prepared === undefined ? [] : [`${c.prepared.sql} as ${c.prepared.name}`],
  );
  const table = plain(stream.windows!.table);
  const whole = `${where} and r.window_start >= ${floorSql(stream)}`;
  const from =
    prepared.length === 0
      ? `${table} r where ${whole}`
      : `(select r.*, ${prepared.join(", ")} from ${table} r where ${whole}) r`;
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
 * Rows of a roll-up in a range of slots: its own, which hold the windows before its frontier; windows from there on; and windows instead of
 * its own where one is dirty. The slot of the frontier comes in two parts, which whoever reads them folds together.
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
  if (slots.length > 0) {
    const near = range(
      Math.min(...slots.map((slot) => slot.start_ms)),
      Math.min(at_ms, Math.max(...slots.map((slot) => slot.end_ms))),
    );
    const within = `exists (${slotsSql(slots, parameters)} where r.window_start >= d.s and r.window_start < d.e${keyOf(stream, rollup)})`;
    parts.push(foldWindowsSql(stream, rollup, zone, columns, `${near} and ${within}`));
  }
  if (at_ms < to_ms) {
    const where = `${range(at_ms, to_ms)}${keysSql(stream, keys, parameters)}`;
    parts.push(foldWindowsSql(stream, rollup, zone, columns, where));
  }
  return parts.length === 0
    ? `select ${names.join(", ")} from ${plain(rollup.table)} r where false`
    : parts.map((part) => `(${part})`).join(" union all ");
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

export function slotsSql(slots: readonly Slot[], parameters: SqlParameters): string {
  const starts = parameters.add(numberArray(slots.map((slot) => slot.start_ms)), "bigint[]");
  const ends = parameters.add(numberArray(slots.map((slot) => slot.end_ms)), "bigint[]");
  const keys = parameters.add(textArray(slots.map((slot) => slot.key)), "text[]");
  return `select 1 from (select ${instantSql("x.s")} as s, ${instantSql("x.e")} as e, x.k
    from unnest(${starts}, ${ends}, ${keys}) as x (s, e, k)) d`;
}

/** Changes whenever a view's rows would be others: then it is built anew. */
export function definitionOf(stream: Stream, rollup: RollupDeclaration, zone: string): string {
  const columns = rollupColumns(stream.windows!, rollup);
  const words = [
    foldWindowsSql(stream, rollup, zone, columns, "true"),
    ...columns.map((c) => c.of_rows),
    rollup.from ?? "",
  ];
  return createHash("sha256").update(words.join("\n")).digest("hex").slice(0, 16);
}

/**
 * Roll-ups: batch views that are folded from windows, or from another roll-up, over hours or days of the city's zone. Like windows they
 * keep commutative monoids of integers, with SQL and TypeScript from one definition, so that any path from the same windows gives equal rows.
 */
import type { AggregateColumn, Kept } from "./aggregate.ts";
import { addBins, binOf } from "./bins.ts";
import type { Field } from "./field.ts";
import { hours, startOfDay, zoneOffset } from "./time.ts";
import { columnsOf, type KeptWindow, type WindowDeclaration } from "./window.ts";

export interface RollupDeclaration {
  /** As it stands in `frontiers`: `hours`. */
  name: string;
  table: string;
  step: RollupStep;
  /** Rows of each key, or of all keys together. */
  by: "key" | "all";
  /** Name of the roll-up that this one is folded from; of the windows without it. Of shorter steps, and of each key. */
  from?: string;
  /** Rows are kept apart by what this says of their windows: a flag column, and SQL over the window row `r`. */
  split?: RollupSplit;
  /** Beside the windows' own columns. */
  measures?: readonly RollupColumn[];
}

/** Hours and days of the city's zone. */
export type RollupStep = "1h" | "1d";

export interface RollupSplit {
  column: string;
  of_window: string;
  is: (kept: Readonly<Record<string, Kept>>) => boolean;
}

/** A column of a roll-up. */
export interface RollupColumn {
  column: string;
  type: "bigint" | "integer" | "integer[]";
  /** Of counts in bins. */
  edges?: readonly number[];
  /** What `of_windows` needs once per window: a name, and SQL over the window row `r`. */
  prepared?: { name: string; sql: string };
  /** SQL's aggregate over window rows `r`. */
  of_windows: string;
  /** SQL's aggregate over rows `r` of roll-ups. */
  of_rows: string;
  lift: (kept: Readonly<Record<string, Kept>>) => Kept;
  merge: (a: Kept, b: Kept) => Kept;
}

const plus = (a: Kept, b: Kept): Kept => (a === null ? b : b === null ? a : (a as number) + (b as number));

/** A window column, folded. */
const folded = ({ column, type, fold, merge_kept }: AggregateColumn): RollupColumn => {
  const sql = `${fold}(r.${column})${fold === "sum" ? "::bigint" : ""}`;
  if (type === "bigint[]") throw new TypeError(`Cannot roll up ${column}: it is an array`);
  return {
    column,
    type,
    of_windows: sql,
    of_rows: sql,
    lift: (kept) => kept[column] ?? null,
    merge: merge_kept,
  };
};

/** How many windows a row is folded from: what its coverage is counted by. */
const windowsN: RollupColumn = {
  column: "windows_n",
  type: "bigint",
  of_windows: "count(*)",
  of_rows: "sum(r.windows_n)::bigint",
  lift: () => 1,
  merge: plus,
};

const meanOf = (name: string, field: Field, kept: Readonly<Record<string, Kept>>): number =>
  (kept[`${name}_sum`] as number) / (kept["n"] as number) / 10 ** (field.decimals ?? 0);
const meanSql = (name: string, field: Field): string =>
  `(r.${name}_sum::double precision / r.n / ${10 ** (field.decimals ?? 0)})`;

/**
 * How many windows had their mean of a required field in each of fixed bins. Unit of the edges: the field's.
 * Column `<name>_bins`.
 */
export const windowBins = (name: string, field: Field, edges: readonly number[]): RollupColumn => {
  const [column, bin] = [`${name}_bins`, `${name}_bin`];
  const bins = Array.from({ length: edges.length + 1 }, (_, i) => i);
  const array = (parts: readonly string[]): string => `array[${parts.join(", ")}]::integer[]`;
  return {
    column,
    type: "integer[]",
    edges,
    prepared: {
      name: bin,
      sql: `width_bucket(${meanSql(name, field)}, array[${edges.join(",")}]::double precision[])`,
    },
    of_windows: array(bins.map((i) => `count(*) filter (where r.${bin} = ${i})`)),
    of_rows: array(bins.map((i) => `sum(r.${column}[${i + 1}])`)),
    lift: (kept) => {
      const mine = binOf(meanOf(name, field, kept), edges);
      return bins.map((i) => (i === mine ? 1 : 0));
    },
    merge: (a, b) =>
      a === null ? b : b === null ? a : addBins(a as readonly number[], b as readonly number[]),
  };
};

/** Below it a speed counts as this, so that a standstill does not last for ever, km/h. */
export const PACE_SPEED_MIN = 1;

/**
 * Sum of the windows' paces, ms per km, of a speed in km/h: mean travel times are means of these, and not of speeds.
 * Column `pace_sum`.
 */
export const paceSum = (name: string, field: Field): RollupColumn => ({
  column: "pace_sum",
  type: "bigint",
  of_windows: `sum(floor(3600000 / greatest(${PACE_SPEED_MIN}, ${meanSql(name, field)}) + 0.5)::bigint)::bigint`,
  of_rows: "sum(r.pace_sum)::bigint",
  lift: (kept) => Math.floor(3_600_000 / Math.max(PACE_SPEED_MIN, meanOf(name, field, kept)) + 0.5),
  merge: plus,
});

/** All columns of a roll-up but its time, key and split, in the order of its declaration. */
export const rollupColumns = (
  window: WindowDeclaration,
  rollup: RollupDeclaration,
): readonly RollupColumn[] => [...columnsOf(window).map(folded), windowsN, ...(rollup.measures ?? [])];

/** Start of the slot that holds an instant. */
export function slotStart(ms: number, step: RollupStep, zone: string): number {
  if (step === "1d") return startOfDay(ms, zone);
  const local_ms = ms + zoneOffset(ms, zone);
  return ms - (local_ms - Math.floor(local_ms / hours(1)) * hours(1));
}

/** First slot that starts at an instant or later. */
export function slotFrom(ms: number, step: RollupStep, zone: string): number {
  const start_ms = slotStart(ms, step, zone);
  return start_ms === ms ? ms : slotEnd(start_ms, step, zone);
}

/** Where the slot that starts at an instant ends: a day of 23 or 25 hours, too. */
export const slotEnd = (start_ms: number, step: RollupStep, zone: string): number =>
  step === "1h" ? start_ms + hours(1) : startOfDay(start_ms + hours(30), zone);

export interface RollupRow {
  /** Null for all keys together. */
  key: string | null;
  start_ms: number;
  /** What `split` says; null without one. */
  split: boolean | null;
  kept: Record<string, Kept>;
}

/** Folds windows; the law says that SQL gives the same, from windows and from roll-ups. */
export function foldRollup(
  window: WindowDeclaration,
  rollup: RollupDeclaration,
  zone: string,
  windows: Iterable<KeptWindow>,
): RollupRow[] {
  const columns = rollupColumns(window, rollup);
  const rows = new Map<string, RollupRow>();
  for (const { key, window_start_ms, kept } of windows) {
    const start_ms = slotStart(window_start_ms, rollup.step, zone);
    const row_key = rollup.by === "key" ? key : null;
    const split = rollup.split?.is(kept) ?? null;
    const id = `${start_ms} ${split} ${row_key}`;
    let row = rows.get(id);
    if (row === undefined) rows.set(id, (row = { key: row_key, start_ms, split, kept: {} }));
    for (const { column, lift, merge } of columns)
      row.kept[column] = merge(row.kept[column] ?? null, lift(kept));
  }
  const order = (row: RollupRow): string => `${row.key ?? ""} ${row.split}`;
  return [...rows.values()].sort((a, b) => a.start_ms - b.start_ms || (order(a) < order(b) ? -1 : 1));
}

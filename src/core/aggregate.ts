/**
 * Aggregates that windows keep. Each is a commutative monoid over integers, so that any order, any batching
 * and any merge give equal results, and carries its SQL from the same definition: from rows, and merged into
 * a kept row. Only such aggregates are admitted: a mean is kept as sum and n, a spread as sum of squares,
 * a percentile as counts in fixed bins.
 */
import { scaled, type Field, type Value } from "./field.ts";

/** One stored column of a window. All columns are integers or integer arrays, null while empty. */
export interface AggregateColumn {
  column: string;
  type: "bigint" | "integer" | "bigint[]";
  /** SQL over raw rows, ending in its declared type. */
  from_rows: string;
  /** How many kept values become one: with SQL's aggregate of this name. */
  fold: "sum" | "min" | "max";
  /** SQL of two kept values `a` and `b`, in their qualified names. */
  merge: (a: string, b: string) => string;
  /** The same in TypeScript, for the law and for the direct path. */
  add: (kept: Kept, row: Readonly<Record<string, Value>>) => Kept;
  merge_kept: (a: Kept, b: Kept) => Kept;
}

export type Kept = number | readonly number[] | null;

export interface Aggregate {
  columns: readonly AggregateColumn[];
  /** Answers' fields from kept columns; several names for a mean with its spread. */
  present: (kept: Readonly<Record<string, Kept>>) => Record<string, number | readonly number[] | null>;
  /** What `present` answers, for the API's words: name → unit and doc. */
  answers: Readonly<Record<string, { unit: string; doc: string; integer?: boolean; bins?: boolean }>>;
}

const plus = (a: Kept, b: Kept): Kept => (a === null ? b : b === null ? a : (a as number) + (b as number));
const least = (a: Kept, b: Kept): Kept =>
  a === null ? b : b === null ? a : Math.min(a as number, b as number);
const most = (a: Kept, b: Kept): Kept =>
  a === null ? b : b === null ? a : Math.max(a as number, b as number);
// `coalesce(a + b, a, b)`: a sum over no values is null, and null is the zero of the monoid.
const sqlPlus = (a: string, b: string): string => `coalesce(${a} + ${b}, ${a}, ${b})`;
const sqlLeast = (a: string, b: string): string => `least(${a}, ${b})`;
const sqlMost = (a: string, b: string): string => `greatest(${a}, ${b})`;

/** A field's value as an integer of its last decimal, in SQL. `real` becomes `double precision` before it is multiplied. */
export const scaledSql = (name: string, decimals: number): string =>
  decimals === 0 ? `${name}::bigint` : `round(${name}::double precision * ${10 ** decimals})::bigint`;

const decimalsOf = (field: Field): number => field.decimals ?? 0;

/** Number of events. */
export const count = (): Aggregate => ({
  columns: [
    {
      column: "n",
      type: "bigint",
      from_rows: "count(*)",
      fold: "sum",
      merge: (a, b) => `${a} + ${b}`,
      add: (kept) => ((kept as number | null) ?? 0) + 1,
      merge_kept: plus,
    },
  ],
  present: (kept) => ({ n: (kept["n"] as number | null) ?? 0 }),
  answers: { n: { unit: "1", doc: "Events in the window.", integer: true } },
});

/** Events for which a flag field is true. */
export const countIf = (name: string, flag_field: string, doc: string): Aggregate => ({
  columns: [
    {
      column: name,
      type: "bigint",
      from_rows: `count(*) filter (where ${flag_field})`,
      fold: "sum",
      merge: (a, b) => `${a} + ${b}`,
      add: (kept, row) => ((kept as number | null) ?? 0) + (row[flag_field] === true ? 1 : 0),
      merge_kept: plus,
    },
  ],
  present: (kept) => ({ [name]: (kept[name] as number | null) ?? 0 }),
  answers: { [name]: { unit: "1", doc, integer: true } },
});

/** A sum: kept as an integer of the field's last decimal, presented in its unit. */
export const sum = (name: string, field: Field): Aggregate => {
  const d = decimalsOf(field);
  const column = `${name}_sum`;
  return {
    columns: [sumColumn(column, name, d)],
    present: (kept) => ({ [column]: kept[column] === null ? null : (kept[column] as number) / 10 ** d }),
    answers: { [column]: { unit: field.unit ?? "1", doc: `Sum of ${name}.` } },
  };
};

function sumColumn(column: string, name: string, d: number): AggregateColumn {
  return {
    column,
    type: "bigint",
    from_rows: `sum(${scaledSql(name, d)})::bigint`,
    fold: "sum",
    merge: sqlPlus,
    add: (kept, row) => plus(kept, row[name] === null ? null : scaled(row[name] as number, d)),
    merge_kept: plus,
  };
}

/** Count of the values present: an optional field's mean must not be divided by all events. */
const presentColumn = (name: string): AggregateColumn => ({
  column: `${name}_n`,
  type: "bigint",
  from_rows: `count(${name})`,
  fold: "sum",
  merge: (a, b) => `${a} + ${b}`,
  add: (kept, row) => ((kept as number | null) ?? 0) + (row[name] === null ? 0 : 1),
  merge_kept: plus,
});

/** Mean, kept as sum and n, because a mean of means is not a mean. With `spread` also the standard deviation (population). */
export const mean = (name: string, field: Field, options: { spread?: boolean } = {}): Aggregate => {
  const d = decimalsOf(field);
  const n = field.optional ? `${name}_n` : "n";
  const columns = [sumColumn(`${name}_sum`, name, d)];
  if (field.optional) columns.push(presentColumn(name));
  if (options.spread) {
    columns.push({
      column: `${name}_sum_sq`,
      type: "bigint",
      from_rows: `sum(${scaledSql(name, d)} * ${scaledSql(name, d)})::bigint`,
      fold: "sum",
      merge: sqlPlus,
      add: (kept, row) => plus(kept, row[name] === null ? null : scaled(row[name] as number, d) ** 2),
      merge_kept: plus,
    });
  }
  return {
    columns,
    present: (kept) => {
      const k = Number(kept[n] ?? 0);
      const s = kept[`${name}_sum`] as number | null;
      const none = k === 0 || s === null;
      const m = none ? null : s / k;
      const out: Record<string, number | null> = { [`${name}_mean`]: m === null ? null : m / 10 ** d };
      if (options.spread) {
        const sq = kept[`${name}_sum_sq`] as number | null;
        out[`${name}_stddev`] =
          m === null || sq === null ? null : Math.sqrt(Math.max(0, sq / k - m * m)) / 10 ** d;
      }
      return out;
    },
    answers: {
      [`${name}_mean`]: {
        unit: field.unit ?? "1",
        doc: `Arithmetic mean of ${name} over the window's events.`,
      },
      ...(options.spread
        ? {
            [`${name}_stddev`]: {
              unit: field.unit ?? "1",
              doc: `Standard deviation (population) of ${name}.`,
            },
          }
        : {}),
    },
  };
};

export const min = (name: string, field: Field): Aggregate => extreme(name, field, "min");
export const max = (name: string, field: Field): Aggregate => extreme(name, field, "max");

function extreme(name: string, field: Field, which: "min" | "max"): Aggregate {
  const d = decimalsOf(field);
  const column = `${name}_${which}`;
  const pick = which === "min" ? least : most;
  return {
    columns: [
      {
        column,
        type: "integer",
        from_rows: `${which}(${scaledSql(name, d)})::integer`,
        fold: which,
        merge: which === "min" ? sqlLeast : sqlMost,
        add: (kept, row) => pick(kept, row[name] === null ? null : scaled(row[name] as number, d)),
        merge_kept: pick,
      },
    ],
    present: (kept) => ({ [column]: kept[column] === null ? null : (kept[column] as number) / 10 ** d }),
    answers: {
      [column]: { unit: field.unit ?? "1", doc: `${which === "min" ? "Least" : "Greatest"} ${name}.` },
    },
  };
}

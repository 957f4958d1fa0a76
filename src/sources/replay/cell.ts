/** Cells of a row, as a mapping names them. */
import type { Columns } from "./rows.ts";

/** A column's cell; with dots also a way into nested JSON. */
export function cellOf(columns: Columns, name: string): unknown {
  if (Object.hasOwn(columns, name)) return columns[name];
  if (!name.includes(".")) return undefined;
  return name
    .split(".")
    .reduce<unknown>(
      (at, step) =>
        typeof at === "object" && at !== null && Object.hasOwn(at, step) ? (at as Columns)[step] : undefined,
      columns,
    );
}

/** As a template or a rule reads it: nothing is the empty text. */
export const textOf = (cell: unknown): string =>
  typeof cell === "string" ? cell : cell === null || cell === undefined ? "" : JSON.stringify(cell);

/** The number that a cell is or writes; any other cell as it is: the door has the words for it. */
export function asNumber(cell: unknown): unknown {
  if (typeof cell !== "string" || cell.trim() === "") return cell;
  const n = Number(cell);
  return Number.isNaN(n) ? cell : n;
}

/** Takes the texts that stand for no value out of a row; a row without them stays as it is. */
export function withoutAbsent(absent: readonly string[]): (columns: Columns) => Columns {
  if (absent.length === 0) return (columns) => columns;
  const none = new Set<unknown>(absent);
  return (columns) => {
    let kept: Record<string, unknown> | null = null;
    for (const name in columns) if (none.has(columns[name])) (kept ??= { ...columns })[name] = null;
    return kept ?? columns;
  };
}

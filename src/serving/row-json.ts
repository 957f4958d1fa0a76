/** A live row as JSON: made once, however many lists and formats it is part of. Rows are never changed. */
import type { CurrentRow } from "./answer.ts";

const made = new WeakMap<CurrentRow, string>();

export function rowJson(row: CurrentRow): string {
  let text = made.get(row);
  if (text === undefined) made.set(row, (text = JSON.stringify(row)));
  return text;
}

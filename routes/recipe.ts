/**
 * A file's recipe: what it holds, as comment lines before the line that names the columns, so that a file that was mailed around still
 * says of when, of what and by which question it is. Readers of CSV skip such lines: pandas by `comment="#"`, DuckDB by itself.
 */
import { csvHead, csvLines, type CsvRow } from "./csv.ts";

/** In their order; a null is left out. */
export type Recipe = readonly (readonly [name: string, value: string | number | null])[];

/** Lines begin with `#` and end in CRLF; a value is one line, whatever was typed. */
export const recipeLines = (recipe: Recipe): string =>
  recipe
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `# ${name}: ${oneLine(String(value))}\r\n`)
    .join("");

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");

export const csvWithRecipe = (recipe: Recipe, columns: readonly string[], rows: readonly CsvRow[]): string =>
  recipeLines([...recipe, ["rows", rows.length]]) + csvHead(columns) + csvLines(columns, rows);

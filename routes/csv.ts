/** CSV (RFC 4180) of flat rows. A text that a spreadsheet would run as a formula is made harmless. */

type Cell = unknown;
export type CsvRow = Readonly<Record<string, Cell>>;

/** Lines end in CRLF; the first names the columns; an empty cell is null. */
export const toCsv = (columns: readonly string[], rows: readonly CsvRow[]): string =>
  csvHead(columns) + csvLines(columns, rows);

/** The line that names the columns. */
export const csvHead = (columns: readonly string[]): string => `${columns.map(cell).join(",")}\r\n`;

/** Rows alone, for answers that are written in pieces. */
export const csvLines = (columns: readonly string[], rows: readonly CsvRow[]): string =>
  rows.map((row) => `${columns.map((name) => cell(row[name])).join(",")}\r\n`).join("");

function cell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(harmless(value));
  return quoted(
    isGeometry(value) ? wkt(value) : Array.isArray(value) ? harmless(value.join(" ")) : JSON.stringify(value),
  );
}

/** An apostrophe keeps spreadsheets from reading `=…`, `+…`, `-…`, `@…`, tab and CR as the start of a formula. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

type Geometry =
  | { type: "LineString"; coordinates: readonly (readonly number[])[] }
  | { type: "Point"; coordinates: readonly number[] };

const isGeometry = (value: object): value is Geometry =>
  "type" in value && "coordinates" in value && (value.type === "LineString" || value.type === "Point");

/** Well-known text, which GIS programs read from a CSV column. */
const wkt = (geometry: Geometry): string =>
  geometry.type === "Point"
    ? `POINT (${geometry.coordinates.join(" ")})`
    : `LINESTRING (${geometry.coordinates.map((p) => p.join(" ")).join(", ")})`;

/** CSV (RFC 4180) of flat rows. A text that a spreadsheet would run as a formula is made harmless. */

type Cell = unknown;

/** Lines end in CRLF; the first names the columns; an empty cell is null. */
export function toCsv(columns: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]): string {
  const lines = [columns.map(cell).join(",")];
  for (const row of rows) lines.push(columns.map((name) => cell(row[name])).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

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

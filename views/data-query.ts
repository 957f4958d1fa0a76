/** What the page of raw rows is asked for: read from the address leniently, because people edit addresses. */
import { cleanText } from "../src/core/field.ts";
import { limits } from "../src/core/limits.ts";
import { days, formatInstant, hours, instantOfLocal, parseInstant, zoneOffset } from "../src/core/time.ts";

/** Ranges that end now, by their name in the address. */
export const lasts = { "1h": hours(1), "24h": days(1), "7d": days(7) } as const;
export type Last = keyof typeof lasts;
const lastNames = Object.keys(lasts) as Last[];

export interface DataQuery {
  stream: string;
  key: string;
  /** A range that ends now; null for one that is given by `from` and `to`. */
  last: Last | null;
  from_ms: number;
  to_ms: number;
  /** `next_cursor` of the page before; empty on the first. */
  cursor: string;
  /** From 1: only told, the cursor is what counts. */
  page: number;
  /** Asked for again every few seconds. */
  live: boolean;
  /** What of the address could not be taken, in words; empty where all was. */
  fault: string;
}

type Params = Readonly<Record<string, string>>;

export function readDataQuery(
  from: Params,
  streams: readonly string[],
  zone: string,
  now_ms: number,
): DataQuery {
  const asked = from["stream"] ?? "";
  const key = (from["key"] ?? "").trim().normalize("NFC");
  const faults: string[] = [];
  if (asked !== "" && !streams.includes(asked)) faults.push(`There is no stream ${asked.slice(0, 40)}.`);
  const bad_key = key.length > limits.id_chars_max || !cleanText(key);
  if (bad_key) faults.push(`A key has at most ${limits.id_chars_max} characters.`);
  const range = rangeOf(from, zone, now_ms, faults);
  const page = /^\d{1,6}$/.test(from["page"] ?? "") ? Math.max(1, Number(from["page"])) : 1;
  const cursor = from["cursor"] ?? "";
  return {
    stream: streams.includes(asked) ? asked : (streams[0] ?? ""),
    key: bad_key ? "" : key,
    ...range,
    cursor,
    page: cursor === "" ? 1 : page,
    live: from["live"] === "1",
    fault: faults.join(" "),
  };
}

function rangeOf(
  from: Params,
  zone: string,
  now_ms: number,
  faults: string[],
): Pick<DataQuery, "last" | "from_ms" | "to_ms"> {
  const read = (name: "from" | "to"): number | null => {
    const text = (from[name] ?? "").trim();
    if (text === "") return null;
    const ms = instantOf(text, zone);
    if (ms === null) faults.push(`${name} must be a time like ${localText(now_ms, zone)}.`);
    return ms;
  };
  const [begin, end] = [read("from"), read("to")];
  const last = lastNames.find((name) => name === from["last"]) ?? "1h";
  // The newest row may be of this very millisecond.
  const relative = { last, from_ms: now_ms + 1 - lasts[last], to_ms: now_ms + 1 };
  if (begin === null && end === null) return relative;
  const to_ms = end ?? now_ms + 1;
  const from_ms = begin ?? to_ms - lasts["1h"];
  if (from_ms >= to_ms) {
    faults.push("The range must begin before it ends.");
    return relative;
  }
  const most_ms = days(limits.range_days_max);
  if (to_ms - from_ms > most_ms) {
    faults.push(`A range has at most ${limits.range_days_max} days: its end is shown.`);
    return { last: null, from_ms: to_ms - most_ms, to_ms };
  }
  return { last: null, from_ms, to_ms };
}

/** Local times, as a field of a form sends them, are the zone's; whole instants are taken as well. */
function instantOf(text: string, zone: string): number | null {
  const local = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?$/.test(text);
  const padded = text.length === 10 ? `${text}T00:00:00` : text.length === 16 ? `${text}:00` : text;
  const ms = parseInstant(padded, "utc");
  const at = ms === null || !local ? ms : instantOfLocal(ms, zone);
  return at === null || at < limits.event_time_min_ms || at > Date.UTC(2200, 0, 1) ? null : at;
}

/** `2026-11-21T10:20`, as a field of a form takes it. */
export const localText = (ms: number, zone: string): string =>
  formatInstant(ms + zoneOffset(ms, zone)).slice(0, 16);

/** The address of a query, without what is the default. Another stream, key or range begins at its first page. */
export function dataUrl(query: DataQuery, change: Partial<DataQuery> = {}, path = "/data"): string {
  const all = { ...query, cursor: "", page: 1, ...change };
  const params = new URLSearchParams({ stream: all.stream });
  if (all.key !== "") params.set("key", all.key);
  if (all.last === null) {
    params.set("from", formatInstant(all.from_ms));
    params.set("to", formatInstant(all.to_ms));
  } else if (all.last !== "1h") params.set("last", all.last);
  if (all.cursor !== "") {
    params.set("page", String(all.page));
    params.set("cursor", all.cursor);
  }
  if (all.live) params.set("live", "1");
  return `${path}?${params.toString()}`.replaceAll("%3A", ":");
}

/** The same rows from the API: its range is the page's, to the millisecond. */
export function exportUrl(query: DataQuery, format: "csv" | "ndjson" | "json"): string {
  const params = new URLSearchParams({ from: formatInstant(query.from_ms), to: formatInstant(query.to_ms) });
  if (query.key !== "") params.set("key", query.key);
  params.set("format", format);
  return `/api/data/${query.stream}?${params.toString()}`.replaceAll("%3A", ":");
}

/** Time as it is used here: instants are milliseconds since the epoch (`_ms`), texts are UTC with `Z`. */

/** Passed in wherever time matters, so that a test or a replay can run on its own. */
export interface Clock {
  /** Wall clock, whole ms since the epoch. May jump. */
  now(): number;
  /** Never goes back; only differences mean something. For TTLs, ticks and deadlines. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export const seconds = (n: number): number => n * 1_000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * Reads an ISO 8601 instant with seconds. Without a zone it is refused unless `zoneless` is "utc".
 *
 * @returns ms since the epoch (fractions of a millisecond are cut), or null when the text is no such
 * instant: a day that is not in the calendar, hour 24, a leap second, a missing zone.
 */
export function parseInstant(text: string, zoneless: "refuse" | "utc" = "refuse"): number | null {
  const plain = parsePlain(text);
  if (plain !== null) return plain;
  const m = ISO.exec(text);
  if (m === null) return null;
  const [, y, mo, d, h, mi, s, fraction, zone] = m;
  if (zone === undefined && zoneless === "refuse") return null;
  const hour = Number(h);
  const minute = Number(mi);
  const second = Number(s);
  if (hour > 23 || minute > 59 || second > 59) return null;
  const day_ms = Date.UTC(Number(y), Number(mo) - 1, Number(d));
  const date = new Date(day_ms);
  if (Number(y) < 100 || date.getUTCMonth() !== Number(mo) - 1 || date.getUTCDate() !== Number(d))
    return null;
  let ms = day_ms + hour * 3_600_000 + minute * 60_000 + second * 1_000;
  if (fraction !== undefined) ms += Math.floor(Number(`0.${fraction}`) * 1_000);
  if (zone === undefined || zone === "Z" || zone === "z") return ms;
  const offset_h = Number(zone.slice(1, 3));
  const offset_min = Number(zone.slice(-2));
  if (offset_h > 23 || offset_min > 59) return null;
  const offset_ms = (offset_h * 60 + offset_min) * 60_000;
  return zone.startsWith("-") ? ms + offset_ms : ms - offset_ms;
}

/** Two digits at a place of a text, or NaN. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/**
 * The shapes we write ourselves, `2026-11-21T10:20:00Z` and `….000Z`, which nearly all texts have: without the
 * expression, decoding is a tenth faster. Null for any other text, instant or not.
 */
function parsePlain(text: string): number | null {
  const { length } = text;
  if ((length !== 20 && length !== 24) || text[length - 1] !== "Z" || text[10] !== "T") return null;
  if (text[4] !== "-" || text[7] !== "-" || text[13] !== ":" || text[16] !== ":") return null;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Days after the 28th are left to the calendar; a NaN fails each of these.
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return null;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return null;
  let ms = 0;
  if (length === 24) {
    ms = twoDigits(text, 20) * 10 + (text.charCodeAt(22) - 48);
    if (text[19] !== "." || !(twoDigits(text, 21) >= 0)) return null;
  }
  return dayNumber(year, month, day) * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar, from 1970 on. The year is taken to begin in March. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const of_year = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + of_year - 719_468;
}

/** UTC text with milliseconds only where there are some: `2026-11-21T10:20:00Z`. */
export function formatInstant(ms: number): string {
  const text = new Date(ms).toISOString();
  return ms % 1_000 === 0 ? `${text.slice(0, 19)}Z` : text;
}

/** The wall clock of a zone at an instant. `weekday`: 1 Monday to 7 Sunday (ISO 8601). */
export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  weekday: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();
const OFFSETS_MAX = 4_096;
const ZONES_MAX = 64;
const SLOT_MS = 900_000;

/**
 * Offset of a zone from UTC at an instant, ms; positive east. Zones change only on quarter hours, so it is
 * remembered per quarter hour: `Intl` alone costs more than all the rest of decoding an event.
 *
 * @throws {RangeError} If `zone` is not an IANA name this runtime knows.
 */
export function zoneOffset(ms: number, zone: string): number {
  if (zone === "UTC") return 0;
  const slot = Math.floor(ms / SLOT_MS);
  let of_zone = offsets.get(zone);
  const known = of_zone?.get(slot);
  if (known !== undefined) return known;
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, formatter);
  }
  const at = slot * SLOT_MS;
  const part: Record<string, number> = {};
  for (const p of formatter.formatToParts(at)) part[p.type] = Number(p.value);
  const local = Date.UTC(
    part["year"]!,
    part["month"]! - 1,
    part["day"],
    part["hour"],
    part["minute"],
    part["second"],
  );
  if (of_zone === undefined) {
    if (offsets.size >= ZONES_MAX) offsets.clear();
    offsets.set(zone, (of_zone = new Map()));
  }
  if (of_zone.size >= OFFSETS_MAX) of_zone.clear();
  of_zone.set(slot, local - at);
  return local - at;
}

/** @throws {RangeError} If `zone` is not an IANA name this runtime knows. */
export function localTime(ms: number, zone: string): LocalTime {
  const date = new Date(ms + zoneOffset(ms, zone));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
  };
}

// The two offsets that may hold around a local time: a zone does not change twice within two days.
const around = (local_ms: number, zone: string): [number, number] => [
  local_ms - zoneOffset(local_ms - 86_400_000, zone),
  local_ms - zoneOffset(local_ms + 86_400_000, zone),
];

/**
 * The instant at which a zone's clocks show a local time, given as if it were UTC.
 *
 * @returns The earlier of two where clocks were put back; null where they were put forward over it.
 */
export function instantOfLocal(local_ms: number, zone: string): number | null {
  const fitting = around(local_ms, zone).filter((ms) => ms + zoneOffset(ms, zone) === local_ms);
  return fitting.length === 0 ? null : Math.min(...fitting);
}

/**
 * The first instant of the local day containing `ms`: midnight, or where clocks skip it, the first moment after.
 * Right on 23- and 25-hour days.
 */
export function startOfDay(ms: number, zone: string): number {
  const local = ms + zoneOffset(ms, zone);
  const midnight = local - (((local % 86_400_000) + 86_400_000) % 86_400_000);
  return Math.min(...around(midnight, zone).filter((at) => at + zoneOffset(at, zone) >= midnight));
}

/** Numbers and times as people read them. No clock: `now_ms` is passed in. */
import type { CongestionLevel } from "../src/core/congestion.ts";
import { localTime, zoneOffset } from "../src/core/time.ts";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,247`; an en dash where there is none. */
export const count = (n: number | null | undefined): string =>
  n === null || n === undefined ? "–" : whole.format(n);

/** With a fixed number of decimals. */
export const fixed = (n: number | null | undefined, decimals: number): string =>
  n === null || n === undefined ? "–" : n.toFixed(decimals);

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** `10:20` in a zone. */
export function clockTime(ms: number, zone: string): string {
  const at = localTime(ms, zone);
  return `${two(at.hour)}:${two(at.minute)}`;
}

/** `10:20:04` in a zone. */
export const clockSeconds = (ms: number, zone: string): string =>
  `${clockTime(ms, zone)}:${two(Math.floor((((ms % 60_000) + 60_000) % 60_000) / 1_000))}`;

/** `2026-11-21 10:20` in a zone. */
export function dateTime(ms: number, zone: string): string {
  const at = localTime(ms, zone);
  return `${at.year}-${two(at.month)}-${two(at.day)} ${clockTime(ms, zone)}`;
}

/** `+07:00`: what a zone is from UTC at that instant. */
export function offsetText(ms: number, zone: string): string {
  const min = Math.round(zoneOffset(ms, zone) / 60_000);
  const abs = Math.abs(min);
  return `${min < 0 ? "−" : "+"}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}

/** A span in one unit: `8 s`, `3 min`, `2 h`, `4 d`. */
export function span(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  const s = Math.max(0, Math.round(ms / 1_000));
  if (s < 100) return `${s} s`;
  if (s < 5_970) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3_600)} h`;
  return `${Math.round(s / 86_400)} d`;
}

/** Seconds lost, as `m:ss`, under 1 h. */
export function delay(s: number | null | undefined): string {
  if (s === null || s === undefined) return "–";
  const all = Math.max(0, Math.round(s));
  return all < 3_600 ? `${Math.floor(all / 60)}:${two(all % 60)}` : `${Math.round(all / 3_600)} h`;
}

/** ms since the epoch of an instant's text, null for none. */
export const instant = (text: unknown): number | null => {
  const ms = typeof text === "string" ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? null : ms;
};

/** A number of an answer row, null for anything else. */
export const num = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

export const levelWords: Readonly<Record<CongestionLevel, string>> = {
  free: "Free",
  moderate: "Moderate",
  heavy: "Heavy",
  severe: "Severe",
  closed: "Closed",
  unknown: "No data",
};

/** Seconds lost on a road's length against free flow; null without a length or speeds. */
export function delaySeconds(
  length_km: number | null,
  speed: number | null,
  free_flow: number | null,
): number | null {
  if (length_km === null || speed === null || free_flow === null || free_flow <= 0) return null;
  // A standing queue would divide by zero; 1 km/h is slower than walking.
  return Math.max(0, (length_km / Math.max(speed, 1) - length_km / free_flow) * 3_600);
}

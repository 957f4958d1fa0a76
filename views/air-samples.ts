/** What the curves of a location are drawn from: a sample per hour, and the spans of its peak hours. */
import type { City } from "../src/core/city.ts";
import { hours, instantOfLocal, startOfDay, zoneOffset } from "../src/core/time.ts";
import type { WindowRow } from "../src/serving/answer.ts";
import type { AirShown } from "./air-span.ts";
import type { TimeSample } from "./charts/time-rows.tsx";
import { instant, num } from "./format.ts";

const HOUR_MS = hours(1);

/** `06–10, 16–20` */
export const peakText = (ranges: City["peak_hours"]): string =>
  ranges.map(([from, to]) => `${String(from).padStart(2, "0")}–${String(to).padStart(2, "0")}`).join(", ");

/** One sample per hour or day of what is shown: a gap stays a gap. */
export function samplesOf(
  windows: readonly WindowRow[],
  field: string,
  { from_ms, to_ms, step }: AirShown,
  zone: string,
): TimeSample[] {
  const by_start = new Map(windows.map((row) => [instant(row["window_start"]), row]));
  const out: TimeSample[] = [];
  const next = (at: number): number => (step === "1h" ? at + HOUR_MS : startOfDay(at + 36 * HOUR_MS, zone));
  for (let at = from_ms; at < to_ms; at = next(at)) {
    const row = by_start.get(at);
    out.push({
      x: (at + next(at)) / 2,
      mean: num(row?.[`${field}_mean`]),
      most: num(row?.[`${field}_max`]),
    });
  }
  return out;
}

/** The peak hours of each local day that the span touches. */
export function peakSpans(
  ranges: City["peak_hours"],
  from_ms: number,
  to_ms: number,
  zone: string,
): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  for (let day = startOfDay(from_ms, zone); day < to_ms; day = startOfDay(day + 36 * HOUR_MS, zone)) {
    const local = day + zoneOffset(day, zone);
    const midnight = Math.round(local / (24 * HOUR_MS)) * 24 * HOUR_MS;
    for (const [from, to] of ranges) {
      const begin = instantOfLocal(midnight + from * HOUR_MS, zone);
      const end = instantOfLocal(midnight + to * HOUR_MS, zone);
      if (begin !== null && end !== null) out.push([Math.max(from_ms, begin), Math.min(to_ms, end)]);
    }
  }
  return out.filter(([begin, end]) => end > begin);
}

/** A road's curves: kept windows of the last hours, and the typical day laid behind them. */
import { zoneOffset } from "../../src/core/time.ts";
import type { RoadView } from "../../src/serving/answer.ts";
import { instant, num } from "../format.ts";

const SLOT_MS = 300_000;
const SLOTS = 288;

export interface Sample {
  /** Middle of the slot, ms. */
  x: number;
  mean: number | null;
  low: number | null;
  high: number | null;
  typical: number | null;
}

/** Index of the 5-minute slot of a zone's day. */
export const slotOf = (ms: number, zone: string): number =>
  ((Math.floor((ms + zoneOffset(ms, zone)) / SLOT_MS) % SLOTS) + SLOTS) % SLOTS;

/** One sample per 5 minutes from `from_ms` to `to_ms`; null where nothing was observed. */
export function samples(view: RoadView, zone: string, from_ms: number, to_ms: number): Sample[] {
  const windows = new Map(view.windows.map((w) => [instant(w["window_start"]), w]));
  const out: Sample[] = [];
  for (let at = Math.ceil(from_ms / SLOT_MS) * SLOT_MS; at < to_ms; at += SLOT_MS) {
    const w = windows.get(at);
    out.push({
      x: at + SLOT_MS / 2,
      mean: num(w?.["current_speed_mean"]),
      low: num(w?.["current_speed_min"]),
      high: num(w?.["current_speed_max"]),
      typical: view.typical[slotOf(at, zone)] ?? null,
    });
  }
  return out;
}

/** How bad input is tried: what a decoder says of a value or of bytes. */
import { expect } from "bun:test";
import type { CityRules } from "../src/core/city.ts";
import { decoderOf, type Decoded } from "../src/core/decode.ts";
import type { Event } from "../src/core/event.ts";
import type { Stream } from "../src/core/stream.ts";
import { goodOf, type Value } from "./bad-input-samples.ts";

export const NOW_MS = Date.UTC(2026, 10, 21, 10, 20);
export const city: CityRules = {
  city_id: "test",
  zone: "Europe/Berlin",
  rush_hours: [],
  peak_hours: [],
  holidays: [],
  salt: "salt",
};
const context = { city, now_ms: NOW_MS };
const rawOf = (value: Uint8Array | null) => ({
  value,
  source: "test",
  received_at_ms: NOW_MS,
  partition: 0,
  offset: 0,
  backfill: false,
  dead_letter_id: null,
});

export const decode = (stream: Stream, text: string | Uint8Array): Decoded =>
  decoderOf(stream).decodeOne(rawOf(typeof text === "string" ? Buffer.from(text) : text), context);
export const check = (stream: Stream, value: unknown): Decoded =>
  decoderOf(stream).check(value, rawOf(null), context);
export const said = (d: Decoded): string => (d.ok ? "accepted" : `${d.reject.reason} ${d.reject.pointer}`);
export const eventOf = (d: Decoded): Event => {
  if (!d.ok) throw new Error(`Refused: ${said(d)}: ${d.reject.rule}`);
  return d.event;
};
export const goodNow = (stream: Stream): Value => goodOf(stream, NOW_MS - 1_000);

/** Every refusal names field, value and rule in words that fit a line. */
export function expectRefused(d: Decoded, wanted: string): void {
  expect(said(d)).toBe(wanted);
  if (d.ok) return;
  expect(d.reject.rule).toMatch(/^(must|is required)/);
  expect(d.reject.value.length).toBeLessThanOrEqual(200);
  expect(d.reject.value.isWellFormed()).toBe(true);
}

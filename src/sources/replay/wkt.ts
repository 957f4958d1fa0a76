/** Points in well-known text (OGC 06-103r4 §7): `POINT(11.56 48.16)`, longitude first. */
import type { Position } from "../../core/geo.ts";

const NUMBER = String.raw`([+-]?\d{1,20}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,3})?)`;
const POINT = new RegExp(
  String.raw`^\s*(?:SRID=4326;)?\s*POINT\s*(?:Z\s*)?\(\s*${NUMBER}\s+${NUMBER}(?:\s+${NUMBER})?\s*\)\s*$`,
  "i",
);

/** The point, or null when the text is none. Bounds are the stream's to check. */
export function parsePoint(text: string): Position | null {
  const match = POINT.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2])];
}

/** Google's encoded polylines: https://developers.google.com/maps/documentation/utilities/polylinealgorithm */
import type { Position } from "../../core/geo.ts";

/** The first vertex, or null when the text does not begin with one. */
export function firstVertex(encoded: string): Position | null {
  const latitude = varint(encoded, 0);
  if (latitude === null) return null;
  const longitude = varint(encoded, latitude.next);
  if (longitude === null) return null;
  const at: Position = [longitude.value / 1e5, latitude.value / 1e5];
  return Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 90 ? at : null;
}

/** Five bits to a character, least first, from "?" on; bit 6 says that more follow. Zigzag for the sign. */
function varint(text: string, from: number): { value: number; next: number } | null {
  let result = 0;
  for (let i = from, shift = 0; i < text.length && shift <= 25; i++, shift += 5) {
    const bits = text.charCodeAt(i) - 63;
    if (bits < 0 || bits > 63) return null;
    result |= (bits & 31) << shift;
    if (bits < 32) return { value: result & 1 ? ~(result >> 1) : result >> 1, next: i + 1 };
  }
  return null;
}

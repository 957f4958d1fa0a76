/** The `coordinates` that producers send in several shapes, reduced to one place. */
import type { Position } from "./geo.ts";
import { limits } from "./limits.ts";

/**
 * Middle of a road from `[lng, lat]`, `{lat, lng}` or `{latitude, longitude}`, or a list of them.
 *
 * @returns The middle position of the list, null when nothing was sent, "invalid" for anything else.
 */
export function midpoint(value: unknown): Position | null | "invalid" {
  if (value === undefined || value === null) return null;
  const one = position(value);
  if (one !== null) return one;
  if (!Array.isArray(value) || value.length > limits.positions_max) return "invalid";
  if (value.length === 0) return null;
  const line = value.map(position);
  return line.includes(null) ? "invalid" : line[line.length >> 1]!;
}

function position(value: unknown): Position | null {
  if (Array.isArray(value)) return value.length >= 2 ? checked(value[0], value[1]) : null;
  if (typeof value !== "object" || value === null) return null;
  const at = value as Record<string, unknown>;
  return checked(at["lng"] ?? at["longitude"], at["lat"] ?? at["latitude"]);
}

const checked = (lng: unknown, lat: unknown): Position | null =>
  typeof lng === "number" && typeof lat === "number" && Math.abs(lng) <= 180 && Math.abs(lat) <= 90
    ? [lng, lat]
    : null;

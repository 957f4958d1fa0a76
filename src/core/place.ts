/** The place of a row: two fields that every stream with a place declares alike, and the rule over both. */
import { number, type Field } from "./field.ts";
import type { RowFault } from "./stream.ts";

const degrees = (doc: string, max: number, optional: boolean): Field =>
  number(doc, { unit: "°", min: -max, max, decimals: 6, column: "double precision", optional });

/** Latitude and longitude, WGS 84, to 0.000001°, which is 11 cm. */
export const placeFields = (of: string, options: { optional?: boolean } = {}) => ({
  latitude: degrees(`Latitude of ${of}, WGS 84.`, 90, options.optional ?? false),
  longitude: degrees(`Longitude of ${of}, WGS 84.`, 180, options.optional ?? false),
});

/** 0°, 0° is what a receiver without a fix sends; half a place is none. */
export function placeFault(row: Readonly<Record<string, unknown>>): RowFault | null {
  const { latitude, longitude } = row;
  if ((latitude === null) !== (longitude === null)) {
    const field = latitude === null ? "latitude" : "longitude";
    return { field, rule: "must come together with the other half of the place", reason: "geo" };
  }
  if (latitude === 0 && longitude === 0)
    return {
      field: "latitude",
      rule: "must not be 0 together with longitude 0: no receiver's fix",
      reason: "geo",
    };
  return null;
}

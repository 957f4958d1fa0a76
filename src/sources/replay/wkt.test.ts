import { expect, test } from "bun:test";
import fc from "fast-check";
import { parsePoint } from "./wkt.ts";

test("points, with a height or a reference system as databases write them", () => {
  for (const text of [
    "POINT(11.5 48.25)",
    "point (11.5  48.25)",
    " SRID=4326;POINT(11.5 48.25) ",
    "POINT Z (11.5 48.25 520)",
    "POINT(1.15e1 4825e-2)",
  ])
    expect(parsePoint(text)).toEqual([11.5, 48.25]);
});

test("any numbers come out as they went in", () => {
  const degrees = fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
    .map((n) => n + 0);
  fc.assert(
    fc.property(degrees, degrees, (lng, lat) =>
      expect(parsePoint(`POINT(${lng} ${lat})`)).toEqual([lng + 0, lat + 0]),
    ),
  );
});

test("what is no point has none", () => {
  for (const text of [
    "",
    "POINT EMPTY",
    "POINT(1)",
    "POINT(1,2)",
    "LINESTRING(1 2,3 4)",
    "POINT(NaN 1)",
    "SRID=31468;POINT(1 2)",
  ])
    expect(parsePoint(text)).toBe(null);
});

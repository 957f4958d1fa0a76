import { expect, test } from "bun:test";
import fc from "fast-check";
import { distance_km, lineLength_km, type Position } from "../../core/geo.ts";
import { limits } from "../../core/limits.ts";
import { contextOf, town } from "./feed-bed.fixture.ts";
import { halfway, locationPoints, mainDistricts, mainRoads, parsePoints, roadPoints } from "./points.ts";
import { tomtom } from "./tomtom.ts";

test("points are read as name@latitude,longitude", () => {
  expect(parsePoints("Town Hall@48.2,11; Bridge @ -33.86,151.21;")).toEqual([
    { key: "Town Hall", name: "Town Hall", at: [11, 48.2] },
    { key: "Bridge", name: "Bridge", at: [151.21, -33.86] },
  ]);
});

test.each([
  ["", "not 0"],
  ["Hall", "name@latitude,longitude"],
  ["Hall@48.2", "name@latitude,longitude"],
  ["Hall@91,11", "name@latitude,longitude"],
  ["Hall@48.2,181", "name@latitude,longitude"],
  ["Hall@NaN,11", "name@latitude,longitude"],
  ["@48.2,11", "name@latitude,longitude"],
  ["Hall@1,1;Hall@2,2", "once"],
  [`${"x".repeat(129)}@1,1`, "name@latitude,longitude"],
])("a list that is none is refused in words: %p", (text, words) => {
  expect(() => parsePoints(text)).toThrow(words);
});

test("a list has as many points as a feed that asks twice for each may ask", () => {
  const most = limits.feed_requests_max / 2;
  const list = (n: number): string => Array.from({ length: n }, (_, i) => `p${i}@1,1`).join(";");
  expect(parsePoints(list(most))).toHaveLength(most);
  expect(() => parsePoints(list(most + 1))).toThrow(`not ${most + 1}`);
});

test("a list that is none stops the start, in a sentence that names its variable", () => {
  expect(() => contextOf(tomtom, { TOMTOM_API_KEY: "k", FEED_POINTS: "Hall@48,2,11" })).toThrow(
    'FEED_POINTS is "Hall@48,2,11", but it must have points as name@latitude,longitude in degrees, not "Hall@48,2,11"',
  );
});

test("by default the greatest road of each name is asked in its middle, under its own id", () => {
  expect(roadPoints(contextOf(tomtom, { TOMTOM_API_KEY: "k" }))).toEqual([
    { key: "town_1", name: "Ring", at: [11, 48.2] },
    { key: "town_3", name: "High Street", at: [11.1, 48.21] },
    { key: "town_4", name: "Back Street", at: [10.98, 48.215] },
  ]);
});

test("by default each of the largest districts is a location", () => {
  expect(locationPoints(contextOf(tomtom, { TOMTOM_API_KEY: "k" }))).toEqual([
    { key: "West", name: "West", at: [11, 48.2] },
    { key: "East", name: "East", at: [11.1, 48.21] },
  ]);
  expect(mainDistricts({ ...town, roads: [] }, 3)).toEqual([{ key: "Town", name: "Town", at: [11, 48.2] }]);
});

test("a point that is named after a road, or is its middle, is reported under the road's id", () => {
  const context = contextOf(tomtom, {
    TOMTOM_API_KEY: "k",
    FEED_POINTS: "town_4@48.2101,10.98;corner@48.21,11.10001;elsewhere@48.3,11.1",
  });
  expect(roadPoints(context).map(({ key, name }) => [key, name])).toEqual([
    ["town_4", "Back Street"],
    ["town_3", "High Street"],
    ["elsewhere", "elsewhere"],
  ]);
});

test("there are no more points than asked for, each of another name, in the order of their roads' greatness", () => {
  const roads = fc.uniqueArray(
    fc.record({
      road_id: fc.string({ minLength: 1, maxLength: 3 }),
      road_name: fc.constantFrom("A", "B", "C", "D"),
      district: fc.constantFrom("North", "South", "West"),
      road_class: fc.constantFrom("motorway", "primary", "residential"),
      length_km: fc.double({ min: 0.01, max: 5, noNaN: true }),
    }),
    { maxLength: 30, selector: (one) => one.road_id },
  );
  fc.assert(
    fc.property(roads, fc.integer({ min: 1, max: 5 }), (some, n) => {
      const city = { ...town, roads: some.map((one) => ({ ...town.roads[0]!, ...one })) };
      const main = mainRoads(city, n);
      expect(main).toHaveLength(Math.min(n, new Set(some.map((one) => one.road_name)).size));
      expect(new Set(main.map(({ name }) => name)).size).toBe(main.length);
      expect(mainRoads({ ...city, roads: city.roads.toReversed() }, n).map(({ name }) => name)).toEqual(
        main.map(({ name }) => name),
      );
      const districts = mainDistricts(city, n);
      expect(new Set(districts.map(({ key }) => key)).size).toBe(districts.length);
      expect(districts.length).toBe(Math.max(1, Math.min(n, new Set(some.map((one) => one.district)).size)));
    }),
  );
});

test("half way along a line has as much of it before as behind", () => {
  const position = fc.tuple(
    fc.double({ min: 10.9, max: 11.1, noNaN: true }),
    fc.double({ min: 48.1, max: 48.3, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(position, { minLength: 2, maxLength: 12 }), (line: Position[]) => {
      const middle = halfway(line);
      // The least that any of its pieces leaves over: the middle lies on one of them.
      const halves = line.slice(1).map((to, i) => {
        const before = lineLength_km([...line.slice(0, i + 1), middle]);
        const after = lineLength_km([middle, ...line.slice(i + 1)]);
        const off = distance_km(line[i]!, middle) + distance_km(middle, to) - distance_km(line[i]!, to);
        return Math.abs(before - after) + Math.abs(off);
      });
      expect(Math.min(...halves)).toBeLessThan(0.02);
    }),
  );
});

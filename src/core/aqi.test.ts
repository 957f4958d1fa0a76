/** The index against the EPA's own tables, copied from 40 CFR 58 appendix G (2024) and not from the code. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  airQuality,
  aqiCategory,
  aqiOf,
  AQI_MAX,
  pollutants,
  type Concentrations,
  type Pollutant,
} from "./aqi.ts";

/** Ends of the six parts in the unit of the EPA's table, the last kept decimal there, and µg/m³ per unit at 25 °C. */
const EPA: Record<Pollutant, { ends: readonly number[]; step: number; per_unit: number }> = {
  pm2_5: { ends: [9, 35.4, 55.4, 125.4, 225.4, 325.4], step: 0.1, per_unit: 1 },
  pm10: { ends: [54, 154, 254, 354, 424, 604], step: 1, per_unit: 1 },
  // ppb: 48 g/mol / 24.45 l/mol = 1.9632 µg/m³
  ozone: { ends: [54, 70, 85, 105, 200, 604], step: 1, per_unit: 1.9632 },
  nitrogen_dioxide: { ends: [53, 100, 360, 649, 1_249, 2_049], step: 1, per_unit: 1.8816 },
  sulphur_dioxide: { ends: [35, 75, 185, 304, 604, 1_004], step: 1, per_unit: 2.6203 },
  // ppm
  carbon_monoxide: { ends: [4.4, 9.4, 12.4, 15.4, 30.4, 50.4], step: 0.1, per_unit: 1_145.6 },
};
const INDEX_ENDS = [50, 100, 150, 200, 300, 500] as const;
const WORDS = [
  "Good",
  "Moderate",
  "Unhealthy for Sensitive Groups",
  "Unhealthy",
  "Very Unhealthy",
  "Hazardous",
] as const;

const none: Concentrations = {
  pm2_5: null,
  pm10: null,
  ozone: null,
  nitrogen_dioxide: null,
  sulphur_dioxide: null,
  carbon_monoxide: null,
};

describe("the EPA's table", () => {
  for (const pollutant of pollutants) {
    const { ends, step, per_unit } = EPA[pollutant];
    test(`${pollutant}: each part ends at its index, and the next kept value begins the next part`, () => {
      expect(aqiOf(pollutant, 0)).toBe(0);
      ends.forEach((end, i) => {
        // In the middle of the kept step, so that neither the cut nor the molar mass's last digit decides.
        expect([end, aqiOf(pollutant, (end + step / 2) * per_unit)]).toEqual([end, INDEX_ENDS[i]!]);
        if (i < 5)
          expect([end, aqiOf(pollutant, (end + 1.5 * step) * per_unit)]).toEqual([end, INDEX_ENDS[i]! + 1]);
      });
    });
  }

  test("worked by hand", () => {
    // The EPA's own example of ozone 0.078 ppm: 101 + 49 / 0.014 · 0.007 = 125.5.
    expect(aqiOf("ozone", 78.5 * 1.9632)).toBe(126);
    // PM2.5 of 35.9: 101 + 49 / 19.9 · 0.4 = 101.98.
    expect(aqiOf("pm2_5", 35.9)).toBe(102);
    // CO of 8.4 ppm: 51 + 49 / 4.9 · 3.9 = 90.
    expect(aqiOf("carbon_monoxide", 8.45 * 1_145.6)).toBe(90);
    // PM10 of 100: 51 + 49 / 99 · 45 = 73.3; SO2 of 100 ppb: 101 + 49 / 109 · 24 = 111.8.
    expect(aqiOf("pm10", 100.9)).toBe(73);
    expect(aqiOf("sulphur_dioxide", 100.5 * 2.6203)).toBe(112);
    // NO2 of 200 ppb: 101 + 49 / 259 · 99 = 119.7.
    expect(aqiOf("nitrogen_dioxide", 200.5 * 1.8816)).toBe(120);
  });

  test("concentrations are cut, not rounded, and a decimal that floats cannot write is not cut below itself", () => {
    expect([aqiOf("pm2_5", 9.09), aqiOf("pm2_5", 9.1)]).toEqual([50, 51]);
    expect([aqiOf("pm10", 54.9), aqiOf("pm10", 55)]).toEqual([50, 51]);
    for (let tenths = 0; tenths <= 3_254; tenths++)
      expect([tenths, aqiOf("pm2_5", tenths / 10)]).toEqual([tenths, aqiOf("pm2_5", (tenths + 0.5) / 10)]);
  });

  test("beyond its end the last slope goes on, up to the greatest index told", () => {
    // 301 + 199 / 99.9 · (500.4 − 225.5) = 848.6: the table of before 2024 ended there, at 500.
    expect(aqiOf("pm2_5", 500.4)).toBe(849);
    expect(aqiOf("pm2_5", 10_000)).toBe(AQI_MAX);
    expect(aqiOf("carbon_monoxide", 200_000)).toBe(AQI_MAX);
  });
});

describe("laws", () => {
  const concentration = fc.double({ min: 0, max: 200_000, noNaN: true });

  test("more of a pollutant is never better air", () => {
    fc.assert(
      fc.property(fc.constantFrom(...pollutants), concentration, concentration, (pollutant, a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(aqiOf(pollutant, less)).toBeLessThanOrEqual(aqiOf(pollutant, more));
      }),
      { numRuns: 2_000 },
    );
  });

  test("an index is a whole number from 0 to the greatest, and has a category", () => {
    fc.assert(
      fc.property(fc.constantFrom(...pollutants), concentration, (pollutant, value) => {
        const aqi = aqiOf(pollutant, value);
        expect([Number.isInteger(aqi), aqi >= 0 && aqi <= AQI_MAX]).toEqual([true, true]);
        expect(WORDS).toContain(aqiCategory(aqi));
      }),
    );
  });

  test("the air is as bad as its worst pollutant, and that one is named", () => {
    const all = fc.record(
      Object.fromEntries(pollutants.map((name) => [name, fc.option(concentration)])) as Record<
        Pollutant,
        fc.Arbitrary<number | null>
      >,
    );
    fc.assert(
      fc.property(all, (air) => {
        const indices = pollutants.flatMap((name) => (air[name] === null ? [] : [aqiOf(name, air[name])]));
        const found = airQuality(air);
        if (indices.length === 0) return expect(found).toBe(null);
        expect(found!.aqi).toBe(Math.max(...indices));
        return expect(aqiOf(found!.dominant, air[found!.dominant]!)).toBe(found!.aqi);
      }),
    );
    expect(airQuality(none)).toBe(null);
    expect(airQuality({ ...none, ozone: 0 })).toEqual({ aqi: 0, dominant: "ozone" });
  });
});

test("categories begin and end where the EPA says", () => {
  for (const [i, end] of INDEX_ENDS.entries()) {
    expect(aqiCategory(end)).toBe(WORDS[i]!);
    if (i < 5) expect(aqiCategory(end + 1)).toBe(WORDS[i + 1]!);
  }
  expect([aqiCategory(0), aqiCategory(AQI_MAX)]).toEqual(["Good", "Hazardous"]);
});

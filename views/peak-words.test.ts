import { expect, test } from "bun:test";
import { isPeak, peakRule, peakWords } from "./peak-words.ts";

const city = { zone: "Europe/Berlin", peak_hours: [[6, 10] as const, [16, 20] as const] };
const at = (clock: string): number => Date.parse(`2026-11-20T${clock}:00+01:00`);

test.each([
  ["00:00", "Next peak 06:00", false],
  ["05:59", "Next peak 06:00", false],
  ["06:00", "Peak hour until 10:00", true],
  ["09:59", "Peak hour until 10:00", true],
  ["10:00", "Next peak 16:00", false],
  ["19:30", "Peak hour until 20:00", true],
  ["20:00", "Next peak 06:00", false],
])("at %s of the city's clock: %s", async (clock, words, peak) => {
  expect(peakWords(city, at(clock))).toBe(words);
  expect(isPeak(city, at(clock))).toBe(peak);
  // The page's own clock says the same, without a request.
  const script = "../public/js/clock.js";
  const { peakWords: inPage }: { peakWords(hours: string, minute: number): object } = await import(script);
  const [hour, minute] = clock.split(":").map(Number) as [number, number];
  expect(inPage("6-10,16-20", hour * 60 + minute)).toEqual({ now: peak, words });
});

test("the rule is told; a city without peak hours has no words", () => {
  expect(peakRule(city.peak_hours)).toBe("Peak hours of the city: 06:00–10:00, 16:00–20:00");
  expect(peakWords({ zone: "UTC", peak_hours: [] }, 0)).toBe("");
});

import { describe, expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { hours } from "../../core/time.ts";
import { conditionOf } from "../../core/weather.ts";
import { stationsOf, weatherCode } from "./stations.ts";
import { createTraffic } from "./traffic.ts";
import { weatherOf } from "./weather.ts";

const city = demo();
const weather = weatherOf(city, 1);
const year = Array.from({ length: 365 * 4 }, (_, k) => Date.UTC(2026, 0, 1) + k * hours(6) + hours(k % 6));
const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;

describe("the sky", () => {
  const skies = year.map((ms) => weather.at(ms, 0, 0));

  test("stays within what a Central European city sees", () => {
    for (const sky of skies) {
      expect(sky.temperature).toBeGreaterThan(-22);
      expect(sky.temperature).toBeLessThan(40);
      expect(sky.humidity >= 20 && sky.humidity <= 100).toBe(true);
      expect(sky.precipitation >= 0 && sky.precipitation < 40).toBe(true);
      expect(sky.wind_speed >= 0 && sky.wind_speed <= 100).toBe(true);
      expect(sky.wind_direction >= 0 && sky.wind_direction < 360).toBe(true);
      expect(sky.pressure > 960 && sky.pressure < 1_055).toBe(true);
      expect(sky.cloud_cover >= 0 && sky.cloud_cover <= 100).toBe(true);
      expect(sky.visibility_km > 0 && sky.visibility_km <= 40).toBe(true);
    }
  });

  test("is warm in summer and by day, and it rains at times, never out of a clear sky", () => {
    const of = (some: (date: Date) => boolean): number =>
      mean(skies.filter((_, i) => some(new Date(year[i]!))).map((sky) => sky.temperature));
    expect(of((d) => d.getUTCMonth() === 6)).toBeGreaterThan(of((d) => d.getUTCMonth() === 0) + 14);
    expect(of((d) => d.getUTCHours() >= 12 && d.getUTCHours() < 17)).toBeGreaterThan(
      of((d) => d.getUTCHours() < 5) + 3,
    );
    const wet = skies.filter(({ precipitation }) => precipitation > 0);
    expect(wet.length / skies.length).toBeGreaterThan(0.08);
    expect(wet.length / skies.length).toBeLessThan(0.35);
    for (const sky of wet) expect(sky.cloud_cover).toBeGreaterThanOrEqual(80);
    expect(skies.some(({ snow }) => snow)).toBe(true);
  });

  test("its code is a word that people know, and snow falls in the cold only", () => {
    const words = new Set(skies.map((sky) => conditionOf(weatherCode(sky))));
    for (const word of ["clear", "cloudy", "rain", "drizzle", "snow"] as const) expect(words).toContain(word);
    expect(words).not.toContain("unknown");
    for (const sky of skies) if (sky.snow) expect(sky.temperature).toBeLessThan(1);
  });

  test("rain moves: it does not begin everywhere at once", () => {
    const stations = stationsOf(city, weather, 1);
    let some = 0;
    for (const ms of year) {
      const rains = stations.between(ms, ms + hours(1) / 12).map((event) => Number(event["precipitation"]));
      if (Math.max(...rains) > 2 * Math.min(...rains) + 0.3) some++;
    }
    expect(some).toBeGreaterThan(5);
  });
});

describe("rain slows the traffic", () => {
  const wet = createTraffic(city, 1);
  const dry = createTraffic(city, 1, { slowing: () => () => 1 });
  const ratio = (ms: number): number => {
    const [a, b] = [wet.speedsAt(ms), dry.speedsAt(ms)];
    return mean(city.roads.flatMap((_, i) => (b[i]! > 0 ? [a[i]! / b[i]!] : [])));
  };
  const over = (ms: number): number => weather.at(ms, 0, 0).precipitation;

  test("by 5 to 16 % where it rains, the more the harder", () => {
    const strong = year.filter((ms) => over(ms) > 2).slice(0, 8);
    const light = year.filter((ms) => over(ms) > 0.2 && over(ms) < 0.5).slice(0, 8);
    expect(strong.length).toBe(8);
    for (const ms of strong) {
      expect(ratio(ms)).toBeGreaterThan(0.84);
      expect(ratio(ms)).toBeLessThan(0.95);
    }
    expect(mean(light.map(ratio))).toBeGreaterThan(mean(strong.map(ratio)) + 0.03);
  });

  test("and not at all where it is dry", () => {
    const calm = year.filter((ms) => [-3, 0, 3].every((h) => over(ms + hours(h)) === 0)).slice(0, 5);
    for (const ms of calm) expect(ratio(ms)).toBeGreaterThan(0.995);
  });
});

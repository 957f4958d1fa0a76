/** The model of the air: what it may look at, what it says of strange series, and the Beijing station. */
import { describe, expect, test } from "bun:test";
import { beijingAir, beijingIsThere } from "../../../test/beijing-air.ts";
import { AQI_MAX } from "../../core/aqi.ts";
import { airAhead } from "./ahead.ts";
import { bandOf, ERRORS_MIN } from "./bands.ts";
import { inputsAt, INPUTS_N } from "./inputs.ts";
import { judgeAir, type Say } from "./judge.ts";
import { leastDeviations } from "./least-deviations.ts";
import { fitAir } from "./model.ts";
import { fitPersistence } from "./persistence.ts";
import { HOUR_MS, type AirSeries } from "./series.ts";

const FROM_MS = Date.UTC(2026, 8, 1);
const hourly = (n: number, of: (hour: number) => number, location = "a"): AirSeries => ({
  location,
  from_ms: FROM_MS,
  aqi: Float64Array.from({ length: n }, (_, hour) => of(hour)),
  pm2_5: new Float64Array(n).fill(NaN),
  weather: null,
  zone: "UTC",
});
/** Waves of a day over waves of a week, with a little noise that is the same each time. */
const wavy = (hour: number): number =>
  80 +
  30 * Math.sin((2 * Math.PI * hour) / 24) +
  20 * Math.sin((2 * Math.PI * hour) / 168) +
  5 * Math.sin(hour * hour);
const options = { rows_max: 2_000, horizons: [1, 6, 24] };

describe("inputs", () => {
  test("nothing after the hour is looked at", () => {
    const series = hourly(200, wavy);
    const before = [...inputsAt(series, 120)!];
    for (let hour = 121; hour < 200; hour++) series.aqi[hour] = 999 - hour;
    expect([...inputsAt(series, 120)!]).toEqual(before);
    expect(before).toHaveLength(INPUTS_N);
  });

  test("an hour that is missing, or a day with seven missing hours, gives none; six are borne", () => {
    const series = hourly(100, wavy);
    series.aqi[50] = NaN;
    expect(inputsAt(series, 50)).toBeNull();
    for (const hour of [51, 52, 53, 54, 55]) series.aqi[hour] = NaN;
    expect(inputsAt(series, 60)).not.toBeNull();
    series.aqi[56] = NaN;
    expect(inputsAt(series, 60)).toBeNull();
  });
});

describe("the fit", () => {
  test("finds a line, and one row in ten that is far off does not move it", async () => {
    const n = 400;
    const inputs = new Float64Array(n * 2);
    const targets = new Float64Array(n);
    for (let row = 0; row < n; row++) {
      const x = Math.sin(row * 12.9898);
      inputs.set([1, x], row * 2);
      targets[row] = row % 10 === 0 ? 500 : 2 + 3 * x;
    }
    const found = await leastDeviations({ inputs, inputs_n: 2, targets }, 1e-6, async () => {});
    expect(found[0]).toBeCloseTo(2, 1);
    expect(found[1]).toBeCloseTo(3, 1);
  });

  test("the same hours give the same model", async () => {
    const [a, b] = [hourly(600, wavy, "a"), hourly(600, (hour) => wavy(hour + 5), "b")];
    const first = (await fitAir([a, b], options))!.forecast(a, 599);
    expect((await fitAir([a, b], options))!.forecast(a, 599)).toEqual(first);
  });

  test("what comes after the origin changes nothing that is said there", async () => {
    const series = hourly(700, wavy);
    const model = (await fitAir([hourly(600, wavy)], options))!;
    const said = model.forecast(series, 650);
    for (let hour = 651; hour < 700; hour++) series.aqi[hour] = 500;
    expect(model.forecast(series, 650)).toEqual(said);
  });

  test("on waves it beats persistence, and its intervals are in order and within bounds", async () => {
    const series = hourly(900, wavy);
    const model = (await fitAir([hourly(700, wavy)], options))!;
    const still = fitPersistence([hourly(700, wavy)]);
    const judged = judgeAir(
      series,
      { from: 700, to: 900 },
      {
        model: (one, at) => model.forecast(one, at),
        still: (one, at) => still.forecast(one.aqi[at]!),
      },
      options.horizons,
    );
    for (const h of [1, 6]) expect(judged["model"]!.get(h)!.mae).toBeLessThan(judged["still"]!.get(h)!.mae);
    for (const point of model.forecast(series, 800)!) {
      const { low_90, low_50, aqi, high_50, high_90 } = point;
      expect([low_90, low_50, aqi, high_50, high_90]).toEqual(
        [low_90, low_50, aqi, high_50, high_90].toSorted((a, b) => a - b),
      );
      expect(low_90).toBeGreaterThanOrEqual(0);
      expect(high_90).toBeLessThanOrEqual(AQI_MAX);
    }
  });
});

describe("ahead", () => {
  test("short history: persistence, with hours ahead only where its error is known", async () => {
    const { forecasts, rows_n } = await airAhead([hourly(50, wavy)], { rows_max: 2_000 });
    expect(rows_n).toBe(0);
    // 50 − h pairs are h hours apart.
    expect(forecasts.map(({ hours_ahead }) => hours_ahead)).toEqual(
      Array.from({ length: 50 - ERRORS_MIN }, (_, i) => i + 1),
    );
    for (const one of forecasts) {
      expect(one).toMatchObject({ method: "persistence", made_at_ms: FROM_MS + 50 * HOUR_MS });
      expect(one.aqi).toBeCloseTo(wavy(49), 6);
      expect(one.hour_ms).toBe(FROM_MS + (49 + one.hours_ahead) * HOUR_MS);
    }
  });

  test("the model comes with five days of history and a day to look back on", async () => {
    const four = Array.from({ length: 4 }, (_, i) => hourly(137, (hour) => wavy(hour + i), `l${i}`));
    const { forecasts, rows_n } = await airAhead(four, { rows_max: 2_000 });
    expect([rows_n, new Set(forecasts.map(({ method }) => method))]).toEqual([0, new Set(["persistence"])]);
    const more = Array.from({ length: 4 }, (_, i) => hourly(139, (hour) => wavy(hour + i), `l${i}`));
    expect((await airAhead(more, { rows_max: 2_000 })).forecasts[0]!.method).toBe("model");
  });

  test("an hour of history, none, and a location that is silent: nothing is said", async () => {
    expect((await airAhead([hourly(1, wavy)], { rows_max: 2_000 })).forecasts).toEqual([]);
    expect((await airAhead([], { rows_max: 2_000 })).forecasts).toEqual([]);
    const silent = hourly(600, (hour) => (hour > 596 ? NaN : wavy(hour)));
    const ahead = await airAhead([hourly(600, wavy, "b"), silent], { rows_max: 2_000 });
    expect(ahead.silent).toEqual(["a"]);
    expect(new Set(ahead.forecasts.map(({ location }) => location))).toEqual(new Set(["b"]));
  });

  test("from an hour before the last one persistence looks further: an hour ahead is as unsure as three", async () => {
    const gone = hourly(600, (hour) => (hour > 597 ? NaN : wavy(hour)));
    const { forecasts } = await airAhead([gone], { rows_max: 2_000 });
    expect(forecasts.map(({ hours_ahead }) => hours_ahead)).toEqual(
      Array.from({ length: 22 }, (_, i) => i + 1),
    );
    const [first] = forecasts;
    const now = fitPersistence([gone]).forecast(gone.aqi[597]!);
    expect(first).toMatchObject({ method: "persistence", low_90: now[2]!.low_90, high_90: now[2]!.high_90 });
    expect(first!.high_90).toBeGreaterThan(now[0]!.high_90);
  });

  test("constant, zero and absurd series give finite figures within bounds, and 24 hours", async () => {
    for (const of of [() => 50, () => 0, (hour: number) => (hour % 2) * AQI_MAX]) {
      const { forecasts } = await airAhead([hourly(600, of)], { rows_max: 2_000 });
      expect(forecasts).toHaveLength(24);
      for (const { aqi, low_90, high_90 } of forecasts) {
        expect(aqi >= 0 && aqi <= AQI_MAX).toBe(true);
        expect(low_90 <= aqi && aqi <= high_90).toBe(true);
      }
    }
    const { forecasts } = await airAhead([hourly(600, () => 50)], { rows_max: 2_000 });
    expect(forecasts.every(({ aqi }) => Math.abs(aqi - 50) < 1)).toBe(true);
  });
});

test("a band needs forty errors and holds what it says of them", () => {
  const errors = Array.from({ length: 1_000 }, (_, i) => i);
  const [low_90, low_50, high_50, high_90] = bandOf(errors)!;
  expect(errors.filter((error) => error >= low_90 && error <= high_90).length).toBeCloseTo(900, -1);
  expect(errors.filter((error) => error >= low_50 && error <= high_50).length).toBeCloseTo(500, -1);
  expect(bandOf(errors.slice(0, ERRORS_MIN - 1))).toBeNull();
});

describe.skipIf(!beijingIsThere())(
  "the Beijing station (skipped where ../shared/data/air-quality is not there)",
  () => {
    test("eight weeks learnt, the week after judged, six times over a year: better than persistence 3 and 12 hours ahead", async () => {
      const all = beijingAir();
      const week = 7 * 24;
      const horizons = [3, 12];
      const sums = { model: 0, still: 0, n: 0, inside_90: 0 };
      for (let turn = 0; turn < 6; turn++) {
        const at = all.aqi.length - (turn * 8 + 1) * week;
        const from = at - 8 * week;
        const part: AirSeries = {
          ...all,
          from_ms: all.from_ms + from * HOUR_MS,
          aqi: all.aqi.slice(from, at + week),
          pm2_5: all.pm2_5.slice(from, at + week),
          weather: all.weather!.map((one) => one.slice(from, at + week)),
        };
        const learnt = { ...part, aqi: part.aqi.slice(0, 8 * week) };
        const model = (await fitAir([learnt], { rows_max: 2_000, horizons }))!;
        const sayers: Record<string, Say> = {
          model: (series, hour) => model.forecast(series, hour),
          still: (series, hour) => horizons.map((h) => ({ hours_ahead: h, aqi: series.aqi[hour]! })),
        };
        const judged = judgeAir(part, { from: 8 * week, to: 9 * week }, sayers, horizons);
        for (const h of horizons) {
          const [model_errors, still_errors] = [judged["model"]!.get(h)!, judged["still"]!.get(h)!];
          sums.n += model_errors.n;
          sums.model += model_errors.n * model_errors.mae;
          sums.still += still_errors.n * still_errors.mae;
          sums.inside_90 += model_errors.n * model_errors.inside_90!;
        }
      }
      expect(sums.n).toBeGreaterThan(1_000);
      expect(sums.model / sums.n).toBeLessThan((0.97 * sums.still) / sums.n);
      expect(sums.inside_90 / sums.n).toBeGreaterThan(0.8);
    });
  },
);

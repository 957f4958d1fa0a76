/**
 * Air quality 1 to 24 hours ahead on four years of a Beijing station (`../shared/data/air-quality`): learnt from the first four fifths,
 * judged on the last. References: persistence and the mean of the hour of the day, in the same run; and the model as the product fits it,
 * each week anew from the eight weeks before.
 */
import { limits } from "../src/core/limits.ts";
import { judgeAir, type AirErrors, type Say } from "../src/prediction/air/judge.ts";
import { fitAir, type AirModel } from "../src/prediction/air/model.ts";
import { fitPersistence } from "../src/prediction/air/persistence.ts";
import type { AirSeries } from "../src/prediction/air/series.ts";
import { beijingAir, beijingIsThere } from "../test/beijing-air.ts";

const HORIZONS = [1, 3, 6, 12, 24];
const WEEK = 7 * 24;
const YEARS = { rows_max: Infinity, horizons: HORIZONS, wider: () => 1 };

if (!beijingIsThere()) {
  process.stdout.write("The recording is not here: ../shared/data/air-quality\n");
  process.exit(0);
}
const all = beijingAir();
const n = all.aqi.length;
// `held-out` judges where choices are made: within the first four fifths.
const [from, to] = process.argv.includes("--held-out") ? [0.6, 0.8] : [0.8, 1];
const begin = Math.floor(n * from);
const span = { from: begin, to: Math.floor(n * to) };
const part = (series: AirSeries, a: number, b: number): AirSeries => ({
  ...series,
  from_ms: series.from_ms + a * 3_600_000,
  aqi: series.aqi.slice(a, b),
  pm2_5: series.pm2_5.slice(a, b),
  weather: series.weather?.map((one) => one.slice(a, b)) ?? null,
});
const without = { ...all, weather: null };

const began = performance.now();
const model = (await fitAir([part(all, 0, begin)], YEARS))!;
const took = performance.now() - began;
const dry = (await fitAir([part(without, 0, begin)], YEARS))!;
const still = fitPersistence([part(all, 0, begin)]);

const hours = Array.from({ length: 24 }, (_, hour) => {
  const known = all.aqi.slice(0, begin).filter((value, at) => at % 24 === hour && !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
});

/** As the product does: eight weeks, fitted anew. */
const weekly = new Map<number, AirModel | null>();
let slowest_ms = 0;
for (let at = span.from; at < span.to; at += WEEK) {
  const start = performance.now();
  weekly.set(
    at,
    await fitAir([part(all, at - 8 * WEEK, at)], { rows_max: limits.air_fit_rows, horizons: HORIZONS }),
  );
  slowest_ms = Math.max(slowest_ms, performance.now() - start);
}
const weekOf = (at: number): number => span.from + Math.floor((at - span.from) / WEEK) * WEEK;

const sayers: Record<string, Say> = {
  persistence: (series, at) => still.forecast(series.aqi[at]!),
  "hour of the day": (_, at) => HORIZONS.map((h) => ({ hours_ahead: h, aqi: hours[(at + h) % 24]! })),
  model: (series, at) => model.forecast(series, at),
  "model without weather": (_, at) => dry.forecast(without, at),
  "model, 8 weeks": (series, at) => weekly.get(weekOf(at))?.forecast(series, at) ?? null,
};
const judged = judgeAir(all, span, sayers, HORIZONS);

const line = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(18))).join("");
const table = (title: string, of: (errors: AirErrors) => string): void => {
  process.stdout.write(`\n${line([title, ...HORIZONS.map((h) => `${h} h`)])}\n`);
  for (const [name, by] of Object.entries(judged))
    process.stdout.write(`${line([name, ...HORIZONS.map((h) => of(by.get(h)!))])}\n`);
};
const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);
process.stdout.write(
  `${judged["model"]!.get(1)!.n} hours judged; learnt from ${model.rows_n} hours in ${Math.round(took)} ms, from eight weeks in at most ${Math.round(slowest_ms)} ms\n`,
);
table("MAE / RMSE of the AQI", ({ mae, rmse }) => `${mae.toFixed(2)} / ${rmse.toFixed(2)}`);
table("bias", ({ bias }) => bias.toFixed(1));
table("within 50 / 90 %", ({ inside_50, inside_90 }) => `${percent(inside_50)} / ${percent(inside_90)}`);
const worse = HORIZONS.filter((h) =>
  ["mae", "rmse"].some(
    (name) => judged["model"]!.get(h)![name as "mae"] >= judged["persistence"]!.get(h)![name as "mae"],
  ),
);
process.stdout.write(
  worse.length === 0
    ? "\nThe model is better than persistence at every horizon, in MAE and in RMSE.\n"
    : `\nThe model is not better than persistence ${worse.join(", ")} h ahead.\n`,
);

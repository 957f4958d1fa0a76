/** The recorded hours of a Beijing station, as a series: `../shared/data/air-quality`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { airQuality } from "../src/core/aqi.ts";
import type { AirSeries } from "../src/prediction/air/series.ts";

const FILE = join(import.meta.dir, "../../shared/data/air-quality/PRSA_Data_Dongsi_20130301-20170228.csv.gz");
export const beijingIsThere = (): boolean => existsSync(FILE);

/** Begins 2013-03-01 00:00 in Beijing; one row an hour, none is missing. */
export function beijingAir(): AirSeries {
  const rows = gunzipSync(readFileSync(FILE))
    .toString()
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map((cell) => (cell === "NA" ? NaN : Number(cell.replaceAll('"', "")))));
  const column = (place: number, of: (value: number) => number = (value) => value): Float64Array =>
    Float64Array.from(rows, (row) => of(row[place]!));
  const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const temperature = column(11);
  const dew_point = column(13);
  return {
    location: "Dongsi",
    from_ms: Date.UTC(2013, 1, 28, 16),
    zone: "Asia/Shanghai",
    aqi: Float64Array.from(rows, (row) => {
      const [pm2_5, pm10, so2, no2, co, o3] = row.slice(5, 11).map(orNull);
      const air = airQuality({
        pm2_5: pm2_5 ?? null,
        pm10: pm10 ?? null,
        sulphur_dioxide: so2 ?? null,
        nitrogen_dioxide: no2 ?? null,
        carbon_monoxide: co ?? null,
        ozone: o3 ?? null,
      });
      return air?.aqi ?? NaN;
    }),
    pm2_5: column(5),
    weather: [
      temperature,
      // Relative humidity from temperature and dew point, by the Magnus formula (WMO-No. 8).
      temperature.map((t, i) => Math.min(100, (100 * vapour(dew_point[i]!)) / vapour(t))),
      column(16, (metres_per_second) => 3.6 * metres_per_second),
      column(14),
    ],
  };
}

const vapour = (celsius: number): number => Math.exp((17.62 * celsius) / (243.12 + celsius));

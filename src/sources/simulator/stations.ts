/** Weather stations: what the sky does over each of them, every 5 min. */
import type { City } from "../../core/city.ts";
import { round } from "../../core/field.ts";
import { formatInstant, minutes } from "../../core/time.ts";
import { weather as stream } from "../../streams/weather.ts";
import { normal } from "./chance.ts";
import { periodic, type Made, type Maker } from "./maker.ts";
import { planeOf } from "./plane.ts";
import type { Sky, Weather } from "./weather.ts";

/** Names, and where they stand: shares of the way from the centre to the borders, east and north. */
const planned: readonly (readonly [name: string, east: number, north: number])[] = [
  ["Observatory", 0.02, 0.03],
  ["Airfield", 0.62, 0.55],
  ["Lakeside", -0.3, -0.45],
  ["Forest", -0.7, -0.6],
  ["Harbour", 0.32, -0.2],
  ["Hill", -0.45, 0.6],
];

export function stationsOf(city: City, weather: Weather, seed: number): Maker {
  const [west, south, east, north] = city.bounds;
  const plane = planeOf(city);
  const stations = planned.map(([name, x, y]) => {
    const longitude = round(city.centre[0] + (x * (east - west)) / 2, 5);
    const latitude = round(city.centre[1] + (y * (north - south)) / 2, 5);
    return { station: name, longitude, latitude, at: plane.xy([longitude, latitude]) };
  });
  return periodic({
    stream,
    keys: stations.length,
    period_ms: minutes(5),
    cost_us: 20,
    past: { step_ms: minutes(5), times: 2 },
    make(i, ms, number): Made {
      const { station, longitude, latitude, at } = stations[i]!;
      const sky = weather.at(ms, at[0], at[1]);
      // Instruments differ a little.
      const off = (what: number): number => normal(seed + 111 + what, i, number);
      return {
        station,
        latitude,
        longitude,
        temperature: round(sky.temperature + 0.1 * off(1), 1),
        humidity: Math.min(100, round(sky.humidity + off(2), 0)),
        precipitation: round(sky.precipitation, 1),
        wind_speed: Math.max(0, round(sky.wind_speed + 0.6 * off(3), 1)),
        wind_direction: (round(sky.wind_direction + 6 * off(4), 0) + 360) % 360,
        pressure: round(sky.pressure + 0.1 * off(5), 1),
        visibility_km: round(sky.visibility_km, 1),
        cloud_cover: round(sky.cloud_cover, 0),
        weather_code: weatherCode(sky),
        timestamp: formatInstant(ms),
        event_id: `w${number.toString(36)}`,
      };
    },
  });
}

/** WMO code 4677, in the numbers that Open-Meteo uses. */
export function weatherCode({ precipitation, snow, thunder, visibility_km, cloud_cover }: Sky): number {
  if (thunder) return 95;
  if (precipitation >= 0.05) {
    if (snow) return precipitation < 0.5 ? 71 : precipitation < 2 ? 73 : 75;
    if (precipitation < 0.3) return 51;
    return precipitation < 0.5 ? 53 : precipitation < 2.5 ? 61 : precipitation < 6 ? 63 : 65;
  }
  if (visibility_km < 1) return 45;
  return cloud_cover < 15 ? 0 : cloud_cover < 40 ? 1 : cloud_cover < 80 ? 2 : 3;
}

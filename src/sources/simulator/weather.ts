/**
 * Weather of the city as a pure function of seed and time: the season, the hour, slow changes of the air, fronts.
 * Its numbers are those of a Central European city.
 */
import type { City } from "../../core/city.ts";
import { zoneOffset } from "../../core/time.ts";
import { normal } from "./chance.ts";
import { frontsOf, overOf, type Front } from "./fronts.ts";

export interface Sky {
  /** °C */
  temperature: number;
  /** % */
  humidity: number;
  /** mm/h, rain or melted snow */
  precipitation: number;
  snow: boolean;
  /** km/h */
  wind_speed: number;
  /** Where it comes from, ° clockwise from north. */
  wind_direction: number;
  /** hPa at sea level */
  pressure: number;
  visibility_km: number;
  /** % */
  cloud_cover: number;
  thunder: boolean;
}

export interface Weather {
  /** At a place, x and y km east and north of the city's centre. */
  at(ms: number, x: number, y: number): Sky;
  /** Share of its speed that the weather leaves the traffic at a place: 1 when dry, 0.85 at the least. */
  slowing(ms: number): (x: number, y: number) => number;
}

/** At most this share of the speed is lost to rain or snow. */
const LOST_MAX = 0.16;
/** Rain that costs 63 % of that, mm/h; snow does with less. */
const RAIN_SCALE = 2.2;
const SNOW_SCALE = 0.9;
/** A front is over no place of the city so long before or after its middle is over the centre. */
const PASSES_MS = 5 * 3_600_000;
const DAY_MS = 86_400_000;

const clamp = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v));
const dry = (): number => 1;

export function weatherOf(city: City, seed: number): Weather {
  const fronts = frontsOf(seed);
  /** A slow change of about unit spread: a value at the corners of slots, smooth between them. */
  const slow = (what: number, slot_ms: number, ms: number): number => {
    const slot = Math.floor(ms / slot_ms);
    const t = ms / slot_ms - slot;
    const u = t * t * (3 - 2 * t);
    return normal(seed + 41, what, slot) * (1 - u) + normal(seed + 41, what, slot + 1) * u;
  };
  const rainAt = (near: readonly Front[], ms: number): ((x: number, y: number) => number) => {
    // Showers come and go within a front.
    const shower = clamp(0.75 + 0.5 * slow(9, 12 * 60_000, ms), 0.15, 1.6);
    return (x, y) => {
      let rain = 0;
      for (const front of near) rain += front.rain * shower * overOf(front, ms, x, y);
      return rain < 0.05 ? 0 : rain;
    };
  };
  /** 1 at three in the afternoon, -1 at three at night. */
  const warmest = (local_ms: number): number =>
    Math.cos(((local_ms % DAY_MS) / DAY_MS - 15 / 24) * 2 * Math.PI);
  const temperatureAt = (ms: number, cloud: number): number => {
    const local_ms = ms + zoneOffset(ms, city.zone);
    const year = Math.cos(((local_ms / DAY_MS - 16) / 365.2425) * 2 * Math.PI);
    const swing = (3.4 - 1.6 * year) * (1.25 - 0.75 * cloud);
    return 9.8 - 10.2 * year + swing * warmest(local_ms) + 3.1 * slow(1, 2.5 * DAY_MS, ms) - 0.8 * cloud;
  };
  const cloudAt = (ms: number, x: number, y: number): number => {
    let cloud = 0.38 + 0.3 * slow(2, 8 * 3_600_000, ms) + 0.08 * slow(3, 40 * 60_000, ms);
    for (const front of fronts.at(ms)) cloud += 1.1 * overOf(front, ms, x, y, 2);
    return clamp(cloud, 0, 1);
  };

  return {
    at(ms, x, y) {
      const precipitation = rainAt(fronts.at(ms), ms)(x, y);
      const cloud = cloudAt(ms, x, y);
      // The middle of a city is warmer than what lies round it.
      const middle = Math.exp(-(x * x + y * y) / 50);
      const temperature = temperatureAt(ms, cloud) + 1.1 * middle - Math.min(2, 0.5 * precipitation);
      let near = 0;
      let thunder = false;
      for (const front of fronts.at(ms)) {
        const over = overOf(front, ms, x, y, 1.3);
        near = Math.max(near, over);
        thunder ||= front.thunder && over > 0.6 && precipitation > 1.5;
      }
      const wind_speed = clamp(
        9 + 4.5 * slow(4, 9 * 3_600_000, ms) + 17 * near + 1.5 * slow(5, 15 * 60_000, ms),
        0.5,
        90,
      );
      const humidity = clamp(
        76 -
          11 * (1.2 - cloud) * warmest(ms + zoneOffset(ms, city.zone)) +
          16 * near +
          7 * slow(6, DAY_MS, ms),
        25,
        precipitation > 0 ? 100 : 98,
      );
      const fog = wind_speed < 7 && humidity > 88 && precipitation === 0;
      return {
        temperature,
        humidity,
        precipitation,
        snow: precipitation > 0 && temperature < 0.8,
        wind_speed,
        wind_direction: (((250 + 55 * slow(7, 14 * 3_600_000, ms) + 30 * near) % 360) + 360) % 360,
        pressure: 1_016 + 8 * slow(8, 1.7 * DAY_MS, ms) - 9 * near,
        visibility_km: fog
          ? 0.6
          : clamp(38 - 2.2 * Math.max(0, humidity - 82) - 4.5 * precipitation, 1.2, 40),
        cloud_cover: 100 * (precipitation > 0 ? Math.max(cloud, 0.8) : cloud),
        thunder,
      };
    },
    slowing(ms) {
      const near = fronts.at(ms).filter((front) => Math.abs(ms - front.middle_ms) < PASSES_MS);
      if (near.length === 0) return dry;
      const scale = temperatureAt(ms, 0.8) < 1 ? SNOW_SCALE : RAIN_SCALE;
      const rain = rainAt(near, ms);
      return (x, y) => 1 - LOST_MAX * (1 - Math.exp(-rain(x, y) / scale));
    },
  };
}

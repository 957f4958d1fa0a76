/** A city is data: its zone, its hours, its roads, its background. Nothing about a city is in code. */
import { localTime, zoneOffset, type LocalTime } from "./time.ts";
import type { Position } from "./geo.ts";

/** Hours of a day, half-open, in the city's zone: `[7, 9)` is 07:00 to 08:59:59. */
export type HourRange = readonly [from: number, to: number];

/** What decoding needs to know of a city. */
export interface CityRules {
  city_id: string;
  /** IANA name. */
  zone: string;
  rush_hours: readonly HourRange[];
  peak_hours: readonly HourRange[];
  /** Local dates, `YYYY-MM-DD`, that count as Sundays. */
  holidays: readonly string[];
  /** Salt of the installation, for personal fields. Without one the process makes its own. */
  salt?: string;
}

export type RoadClass = "motorway" | "trunk" | "primary" | "secondary" | "tertiary" | "residential";

/** One direction-less named segment of the network. */
export interface Road {
  road_id: string;
  road_name: string;
  road_class: RoadClass;
  district: string;
  /** km/h */
  free_flow_speed: number;
  length_km: number;
  /** `[lng, lat]`, at least two. */
  geometry: readonly Position[];
  /** `road_id`s that share an end with it. */
  neighbours: readonly string[];
}

export type BackgroundKind = "land" | "water" | "park" | "built" | "street" | "label";

/** A shape of the offline background map. */
export interface BackgroundShape {
  kind: BackgroundKind;
  name?: string;
  /** GeoJSON geometry, WGS 84. */
  geometry:
    | { type: "Polygon"; coordinates: readonly (readonly Position[])[] }
    | { type: "LineString"; coordinates: readonly Position[] }
    | { type: "Point"; coordinates: Position };
}

/** Where ambulances start from and bring people to. */
export interface Hospital {
  hospital_id: string;
  name: string;
  /** `[lng, lat]` */
  at: Position;
}

export interface City extends CityRules {
  name: string;
  centre: Position;
  /** west, south, east, north */
  bounds: readonly [number, number, number, number];
  roads: readonly Road[];
  hospitals: readonly Hospital[];
  background: readonly BackgroundShape[];
  attribution: readonly string[];
}

export const inHours = (ranges: readonly HourRange[], hour: number): boolean =>
  ranges.some(([from, to]) => hour >= from && hour < to);

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

export const isHoliday = (city: CityRules, at: LocalTime): boolean =>
  city.holidays.length > 0 && city.holidays.includes(`${at.year}-${two(at.month)}-${two(at.day)}`);

/** Peak hour of the city, on any day. */
export const isPeakHour = (city: CityRules, ms: number): boolean =>
  inHours(city.peak_hours, hourOfDay(ms + zoneOffset(ms, city.zone)));

const hourOfDay = (local_ms: number): number => (((local_ms / 3_600_000) % 24) + 24) % 24;

/** Rush hour on a working day of the city. */
export function isRushHour(city: CityRules, ms: number): boolean {
  // The calendar is asked only inside the hours: this runs for every event.
  const local = ms + zoneOffset(ms, city.zone);
  if (!inHours(city.rush_hours, hourOfDay(local))) return false;
  const at = localTime(ms, city.zone);
  return at.weekday <= 5 && !isHoliday(city, at);
}

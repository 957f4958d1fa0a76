/**
 * Where feeds that are asked point by point are asked: a list of one's own, or points that the city's data give.
 */
import type { City, Road, RoadClass } from "../../core/city.ts";
import { cleanText } from "../../core/field.ts";
import { distance_km, type Position } from "../../core/geo.ts";
import { limits } from "../../core/limits.ts";
import type { FeedContext, FeedVariable } from "./feed.ts";

export interface Point {
  /** Key of what is reported there: a road's id, a location's name. */
  key: string;
  /** For people. */
  name: string;
  at: Position;
}

/** Calls are bounded by the upstream's day: eight points every 5 min are 2,304 of the 2,500 that are usual. */
export const POINTS = 8;

/** For feeds of points: one list for all of them, so that air and traffic are of the same places. */
export const pointsVariable = {
  FEED_POINTS: {
    kind: "text",
    required: false,
    check: (value) => faultOf(value),
    doc: "Where to ask feeds of single points: name@latitude,longitude, separated by semicolons. By default the city's main roads and districts.",
  },
} as const satisfies Readonly<Record<string, FeedVariable>>;

const POINT = /^(.+)@\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,15})?)$/;

const faultOf = (text: string): string | null => {
  try {
    parsePoints(text);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
};

/**
 * Reads `name@latitude,longitude;…`.
 *
 * @throws {RangeError} "must …", with the part that is wrong.
 */
export function parsePoints(text: string): Point[] {
  const points = text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(parsePoint);
  const twice = points.find(({ key }, i) => points.findIndex((p) => p.key === key) !== i);
  if (twice !== undefined) throw new RangeError(`must name "${twice.key}" once: a name is a key`);
  if (points.length === 0 || points.length > limits.feed_requests_max / 2)
    throw new RangeError(`must have 1 to ${limits.feed_requests_max / 2} points, not ${points.length}`);
  return points;
}

function parsePoint(part: string): Point {
  const [, sent, lat, lng] = POINT.exec(part) ?? [];
  const name = sent?.trim() ?? "";
  const at: Position = [Number(lng), Number(lat)];
  const fine = name !== "" && name.length <= limits.id_chars_max && cleanText(name);
  if (!fine || !(Math.abs(at[1]) <= 90) || !(Math.abs(at[0]) <= 180))
    throw new RangeError(
      `must have points as name@latitude,longitude in degrees, not "${part.slice(0, 100)}"`,
    );
  return { key: name, name, at };
}

/** Points for traffic: those set, or main roads, each reported under the road's own id. */
export const roadPoints = ({ city, settings }: FeedContext): Point[] =>
  settings.text("FEED_POINTS") === undefined
    ? mainRoads(city, POINTS)
    : parsePoints(settings.text("FEED_POINTS")!).map((point) => atRoad(city, point));

/** Points for locations: those set, or a main road of each of the largest districts. */
export const locationPoints = ({ city, settings }: FeedContext): Point[] =>
  settings.text("FEED_POINTS") === undefined
    ? mainDistricts(city, POINTS)
    : parsePoints(settings.text("FEED_POINTS")!);

/** A point named after a road, or at one's middle, is that road's. */
function atRoad(city: City, point: Point): Point {
  const road =
    city.roads.find(({ road_id }) => road_id === point.key) ??
    city.roads.find(({ geometry }) => distance_km(halfway(geometry), point.at) < AT_ROAD_KM);
  return road === undefined ? point : { ...point, key: road.road_id, name: road.road_name };
}

/** 10 m: a middle that was copied with fewer decimals. */
const AT_ROAD_KM = 0.01;

const RANK: Readonly<Record<RoadClass, number>> = {
  motorway: 0,
  trunk: 1,
  primary: 2,
  secondary: 3,
  tertiary: 4,
  residential: 5,
};

/** The greater road first, then the longer; equal ones by id, so that the choice is always the same. */
const byRank = (a: Road, b: Road): number =>
  RANK[a.road_class] - RANK[b.road_class] ||
  b.length_km - a.length_km ||
  (a.road_id < b.road_id ? -1 : Number(a.road_id > b.road_id));

const pointOf = ({ road_id, road_name, geometry }: Road): Point => ({
  key: road_id,
  name: road_name,
  at: halfway(geometry),
});

/** The longest segment of each of the city's greatest named roads, in its middle. */
export function mainRoads(city: City, n: number): Point[] {
  const names = new Set<string>();
  const chosen = city.roads.toSorted(byRank).filter(({ road_name }) => {
    const first = !names.has(road_name);
    names.add(road_name);
    return first;
  });
  return chosen.slice(0, n).map(pointOf);
}

/** The districts with the most roads, each at its greatest road's middle; the city's centre where there is none. */
export function mainDistricts(city: City, n: number): Point[] {
  const districts = Map.groupBy(city.roads, ({ district }) => district);
  const points = [...districts]
    .toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .slice(0, n)
    .map(([district, roads]) => ({
      ...pointOf(roads.toSorted(byRank)[0]!),
      key: district,
      name: district,
    }));
  return points.length > 0 ? points : [{ key: city.name, name: city.name, at: city.centre }];
}

/** The point half way along a line: not at its ends, where it meets other roads. */
export function halfway(line: readonly Position[]): Position {
  const lengths = line.slice(1).map((to, i) => distance_km(line[i]!, to));
  let left = lengths.reduce((sum, km) => sum + km, 0) / 2;
  for (const [i, km] of lengths.entries()) {
    if (left <= km && km > 0) {
      const [a, b] = [line[i]!, line[i + 1]!];
      const share = left / km;
      return [degrees(a[0] + (b[0] - a[0]) * share), degrees(a[1] + (b[1] - a[1]) * share)];
    }
    left -= km;
  }
  return line[0]!;
}

const degrees = (value: number): number => Math.round(value * 1e6) / 1e6;

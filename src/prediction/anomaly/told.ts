/** Anomalies as they stand on the topic of notifications: paper 004's JSON, with a sentence that has the figures. */
import { uuid5 } from "../../core/identity.ts";
import { localDay } from "../../core/local-day.ts";
import { formatInstant, localTime } from "../../core/time.ts";
import type { Opening } from "./detector.ts";
import type { Stuck } from "./stuck.ts";

export type Severity = "low" | "medium" | "high" | "critical";

/** An event of the stream notifications. */
export interface AnomalyEvent {
  event_id: string;
  timestamp: string;
  alert_type: "anomaly";
  severity: Severity;
  road_id?: string;
  road_name?: string;
  message: string;
  affected_routes: readonly string[];
  latitude?: number;
  longitude?: number;
}

export interface ToldRoad {
  road_id: string;
  road_name: string;
  /** `[lng, lat]`; null where nobody knows. */
  at: readonly [number, number] | null;
}

/** Names in the sentence of a storm. */
const NAMED = 3;
const NAME_CHARS_MAX = 100;
const LEVELS: readonly Severity[] = ["low", "medium", "high", "critical"];

const two = (n: number): string => String(n).padStart(2, "0");
const clockOf = (ms: number, zone: string): string => {
  const { hour, minute } = localTime(ms, zone);
  return `${two(hour)}:${two(minute)}`;
};
const named = ({ road_name }: ToldRoad): string =>
  road_name.length > NAME_CHARS_MAX ? `${road_name.slice(0, NAME_CHARS_MAX).toWellFormed()}…` : road_name;

/** By how far: one width of the interval is medium, two are high; one more for a quarter of an hour. Too fast is never more than medium. */
export function severityOf({ score, since_ms, at_ms, direction }: Opening): Severity {
  const far = score >= 4 ? 2 : score >= 2 ? 1 : 0;
  const level = far + (at_ms - since_ms >= 15 * 60_000 ? 1 : 0);
  return LEVELS[direction === "fast" ? Math.min(1, level) : level]!;
}

const placeOf = (road: ToldRoad): Pick<AnomalyEvent, "road_id" | "road_name" | "latitude" | "longitude"> => ({
  road_id: road.road_id,
  road_name: road.road_name,
  ...(road.at === null ? {} : { longitude: road.at[0], latitude: road.at[1] }),
});

/** A road opens once at an instant: whoever finds it again makes the same event again. */
export function openingEvent(road: ToldRoad, opening: Opening, zone: string): AnomalyEvent {
  const { at_ms, actual, low, high } = opening;
  return {
    event_id: uuid5(JSON.stringify(["anomaly", road.road_id, at_ms])),
    timestamp: formatInstant(at_ms),
    alert_type: "anomaly",
    severity: severityOf(opening),
    ...placeOf(road),
    message: `${named(road)}: ${Math.round(actual)} km/h at ${clockOf(at_ms, zone)}, expected ${Math.round(Math.max(0, low))} to ${Math.round(high)}`,
    affected_routes: [],
  };
}

/** Once for a road and day of the city. */
export function stuckEvent(road: ToldRoad, stuck: Stuck, zone: string): AnomalyEvent {
  const { at_ms, since_ms, speed, readings_n } = stuck;
  return {
    event_id: stuckId(road.road_id, at_ms, zone),
    timestamp: formatInstant(at_ms),
    alert_type: "anomaly",
    severity: "low",
    ...placeOf(road),
    message: `${named(road)}: exactly ${speed} km/h since ${clockOf(since_ms, zone)}, ${readings_n} readings in a row: its sensor may be stuck`,
    affected_routes: [],
  };
}

const stuckId = (road_id: string, at_ms: number, zone: string): string =>
  uuid5(JSON.stringify(["anomaly-stuck", road_id, localDay(at_ms, zone)]));

/** Many roads at once are one thing. */
export function stormEvent(
  city_id: string,
  at_ms: number,
  roads: readonly ToldRoad[],
  zone: string,
): AnomalyEvent {
  const some = roads.slice(0, NAMED).map(named).join(", ");
  return {
    event_id: uuid5(JSON.stringify(["anomaly-storm", city_id, at_ms])),
    timestamp: formatInstant(at_ms),
    alert_type: "anomaly",
    severity: "high",
    message: `${roads.length} roads are far outside what was expected at ${clockOf(at_ms, zone)}, among them ${some}`,
    affected_routes: [],
  };
}

/** The hour's budget is used up. */
export function restEvent(
  city_id: string,
  hour_ms: number,
  at_ms: number,
  most: number,
  zone: string,
): AnomalyEvent {
  return {
    event_id: uuid5(JSON.stringify(["anomaly-rest", city_id, hour_ms])),
    timestamp: formatInstant(at_ms),
    alert_type: "anomaly",
    severity: "medium",
    message: `More than ${most} roads became far other than expected within the hour from ${clockOf(hour_ms, zone)}: the rest of it is not told road by road`,
    affected_routes: [],
  };
}

/** Many sensors that are stuck at once are one thing, told once a day of the city. */
export function stuckStormEvent(
  city_id: string,
  at_ms: number,
  roads: readonly ToldRoad[],
  zone: string,
): AnomalyEvent {
  const some = roads.slice(0, NAMED).map(named).join(", ");
  return {
    event_id: uuid5(JSON.stringify(["anomaly-stuck-storm", city_id, localDay(at_ms, zone)])),
    timestamp: formatInstant(at_ms),
    alert_type: "anomaly",
    severity: "medium",
    message: `${roads.length} roads have told exactly the same for hours at ${clockOf(at_ms, zone)}, among them ${some}: their feed may stand still`,
    affected_routes: [],
  };
}

/** The hour's budget of sensors that are stuck is used up. */
export function stuckRestEvent(
  city_id: string,
  hour_ms: number,
  at_ms: number,
  most: number,
  zone: string,
): AnomalyEvent {
  return {
    event_id: uuid5(JSON.stringify(["anomaly-stuck-rest", city_id, hour_ms])),
    timestamp: formatInstant(at_ms),
    alert_type: "anomaly",
    severity: "low",
    message: `More than ${most} sensors were found stuck within the hour from ${clockOf(hour_ms, zone)}: the rest of it is not told one by one`,
    affected_routes: [],
  };
}

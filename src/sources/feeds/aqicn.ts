/** AQICN (World Air Quality Index Project): the index at the station nearest to each location. */
import { z } from "zod";
import { distance_km } from "../../core/geo.ts";
import { round } from "../../core/field.ts";
import { formatInstant, hours, parseInstant } from "../../core/time.ts";
import { readings } from "../../streams/readings.ts";
import { defineFeed, type AnswerError, type FeedContext, type FeedRequest, type FeedValue } from "./feed.ts";
import { locationPoints, pointsVariable, type Point } from "./points.ts";

/** A station further away says nothing about the location; the city's air is another's. */
const STATION_KM_MAX = 25;
/** Stations measure by the hour and tell it up to an hour later. Until the next one the index holds, and no longer. */
const AIR_MS_MAX = hours(3);

const station = z.object({
  /** US EPA index; "-" where the station has none. */
  aqi: z.union([z.number(), z.string()]),
  idx: z.number().nullish(),
  attributions: z.array(z.object({ name: z.string() })).nullish(),
  /** `geo` is [lat, lng]. */
  city: z.object({ name: z.string().nullish(), geo: z.tuple([z.coerce.number(), z.coerce.number()]) }),
  time: z.object({ iso: z.string().nullish(), s: z.string().nullish(), tz: z.string().nullish() }),
});

export const aqicnAnswer = z.union([
  z.object({ status: z.literal("ok"), data: station }),
  z.object({ status: z.string(), data: z.string().nullish(), message: z.string().nullish() }),
]);
export type AqicnAnswer = z.output<typeof aqicnAnswer>;
export type AqicnStation = z.output<typeof station>;

export interface Air {
  aqi_value: number;
  /** ms */
  measured_ms: number;
}

/** What a station says about a location; null where it has no index now. A fault is why it is not believed. */
export interface Heard {
  air: Air | null;
  fault: string | null;
}

/** The sub-indices in `iaqi` are no concentrations and are left alone. */
export function airOf(data: AqicnStation, { at, name }: Point): Heard {
  const [lat, lng] = data.city.geo;
  const km = distance_km(at, [lng, lat]);
  if (!(km <= STATION_KM_MAX)) {
    const station_name = data.city.name ?? data.idx ?? "without a name";
    return not(
      `the nearest station to ${name}, ${station_name}, is ${round(km, 1)} km away: at most ${STATION_KM_MAX} km count`,
    );
  }
  const aqi_value = typeof data.aqi === "number" ? data.aqi : indexOf(data.aqi);
  if (aqi_value === null) return { air: null, fault: null };
  const measured_ms = timeOf(data.time);
  if (measured_ms === null)
    return not(`the station nearest to ${name} does not say when it measured, with a zone`);
  return { air: { aqi_value, measured_ms }, fault: null };
}

const not = (fault: string): Heard => ({ air: null, fault });

/** "-" is no data, and not clean air. */
function indexOf(text: string): number | null {
  return /^\d{1,4}$/.test(text.trim()) ? Number(text) : null;
}

/** From `iso`, or from the local time with its offset, as older answers have it. Never from `v`: it is local time taken for UTC. */
export function timeOf({ iso, s, tz }: AqicnStation["time"]): number | null {
  if (iso) return parseInstant(iso);
  return s && tz ? parseInstant(`${s.replace(" ", "T")}${tz}`) : null;
}

export const aqicnVariables = {
  AQICN_TOKEN: {
    kind: "secret",
    required: true,
    doc: "Token of the World Air Quality Index Project, from aqicn.org/data-platform/token.",
  },
  AQICN_URL: { kind: "url", required: false, default: "https://api.waqi.info", doc: "Where its API is." },
} as const;

export const aqicnAttribution = [
  "Air quality: World Air Quality Index Project (waqi.info) and the agencies of its stations",
];

export const aqicnRequest = ({ settings }: FeedContext, id: string, { at }: Point): FeedRequest => ({
  id,
  url: `${settings.text("AQICN_URL")}/feed/geo:${at[1]};${at[0]}/`,
  query: { token: settings.secret("AQICN_TOKEN")! },
});

/** Errors come with status 200: `data` is then a sentence. */
export function aqicnError(answer: AqicnAnswer): AnswerError | null {
  if (isStation(answer)) return null;
  const words = answer.data ?? ("message" in answer ? answer.message : null) ?? answer.status;
  return { kind: /key|token/i.test(words) ? "key" : /quota/i.test(words) ? "rate" : "upstream", words };
}

/**
 * Does air that was measured then still hold? A reading is then what is read at the poll; else it belongs to its own
 * time: stored there, and never shown as now.
 */
export const holds = (measured_ms: number, now_ms: number): boolean => now_ms - measured_ms <= AIR_MS_MAX;

export const aqicn = defineFeed<AqicnAnswer>({
  name: "aqicn",
  label: "AQICN",
  doc: "Air Quality Index at the station nearest to each location. Stations measure once an hour.",
  attribution: aqicnAttribution,
  variables: { ...aqicnVariables, ...pointsVariable },
  every_ms: null,
  calls_per_day_max: null,
  streams: [readings],
  requests: (context) => locationPoints(context).map((point) => aqicnRequest(context, point.key, point)),
  accepts: ["application/json"],
  decode: "json",
  schema: aqicnAnswer,
  error_in_answer: aqicnError,
  events: (answer, context) => {
    const point = locationPoints(context).find(({ key }) => key === context.request.id);
    if (point === undefined || !isStation(answer)) return [];
    const { air, fault } = airOf(answer.data, point);
    return [
      {
        stream: readings,
        values: air === null ? [] : [airReading(point, air, context.now_ms)],
        faults: fault === null ? [] : [fault],
      },
    ];
  },
  measures: [],
});

export const isStation = (answer: AqicnAnswer): answer is { status: "ok"; data: AqicnStation } =>
  typeof answer.data === "object" && answer.data !== null;

const airReading = ({ key, at }: Point, { aqi_value, measured_ms }: Air, now_ms: number): FeedValue => ({
  location: key,
  ...(holds(measured_ms, now_ms) ? {} : { timestamp: formatInstant(measured_ms) }),
  latitude: at[1],
  longitude: at[0],
  aqi_value,
});

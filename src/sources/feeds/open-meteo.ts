/**
 * Open-Meteo: weather, and air quality, of the models' grid points at a list of places, all of them in one call.
 * Times are asked for in seconds since the epoch; what `current.time` says by default has no offset.
 */
import { z } from "zod";
import { distance_km } from "../../core/geo.ts";
import { formatInstant, hours, minutes } from "../../core/time.ts";
import { readings } from "../../streams/readings.ts";
import { weather } from "../../streams/weather.ts";
import { defineFeed, type AnswerError, type FeedContext, type FeedRequest, type FeedValue } from "./feed.ts";
import { locationPoints, pointsVariable, type Point } from "./points.ts";

/** The coarsest grid (CAMS global) has points every 0.4°: no place is further from one than this. */
const GRID_KM_MAX = 40;
const HOUR_S = 3_600;

/** The model's hour is told within the hour; until then the last one holds, and no longer. */
const AIR_MS_MAX = hours(3);

/** What is asked for, in which unit, as which field of the stream, and how the unit becomes the stream's. */
interface Variable {
  unit: string;
  field: string;
  /** `interval_s`: the time over which a sum was taken. */
  convert?: (value: number, interval_s: number) => number;
}

const weatherVariables: Readonly<Record<string, Variable>> = {
  temperature_2m: { unit: "°C", field: "temperature" },
  relative_humidity_2m: { unit: "%", field: "humidity" },
  // A sum over the last interval, 15 min: by the hour it is four times that.
  precipitation: {
    unit: "mm",
    field: "precipitation",
    convert: (mm, interval_s) => (mm * HOUR_S) / interval_s,
  },
  weather_code: { unit: "wmo code", field: "weather_code" },
  cloud_cover: { unit: "%", field: "cloud_cover" },
  pressure_msl: { unit: "hPa", field: "pressure" },
  visibility: { unit: "m", field: "visibility_km", convert: (m) => m / 1_000 },
  wind_speed_10m: { unit: "km/h", field: "wind_speed" },
  wind_direction_10m: { unit: "°", field: "wind_direction" },
};

const micrograms = "µg/m³";
const airVariables: Readonly<Record<string, Variable>> = {
  pm2_5: { unit: micrograms, field: "pm2_5" },
  pm10: { unit: micrograms, field: "pm10" },
  ozone: { unit: micrograms, field: "ozone" },
  nitrogen_dioxide: { unit: micrograms, field: "nitrogen_dioxide" },
  sulphur_dioxide: { unit: micrograms, field: "sulphur_dioxide" },
  carbon_monoxide: { unit: micrograms, field: "carbon_monoxide" },
};

const place = z.object({
  latitude: z.number(),
  longitude: z.number(),
  current_units: z.record(z.string(), z.string()),
  current: z.intersection(
    z.object({ time: z.number().int(), interval: z.number().positive() }),
    z.record(z.string(), z.union([z.number(), z.null()])),
  ),
});
const refusal = z.object({ error: z.literal(true), reason: z.string() });

/** One place is an object, several are an array, in the order asked. */
const answer = z.union([z.array(place), place, refusal]);
export type OpenMeteoAnswer = z.output<typeof answer>;
export type OpenMeteoPlace = z.output<typeof place>;

/** The micro sign and the Greek letter look the same and are not. */
const sameUnit = (a: string, b: string): boolean => a.normalize("NFKC") === b.normalize("NFKC");

/**
 * A place's current values by the stream's fields and units; null where the model has none at all.
 *
 * @throws {RangeError} when a unit is not the one asked for: a number with another unit is worse than none.
 */
export function valuesOf(
  { current, current_units: units }: OpenMeteoPlace,
  variables: Readonly<Record<string, Variable>>,
): FeedValue | null {
  const row: Record<string, number> = {};
  for (const [name, { unit, field, convert }] of Object.entries(variables)) {
    const value = current[name];
    if (value === undefined || value === null) continue;
    const sent = units[name];
    if (sent === undefined || !sameUnit(sent, unit))
      throw new RangeError(`${name} is in ${sent ?? "no unit"}, but it was asked for in ${unit}`);
    row[field] = convert === undefined ? value : convert(value, current.interval);
  }
  if (Object.keys(row).length === 0) return null;
  return { timestamp: formatInstant(current.time * 1_000), ...row };
}

/** The answer's places with the points they were asked for. */
function pairs(sent: OpenMeteoAnswer, points: readonly Point[]): [Point, OpenMeteoPlace][] {
  const places = Array.isArray(sent) ? sent : "error" in sent ? [] : [sent];
  if (places.length !== points.length)
    throw new RangeError(`${points.length} places were asked for, ${places.length} were answered`);
  return places.map((one, i) => {
    const point = points[i]!;
    const km = distance_km(point.at, [one.longitude, one.latitude]);
    if (!(km <= GRID_KM_MAX))
      throw new RangeError(
        `for ${point.name} the values of a place ${Math.round(km)} km away were answered, at most ${GRID_KM_MAX} km are a grid's`,
      );
    return [point, one];
  });
}

function request(
  context: FeedContext,
  url: string,
  variables: Readonly<Record<string, Variable>>,
): FeedRequest {
  const points = locationPoints(context);
  const key = context.settings.secret("OPEN_METEO_API_KEY");
  return {
    id: "places",
    url,
    query: {
      latitude: points.map(({ at }) => at[1]).join(","),
      longitude: points.map(({ at }) => at[0]).join(","),
      current: Object.keys(variables).join(","),
      timeformat: "unixtime",
      timezone: "GMT",
      ...(key === undefined ? {} : { apikey: key }),
    },
  };
}

const errorOf = (sent: OpenMeteoAnswer): AnswerError | null =>
  !Array.isArray(sent) && "error" in sent
    ? { kind: /limit/i.test(sent.reason) ? "rate" : "upstream", words: sent.reason }
    : null;

const attribution = ["Weather data by Open-Meteo.com (CC BY 4.0)"];
const keyVariable = {
  OPEN_METEO_API_KEY: {
    kind: "secret",
    required: false,
    doc: "Key of Open-Meteo for commercial use; with it set OPEN_METEO_URL and OPEN_METEO_AIR_URL to the customers' addresses. Without one the free service is asked, for non-commercial use.",
  },
} as const;

const common = {
  // 10,000 a day are free; every place of a call counts as one.
  calls_per_day_max: 1_000,
  accepts: ["application/json"],
  decode: "json",
  schema: answer,
  error_in_answer: errorOf,
} as const;

/** Weather at each location, of the model's last 15 minutes. */
export const openMeteo = defineFeed<OpenMeteoAnswer>({
  ...common,
  name: "open-meteo",
  label: "Open-Meteo weather",
  doc: "Weather at each location, from the best model there is for it, every 15 minutes.",
  attribution,
  variables: {
    ...keyVariable,
    ...pointsVariable,
    OPEN_METEO_URL: {
      kind: "url",
      required: false,
      default: "https://api.open-meteo.com",
      doc: "Where Open-Meteo's forecast API is.",
    },
  },
  // The model's steps: asked more often it says the same.
  every_ms: minutes(15),
  streams: [weather],
  requests: (context) => [
    request(context, `${context.settings.text("OPEN_METEO_URL")}/v1/forecast`, weatherVariables),
  ],
  events: (sent, context) => [
    {
      stream: weather,
      values: pairs(sent, locationPoints(context)).flatMap(([{ key, at }, one]) => {
        const values = valuesOf(one, weatherVariables);
        return values === null ? [] : [{ station: key, latitude: at[1], longitude: at[0], ...values }];
      }),
    },
  ],
  // Units are compared with each answer.
  measures: [],
});

/**
 * Air at each location, of the model's last hour. The index is ours, from the concentrations. A reading is what is read
 * at the poll while the model's hour holds; an older one belongs to its own time.
 */
export const openMeteoAir = defineFeed<OpenMeteoAnswer>({
  ...common,
  name: "open-meteo-air",
  label: "Open-Meteo air quality",
  doc: "Concentrations of pollutants at each location from the Copernicus model (CAMS), every hour.",
  attribution: [...attribution, "Air quality: CAMS, Copernicus Atmosphere Monitoring Service"],
  variables: {
    ...keyVariable,
    ...pointsVariable,
    OPEN_METEO_AIR_URL: {
      kind: "url",
      required: false,
      default: "https://air-quality-api.open-meteo.com",
      doc: "Where Open-Meteo's air quality API is.",
    },
  },
  // Of the model's hours, often enough for a reading to be live from one poll to the next.
  every_ms: minutes(10),
  streams: [readings],
  requests: (context) => [
    request(context, `${context.settings.text("OPEN_METEO_AIR_URL")}/v1/air-quality`, airVariables),
  ],
  events: (sent, context) => [
    {
      stream: readings,
      values: pairs(sent, locationPoints(context)).flatMap(([{ key, at }, one]) => {
        const values = valuesOf(one, airVariables);
        if (values === null) return [];
        const { timestamp, ...air } = values;
        const holds = context.now_ms - one.current.time * 1_000 <= AIR_MS_MAX;
        const time = holds ? {} : { timestamp };
        return [{ location: key, ...time, latitude: at[1], longitude: at[0], ...air }];
      }),
    },
  ],
  // Units are compared with each answer; and one grid point's air is many locations', which then rises for all alike.
  measures: [],
});

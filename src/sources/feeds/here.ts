/** HERE Traffic API v7, flow: speeds on every segment within the city's bounds, in one call. */
import { z } from "zod";
import type { Bbox, Position } from "../../core/geo.ts";
import { shown } from "../../core/errors.ts";
import { cleanText } from "../../core/field.ts";
import { uuid5 } from "../../core/identity.ts";
import { limits } from "../../core/limits.ts";
import { midpoint } from "../../core/coordinates.ts";
import { traffic } from "../../streams/traffic.ts";
import { defineFeed, type FeedValue } from "./feed.ts";

/** A box may span no more than 1° each way. */
const BOX_DEGREES_MAX = 1;
/** Above this a value is measured now; from 0.5 to 0.7 it is a historical mean, below that the speed limit. */
const CONFIDENCE_LIVE = 0.7;
const KMH_PER_MPS = 3.6;

const result = z.object({
  location: z.object({
    description: z.string().nullish(),
    olr: z.string().nullish(),
    shape: z
      .object({
        links: z.array(z.object({ points: z.array(z.object({ lat: z.number(), lng: z.number() })) })),
      })
      .nullish(),
  }),
  currentFlow: z.object({
    /** m/s, no faster than the law allows. */
    speed: z.number().nullish(),
    /** m/s, as measured. */
    speedUncapped: z.number().nullish(),
    /** m/s */
    freeFlow: z.number(),
    jamFactor: z.number(),
    confidence: z.number().nullish(),
    traversability: z.string().nullish(),
  }),
});

/** A result that is none, with the first thing that is wrong with it. */
interface Odd {
  value: unknown;
  path: PropertyKey[];
  message: string;
}

/**
 * A result of thousands may be odd: it is refused, the others count. Most of them odd is another answer than HERE's.
 * Each is read once: there may be ten thousand.
 */
const answer = z
  .object({ sourceUpdated: z.iso.datetime({ offset: true }).nullish(), results: z.array(z.unknown()) })
  .transform(({ sourceUpdated, results }, context) => {
    const read: HereResult[] = [];
    const odd: Odd[] = [];
    for (const [i, value] of results.entries()) {
      const { data, error } = result.safeParse(value);
      if (error === undefined) read.push(data);
      else
        odd.push({
          value,
          path: ["results", i, ...error.issues[0]!.path],
          message: error.issues[0]!.message,
        });
    }
    if (odd.length * 2 > results.length)
      context.addIssue({ code: "custom", path: odd[0]!.path, message: odd[0]!.message });
    return { sourceUpdated, read, odd };
  });

export type HereResult = z.output<typeof result>;

/**
 * A result as a traffic event; null where it is no measurement: a speed that HERE takes from history or from the limit
 * is worth nothing as "now". A closure is a report of its own and counts whatever its confidence.
 */
export function hereEvent(
  { location, currentFlow: flow }: HereResult,
  updated: string | null | undefined,
): FeedValue | null {
  const closed = flow.traversability === "closed";
  const speed = closed ? (flow.speed ?? 0) : (flow.speedUncapped ?? flow.speed);
  if (speed === null || speed === undefined) return null;
  if (!closed && !((flow.confidence ?? 0) > CONFIDENCE_LIVE)) return null;
  const line = (location.shape?.links ?? []).flatMap(({ points }) =>
    points.map(({ lat, lng }): Position => [lng, lat]),
  );
  const key = keyOf(location.olr, line);
  if (key === null) return null;
  const place = midpoint(line);
  return {
    road_id: key,
    ...(location.description ? { road_name: location.description.slice(0, limits.name_chars_max) } : {}),
    ...(updated ? { timestamp: updated } : {}),
    current_speed: speed * KMH_PER_MPS,
    free_flow_speed: flow.freeFlow * KMH_PER_MPS,
    jam_factor: flow.jamFactor,
    road_closed: closed,
    ...(place === null || place === "invalid" ? {} : { longitude: place[0], latitude: place[1] }),
  };
}

/** HERE has no ids: a segment is known by its OpenLR code, or by its shape, to 0.00001°, about a metre. */
export function keyOf(olr: string | null | undefined, line: readonly Position[]): string | null {
  if (olr && olr.length <= limits.id_chars_max - "here:".length && cleanText(olr)) return `here:${olr}`;
  if (olr) return `here:${uuid5(olr)}`;
  if (line.length === 0) return null;
  return `here:${uuid5(line.map(([lng, lat]) => `${lng.toFixed(5)},${lat.toFixed(5)}`).join(" "))}`;
}

/** The box in parts that HERE takes, west to east and south to north. */
export function boxes([west, south, east, north]: Bbox): Bbox[] {
  const columns = Math.max(1, Math.ceil((east - west) / BOX_DEGREES_MAX));
  const rows = Math.max(1, Math.ceil((north - south) / BOX_DEGREES_MAX));
  const [width, height] = [(east - west) / columns, (north - south) / rows];
  return Array.from({ length: columns * rows }, (_, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    return [
      west + x * width,
      south + y * height,
      x === columns - 1 ? east : west + (x + 1) * width,
      y === rows - 1 ? north : south + (y + 1) * height,
    ] as const;
  });
}

const degrees = (value: number): string => String(Math.round(value * 1e6) / 1e6);

export const here = defineFeed({
  name: "here",
  label: "HERE Traffic",
  doc: "Speeds and closures on every road within the city's bounds. Only what is measured: HERE's fillings from history and speed limits are left out.",
  attribution: ["Traffic data © HERE"],
  variables: {
    HERE_API_KEY: {
      kind: "secret",
      required: true,
      doc: "Key of HERE Traffic API v7, from platform.here.com.",
    },
    HERE_URL: {
      kind: "url",
      required: false,
      default: "https://data.traffic.hereapi.com/v7",
      doc: "Where HERE Traffic API v7 is.",
    },
  },
  every_ms: null,
  calls_per_day_max: 1_000,
  streams: [traffic],
  requests: ({ city, settings }) =>
    boxes(city.bounds).map((box, i) => ({
      id: `box-${i + 1}`,
      url: `${settings.text("HERE_URL")}/flow`,
      query: {
        in: `bbox:${box.map(degrees).join(",")}`,
        locationReferencing: "shape",
        apiKey: settings.secret("HERE_API_KEY")!,
      },
    })),
  accepts: ["application/json"],
  decode: "json",
  schema: answer,
  events: ({ sourceUpdated, read, odd }) => {
    const values = read.map((one) => hereEvent(one, sourceUpdated)).filter((value) => value !== null);
    const refused = odd.map(({ value, path, message: rule }) => ({
      value,
      reject: { reason: "schema" as const, pointer: `/${path.join("/")}`, value: shown(value), rule },
    }));
    return [{ stream: traffic, values, refused }];
  },
  measures: [
    { stream: traffic, field: "current_speed" },
    { stream: traffic, field: "free_flow_speed" },
  ],
});

/** GTFS-Realtime vehicle positions, of any agency that publishes them. */
import { z } from "zod";
import { formatInstant, seconds } from "../../core/time.ts";
import { vehicles } from "../../streams/vehicles.ts";
import { defineFeed, type FeedValue } from "./feed.ts";
import {
  vehicleFeedOfJson,
  vehicleFeedOfProtobuf,
  type VehicleEntity,
  type VehicleFeed,
} from "./gtfs-vehicles.ts";

const KMH_PER_MPS = 3.6;
/** First byte of a JSON object. As protobuf it would begin a group, which no feed message has. */
const BRACE_OPEN = 0x7b;

/**
 * A FeedMessage from bytes, protobuf or JSON.
 *
 * @throws {ProtobufError} or a zod or syntax error, as a whole: of a broken message nothing is taken.
 */
export function vehicleFeedOf(body: Uint8Array): VehicleFeed {
  return body[0] === BRACE_OPEN
    ? vehicleFeedOfJson(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)))
    : vehicleFeedOfProtobuf(body);
}

export interface FeedVehicles {
  /** When the feed was made, ms; null where it does not say. */
  made_ms: number | null;
  /** Values of the stream `vehicles`. One without `timestamp` had no time, nor had the feed. */
  values: FeedValue[];
  /** Entities that are deleted, or tell no position. */
  left_out: number;
}

/**
 * The vehicles of a FeedMessage, as bytes (protobuf or JSON) or as JSON that is parsed already: values of the stream
 * `vehicles`, also for replay. Positions at 0°, 0° and times in the future are in it: the door refuses them.
 *
 * @throws as `vehicleFeedOf`.
 */
export function vehiclesOfFeed(message: unknown): FeedVehicles {
  return vehiclesOf(message instanceof Uint8Array ? vehicleFeedOf(message) : vehicleFeedOfJson(message));
}

function vehiclesOf({ timestamp_s, vehicles: entities }: VehicleFeed): FeedVehicles {
  const values = entities
    .map((entity) => vehicleValue(entity, timestamp_s))
    .filter((value) => value !== null);
  return {
    made_ms: timestamp_s === null || timestamp_s === 0 ? null : timestamp_s * 1_000,
    values,
    left_out: entities.length - values.length,
  };
}

/** Known or left out: empty texts, and the negative numbers by which some receivers say that they do not know. */
export function vehicleValue(entity: VehicleEntity, made_s: number | null): FeedValue | null {
  const { latitude, longitude, bearing, speed_mps } = entity;
  if (entity.deleted || latitude === null || longitude === null) return null;
  const timestamp_s = entity.timestamp_s || made_s;
  return {
    // An entity's id may change with each message: the last resort.
    vehicle_id: entity.vehicle_id || entity.vehicle_label || entity.entity_id,
    ...(timestamp_s ? { timestamp: instantOf(timestamp_s) } : {}),
    latitude,
    longitude,
    ...(speed_mps !== null && speed_mps >= 0 ? { speed: speed_mps * KMH_PER_MPS } : {}),
    ...(bearing !== null && bearing >= 0 && bearing <= 360 ? { heading: bearing } : {}),
    ...(entity.vehicle_label ? { vehicle_label: entity.vehicle_label } : {}),
    ...(entity.route_id ? { route_id: entity.route_id } : {}),
    ...(entity.trip_id ? { trip_id: entity.trip_id } : {}),
  };
}

/** Greatest instant that a `Date` holds, s. */
const INSTANT_S_MAX = 8.64e12;

/** Epoch seconds as text. What is no instant (milliseconds taken for seconds) stays a text that the door refuses. */
const instantOf = (at_s: number): string =>
  at_s <= INSTANT_S_MAX ? formatInstant(at_s * 1_000) : `${at_s} s since the epoch`;

export const gtfsRt = defineFeed<VehicleFeed>({
  name: "gtfs-rt",
  label: "GTFS-Realtime",
  doc: "Where an agency's vehicles are, as it publishes them for everyone.",
  attribution: ["Vehicle positions by the agency that publishes the feed, under its terms"],
  variables: {
    GTFS_RT_URL: {
      kind: "secret-url",
      required: true,
      doc: "Address of an agency's vehicle positions (protobuf, or the same as JSON).",
    },
    GTFS_RT_KEY: {
      kind: "secret",
      required: false,
      doc: "Key, where the agency wants one in a header; with `Bearer ` in front where it wants that.",
    },
    GTFS_RT_KEY_HEADER: {
      kind: "text",
      required: false,
      default: "x-api-key",
      check: (name) => (/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name) ? null : "must be the name of a header"),
      doc: "Name of that header.",
    },
  },
  every_ms: seconds(30),
  calls_per_day_max: null,
  streams: [vehicles],
  requests: ({ settings }) => {
    const key = settings.secret("GTFS_RT_KEY");
    return [
      {
        id: "vehicle-positions",
        url: settings.secret("GTFS_RT_URL")!,
        ...(key === undefined ? {} : { headers: { [settings.text("GTFS_RT_KEY_HEADER")!]: key } }),
      },
    ];
  },
  accepts: [
    "application/x-protobuf",
    "application/protobuf",
    "application/vnd.google.protobuf",
    "application/x-google-protobuf",
    "application/octet-stream",
    "binary/octet-stream",
    "application/json",
  ],
  decode: vehicleFeedOf,
  schema: z.custom<VehicleFeed>(),
  events: (feed) => [{ stream: vehicles, values: vehiclesOf(feed).values }],
  measures: [{ stream: vehicles, field: "speed" }],
});

/**
 * GTFS-Realtime vehicle positions, out of their two containers: the protobuf that agencies serve, and the same
 * message as JSON (protobuf's own mapping in camelCase, or snake_case as some write it).
 *
 * Source: gtfs.org, "GTFS Realtime reference". Fields that are not read here (occupancy,
 * congestion, stop status, trip updates, alerts) are passed over.
 */
import { z } from "zod";
import { readFeedMessage } from "./gtfs-message.ts";

/** One entity of a feed that tells where a vehicle is. */
export interface VehicleEntity {
  entity_id: string;
  /** The vehicle is no longer told of (differential feeds). */
  deleted: boolean;
  vehicle_id: string | null;
  vehicle_label: string | null;
  trip_id: string | null;
  route_id: string | null;
  latitude: number | null;
  longitude: number | null;
  /** ° clockwise from north. */
  bearing: number | null;
  /** m/s */
  speed_mps: number | null;
  /** When the position was measured, s since the epoch. */
  timestamp_s: number | null;
}

export interface VehicleFeed {
  /** When the feed was made, s since the epoch. */
  timestamp_s: number | null;
  /** Entities with a vehicle; trip updates and alerts beside them are not counted. */
  vehicles: VehicleEntity[];
}

const nothing = (entity_id: string): VehicleEntity => ({
  entity_id,
  deleted: false,
  vehicle_id: null,
  vehicle_label: null,
  trip_id: null,
  route_id: null,
  latitude: null,
  longitude: null,
  bearing: null,
  speed_mps: null,
  timestamp_s: null,
});

/**
 * A FeedMessage in protobuf.
 *
 * @throws {ProtobufError} when it is cut, is no message, or has no header.
 */
export const vehicleFeedOfProtobuf = (bytes: Uint8Array): VehicleFeed =>
  vehicleFeedOfJson(readFeedMessage(bytes));

/** uint64 is a text in protobuf's JSON. */
const whole = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .nullish();
const words = z.string().nullish();
const number = z.number().nullish();

const entityJson = z.object({
  id: z.string(),
  is_deleted: z.boolean().nullish(),
  isDeleted: z.boolean().nullish(),
  vehicle: z
    .object({
      trip: z.object({ trip_id: words, tripId: words, route_id: words, routeId: words }).nullish(),
      vehicle: z.object({ id: words, label: words }).nullish(),
      position: z.object({ latitude: number, longitude: number, bearing: number, speed: number }).nullish(),
      timestamp: whole,
    })
    .nullish(),
});

const feedJson = z.object({
  header: z.object({ timestamp: whole }),
  entity: z.array(entityJson).default([]),
});

/**
 * A FeedMessage as JSON.
 *
 * @throws {z.ZodError} when it is no such message.
 */
export function vehicleFeedOfJson(value: unknown): VehicleFeed {
  const { header, entity } = feedJson.parse(value);
  const vehicles = entity.flatMap(({ id, is_deleted, isDeleted, vehicle }): VehicleEntity[] => {
    const deleted = is_deleted ?? isDeleted ?? false;
    if (!vehicle) return deleted ? [{ ...nothing(id), deleted }] : [];
    const { trip, position } = vehicle;
    return [
      {
        entity_id: id,
        deleted,
        vehicle_id: vehicle.vehicle?.id ?? null,
        vehicle_label: vehicle.vehicle?.label ?? null,
        trip_id: trip?.trip_id ?? trip?.tripId ?? null,
        route_id: trip?.route_id ?? trip?.routeId ?? null,
        latitude: position?.latitude ?? null,
        longitude: position?.longitude ?? null,
        bearing: position?.bearing ?? null,
        speed_mps: position?.speed ?? null,
        timestamp_s: vehicle.timestamp ?? null,
      },
    ];
  });
  return { timestamp_s: header.timestamp ?? null, vehicles };
}

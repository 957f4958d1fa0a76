/**
 * GTFS-Realtime vehicle positions, out of their two containers: the protobuf that agencies serve, and the same
 * message as JSON (protobuf's own mapping in camelCase, or snake_case as some write it).
 *
 * Source: gtfs.org, "GTFS Realtime reference", gtfs-realtime.proto 2.0. Fields that are not read here (occupancy,
 * congestion, stop status, trip updates, alerts) are passed over.
 */
import { z } from "zod";
import { fieldsOf, floatOf, messageOf, ProtobufError, textOf, uintOf, type WireField } from "./protobuf.ts";

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
 * A FeedMessage in protobuf. A message cut within an entity is an error as a whole; one cut exactly between two
 * entities is a shorter message by the format's own rules, and only its transport can tell.
 *
 * @throws {ProtobufError} when it is cut, is no message, or has no header (which every feed must have).
 */
export function vehicleFeedOfProtobuf(bytes: Uint8Array): VehicleFeed {
  const feed: VehicleFeed = { timestamp_s: null, vehicles: [] };
  let header = false;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) {
      header = true;
      for (const f of fieldsOf(messageOf(field))) if (f.number === 3) feed.timestamp_s = uintOf(f);
    } else if (field.number === 2) {
      const entity = entityOf(messageOf(field));
      if (entity !== null) feed.vehicles.push(entity);
    }
  }
  if (!header)
    throw new ProtobufError("Cannot read the message: it has no header, so it is no GTFS-Realtime feed");
  return feed;
}

function entityOf(bytes: Uint8Array): VehicleEntity | null {
  const entity = nothing("");
  let vehicle: Uint8Array | null = null;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) entity.entity_id = textOf(field);
    else if (field.number === 2) entity.deleted = uintOf(field) !== 0;
    else if (field.number === 4) vehicle = messageOf(field);
  }
  if (vehicle === null) return entity.deleted ? entity : null;
  for (const field of fieldsOf(vehicle)) vehicleField(entity, field);
  return entity;
}

function vehicleField(entity: VehicleEntity, field: WireField): void {
  if (field.number === 1) {
    for (const f of fieldsOf(messageOf(field))) {
      if (f.number === 1) entity.trip_id = textOf(f);
      else if (f.number === 5) entity.route_id = textOf(f);
    }
  } else if (field.number === 2) {
    for (const f of fieldsOf(messageOf(field))) {
      if (f.number === 1) entity.latitude = floatOf(f);
      else if (f.number === 2) entity.longitude = floatOf(f);
      else if (f.number === 3) entity.bearing = floatOf(f);
      else if (f.number === 5) entity.speed_mps = floatOf(f);
    }
  } else if (field.number === 5) {
    entity.timestamp_s = uintOf(field);
  } else if (field.number === 8) {
    for (const f of fieldsOf(messageOf(field))) {
      if (f.number === 1) entity.vehicle_id = textOf(f);
      else if (f.number === 2) entity.vehicle_label = textOf(f);
    }
  }
}

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

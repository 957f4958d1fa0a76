/**
 * The part of GTFS-Realtime's protobuf schema that tells vehicles: names and numbers of gtfs-realtime.proto 2.0
 * (gtfs.org, "GTFS Realtime protobuf"). What it does not name is passed over when a message is read.
 */
import protobuf from "protobufjs/light.js";

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const must = (id: number, type: string): protobuf.IField => ({ id, type, rule: "required" });

/** By the rules of proto2: a field that was sent with 0 is not one that was not sent. */
const message = (fields: Record<string, protobuf.IField>): protobuf.IType => ({ edition: "proto2", fields });

const root = protobuf.Root.fromJSON({
  nested: {
    FeedMessage: message({
      header: must(1, "FeedHeader"),
      entity: { ...one(2, "FeedEntity"), rule: "repeated" },
    }),
    FeedHeader: message({ timestamp: one(3, "uint64") }),
    FeedEntity: message({
      id: must(1, "string"),
      isDeleted: one(2, "bool"),
      vehicle: one(4, "VehiclePosition"),
    }),
    VehiclePosition: message({
      trip: one(1, "TripDescriptor"),
      position: one(2, "Position"),
      timestamp: one(5, "uint64"),
      vehicle: one(8, "VehicleDescriptor"),
    }),
    TripDescriptor: message({ tripId: one(1, "string"), routeId: one(5, "string") }),
    Position: message({
      latitude: must(1, "float"),
      longitude: must(2, "float"),
      bearing: one(3, "float"),
      speed: one(5, "float"),
    }),
    VehicleDescriptor: message({ id: one(1, "string"), label: one(2, "string") }),
  },
});
const FeedMessage = root.lookupType("FeedMessage");

/** The bytes are no such message: cut short, or something else altogether. */
export class ProtobufError extends Error {
  override name = "ProtobufError";
}

/**
 * A FeedMessage as plain objects, by protobuf's own JSON names. A message cut within an entity is an error as a whole;
 * one cut exactly between two entities is a shorter message by the format's own rules, and only its transport can tell.
 *
 * @throws {ProtobufError} when it is cut, is no message, or has no header (which every feed must have).
 */
export function readFeedMessage(bytes: Uint8Array): unknown {
  try {
    return FeedMessage.toObject(FeedMessage.decode(bytes), { longs: Number });
  } catch (error) {
    const why =
      error instanceof RangeError
        ? "it ends too early"
        : error instanceof Error
          ? error.message
          : String(error);
    throw new ProtobufError(`Cannot read the message: ${why}`, { cause: error });
  }
}

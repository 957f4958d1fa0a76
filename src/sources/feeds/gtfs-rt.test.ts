import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { vehicles } from "../../streams/vehicles.ts";
import { atDoor, contextOf, NOW, readAnswer, recorded, valuesOf } from "./feed-bed.fixture.ts";
import { gtfsRt, vehicleValue, vehiclesOfFeed } from "./gtfs-rt.ts";
import { feedSettings } from "./settings.ts";
import { bytes, float, message, string, uint } from "./protobuf.fixture.ts";

const NOW_S = NOW / 1_000;
const context = contextOf(gtfsRt, { GTFS_RT_URL: "https://agency.example/vehicles.pb" });

const header = (timestamp_s?: number) =>
  bytes(1, message(string(1, "2.0"), timestamp_s === undefined ? [] : uint(3, timestamp_s)));

interface Sent {
  id?: string;
  label?: string;
  at?: [lat: number, lng: number];
  bearing?: number;
  speed?: number;
  timestamp?: number;
  deleted?: boolean;
}

const entity = (entity_id: string, sent: Sent) => {
  const position =
    sent.at === undefined
      ? []
      : bytes(
          2,
          message(
            float(1, sent.at[0]),
            float(2, sent.at[1]),
            sent.bearing === undefined ? [] : float(3, sent.bearing),
            sent.speed === undefined ? [] : float(5, sent.speed),
          ),
        );
  const descriptor = bytes(
    8,
    message(
      sent.id === undefined ? [] : string(1, sent.id),
      sent.label === undefined ? [] : string(2, sent.label),
    ),
  );
  const vehicle = message(
    bytes(1, message(string(1, "trip-1"), string(5, "66"))),
    position,
    sent.timestamp === undefined ? [] : uint(5, sent.timestamp),
    descriptor,
  );
  return bytes(2, message(string(1, entity_id), uint(2, sent.deleted ? 1 : 0), bytes(4, vehicle)));
};

const bus: Sent = { id: "bus-7", label: "7", at: [48.2, 11], bearing: 90, speed: 10, timestamp: NOW_S - 20 };
const values = (...fields: number[][]) => valuesOf(gtfsRt, message(...fields), context);

test("metres per second become km/h, epoch seconds an instant", () => {
  expect(values(header(NOW_S), entity("e1", bus))).toEqual([
    {
      vehicle_id: "bus-7",
      timestamp: new Date(NOW - 20_000).toISOString().replace(".000", ""),
      latitude: Math.fround(48.2),
      longitude: 11,
      speed: 36,
      heading: 90,
      vehicle_label: "7",
      route_id: "66",
      trip_id: "trip-1",
    },
  ]);
});

test("a vehicle is known by its id, else by its label, and only else by its entity", () => {
  const named = (sent: Sent) =>
    values(header(NOW_S), entity("e9", { at: [48, 11], ...sent }))[0]!["vehicle_id"];
  expect(named({ id: "v", label: "l" })).toBe("v");
  expect(named({ id: "", label: "l" })).toBe("l");
  expect(named({})).toBe("e9");
});

test("a position without a time of its own has the feed's; without either it has the poll's", () => {
  const { timestamp: _, ...timeless } = bus;
  const timestamps = (fields: number[]) => values(fields, entity("e1", timeless))[0]!["timestamp"];
  expect(timestamps(header(NOW_S - 60))).toBe("2026-11-20T05:44:00Z");
  expect(timestamps(header())).toBeUndefined();
});

test("what a receiver does not know is left out, and not taken for zero or for north", () => {
  const [value] = values(header(NOW_S), entity("e1", { ...bus, bearing: -1, speed: -1 }));
  expect(value).not.toHaveProperty("speed");
  expect(value).not.toHaveProperty("heading");
  expect(values(header(NOW_S), entity("e1", { ...bus, bearing: 0, speed: 0 }))[0]).toMatchObject({
    speed: 0,
    heading: 0,
  });
});

test("deleted entities, and vehicles without a position, are no events", () => {
  const { at: _, ...nowhere } = bus;
  const feed = message(
    header(NOW_S),
    entity("e1", bus),
    entity("e2", { ...bus, deleted: true }),
    entity("e3", nowhere),
    bytes(2, message(string(1, "e4"), uint(2, 1))),
    bytes(2, message(string(1, "an alert"), bytes(5, message()))),
  );
  expect(vehiclesOfFeed(feed)).toMatchObject({
    made_ms: NOW,
    left_out: 3,
    values: [{ vehicle_id: "bus-7" }],
  });
});

test("0°, 0° is refused at the door, and so is a time in the future", () => {
  const refused = (change: Sent) =>
    atDoor(vehicles, values(header(NOW_S), entity("e", { ...bus, ...change }))[0]!);
  expect(refused({})).toMatchObject({ vehicle_id: "bus-7", speed: 36 });
  expect(refused({ at: [0, 0] })).toContain("/latitude must not be 0");
  expect(refused({ timestamp: NOW_S + 3_600 })).toContain("/timestamp");
  expect(refused({ timestamp: NOW })).toContain("/timestamp");
});

test("a protobuf cut within an entity is one error, and nothing of it is taken", () => {
  const parts = [header(NOW_S), entity("e1", bus), entity("e2", { ...bus, id: "bus-8" })];
  const whole = message(...parts);
  const borders = new Set([0, parts[0]!.length, parts[0]!.length + parts[1]!.length]);
  for (let length = 1; length < whole.length; length++) {
    if (borders.has(length)) continue;
    const reading = readAnswer(gtfsRt, whole.subarray(0, length), context);
    expect(reading).toMatchObject({ ok: false, kind: "decode" });
    if (!reading.ok) expect(reading.words).toContain("Cannot read the message");
  }
});

test.each([
  ["a page of HTML", new TextEncoder().encode("<!doctype html><title>Sign in</title>")],
  ["nothing", new Uint8Array()],
  ["a message without header", message(entity("e1", bus))],
  ["JSON of something else", new TextEncoder().encode(`{"hello":"world"}`)],
  ["half JSON", new TextEncoder().encode(`{"header":{"timestamp":1},"entity":[{"id":`)],
])("%s is an error and no feed without vehicles", (_, body) => {
  expect(readAnswer(gtfsRt, body, context)).toMatchObject({ ok: false, kind: "decode" });
});

test("the same message as JSON, in either spelling, is the same feed", () => {
  const camel = {
    header: { gtfsRealtimeVersion: "2.0", timestamp: String(NOW_S) },
    entity: [
      {
        id: "e1",
        isDeleted: false,
        vehicle: {
          trip: { tripId: "trip-1", routeId: "66" },
          vehicle: { id: "bus-7", label: "7" },
          position: { latitude: Math.fround(48.2), longitude: 11, bearing: 90, speed: 10 },
          timestamp: String(NOW_S - 20),
        },
      },
    ],
  };
  const snake = JSON.parse(
    JSON.stringify(camel)
      .replace("isDeleted", "is_deleted")
      .replace("tripId", "trip_id")
      .replace("routeId", "route_id"),
  );
  const binary = vehiclesOfFeed(message(header(NOW_S), entity("e1", bus)));
  expect(vehiclesOfFeed(camel)).toEqual(binary);
  expect(vehiclesOfFeed(snake)).toEqual(binary);
});

test("a header that is none is told at the start", () => {
  const env = { GTFS_RT_URL: "https://agency.example/vehicles.pb", GTFS_RT_KEY_HEADER: "x key" };
  expect(() => feedSettings(gtfsRt, env)).toThrow("must be the name of a header");
});

test("km/h is 3.6 times m/s for every speed, and every epoch second is its instant", () => {
  const nobody = {
    entity_id: "e",
    deleted: false,
    vehicle_id: "v",
    vehicle_label: null,
    trip_id: null,
    route_id: null,
    latitude: 1,
    longitude: 1,
    bearing: null,
  };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 80, noNaN: true }),
      fc.integer({ min: 946_684_800, max: 4_000_000_000 }),
      (speed_mps, timestamp_s) => {
        const value = vehicleValue({ ...nobody, speed_mps, timestamp_s }, null)!;
        expect(value["speed"] as number).toBeCloseTo((speed_mps * 3_600) / 1_000, 9);
        expect(Date.parse(value["timestamp"] as string)).toBe(timestamp_s * 1_000);
      },
    ),
  );
});

const captured = recorded("gtfs-rt/vehiclepositions.pb");
const enhanced = recorded("gtfs-rt/VehiclePositions_enhanced.json");

describe.skipIf(!captured.there || !enhanced.there)("recorded in Boston", () => {
  test("48 vehicles of 2017-12-18, protobuf: all pass the door", () => {
    const feed = vehiclesOfFeed(captured.read());
    expect(feed.made_ms).toBe(Date.UTC(2017, 11, 18, 18, 46, 4));
    expect(feed.left_out).toBe(0);
    expect(feed.values).toHaveLength(48);
    expect(feed.values[0]).toEqual({
      vehicle_id: "10068",
      timestamp: "2017-12-18T18:46:01Z",
      latitude: Math.fround(42.34006),
      longitude: Math.fround(-71.16512),
      heading: 90,
      vehicle_label: "3855-3691",
      route_id: "Green-B",
      trip_id: "34657674",
    });
    for (const value of feed.values)
      expect(atDoor(vehicles, value)).toMatchObject({ vehicle_id: expect.any(String) });
  });

  test("550 entities of 2018-05-29, JSON: all pass the door, an empty route is none", () => {
    const feed = vehiclesOfFeed(enhanced.read());
    expect(feed.made_ms).toBe(1_527_605_369_000);
    expect(feed.values).toHaveLength(550);
    expect(new Set(feed.values.map((value) => value["vehicle_id"])).size).toBe(550);
    expect(feed.values[1]).toEqual({
      vehicle_id: "1216",
      timestamp: "2018-05-29T14:48:49Z",
      latitude: 42.3329576,
      longitude: -71.0644339,
      heading: 45,
      trip_id: "0",
    });
    for (const value of feed.values)
      expect(atDoor(vehicles, value)).toMatchObject({ vehicle_id: expect.any(String) });
    expect(vehiclesOfFeed(JSON.parse(enhanced.read().toString()))).toEqual(feed);
  });
});

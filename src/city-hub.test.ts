/** The city's streams on the live feed: places, boxes, keys, and events that no other replaces. */
import { afterEach, describe, expect, test } from "bun:test";
import { cityOf } from "../test/serving-scene.ts";
import { cityHub } from "./city-hub.ts";
import { decoderOf } from "./core/decode.ts";
import type { Event } from "./core/event.ts";
import type { Bbox } from "./core/geo.ts";
import type { Stream } from "./core/stream.ts";
import { formatInstant, systemClock } from "./core/time.ts";
import { TestSink } from "./push/testing.ts";
import { streams } from "./streams/index.ts";
import { emergencies } from "./streams/emergencies.ts";
import { traffic } from "./streams/traffic.ts";
import { transactions } from "./streams/transactions.ts";
import { vehicles } from "./streams/vehicles.ts";

const city = { ...cityOf(["a", "b"]), salt: "salt" };
const begun_ms = systemClock.now() - 60_000;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function scene() {
  const hub = cityHub(city, streams, systemClock, "e");
  open.push(hub);
  const offsets = new Map<string, number>();
  return {
    hub,
    join(wanted: readonly Stream[], bbox: Bbox | null = null, keys: Record<string, string[]> = {}) {
      const sink = new TestSink();
      const byStream = new Map(Object.entries(keys).map(([name, list]) => [name, new Set(list)]));
      hub.subscribe({ filter: { streams: wanted, bbox, keys: byStream }, tick_ms: 50 }, sink);
      return sink;
    },
    /** Each a second after the one before. */
    send(stream: Stream, sent: object) {
      const offset = offsets.get(stream.name) ?? 0;
      offsets.set(stream.name, offset + 1);
      const value = {
        [stream.identity]: `e${offset}`,
        [stream.event_time]: formatInstant(begun_ms + offset * 1_000),
        ...sent,
      };
      const raw = {
        value: Buffer.from(JSON.stringify(value)),
        source: "test",
        received_at_ms: begun_ms,
        partition: 0,
        offset,
        backfill: false,
        dead_letter_id: null,
      };
      const [one] = decoderOf(stream).decode([raw], { city, now_ms: systemClock.now() });
      if (one?.ok !== true) throw new Error(`The test's event is none: ${JSON.stringify(one)}`);
      const events: Event[] = [one.event];
      hub.publish(stream, events, 0, offset + 1);
    },
  };
}

type Row = Record<string, unknown>;
const rowsOf = (sink: TestSink, stream: Stream): Row[] =>
  sink.named(stream.name).flatMap(({ data }) => (JSON.parse(data) as { rows: Row[] }).rows);

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    if (tries > 500) throw new Error(`Not reached: ${what.toString()}`);
    await Bun.sleep(5);
  }
}

const box: Bbox = [10, 47, 12, 49];

describe("the city's streams on the live feed", () => {
  test("a vehicle that leaves the box is told once more, with where it went; outside it is not", async () => {
    const { join, send } = scene();
    const sink = join([vehicles], box);
    const at = (longitude: number, vehicle_id = "v") => ({ vehicle_id, latitude: 48, longitude });
    const seen = () => rowsOf(sink, vehicles).map((row) => [row["vehicle_id"], row["longitude"]]);
    send(vehicles, at(20));
    send(vehicles, at(11));
    await until(() => seen().length === 1);
    send(vehicles, at(21));
    await until(() => seen().length === 2);
    send(vehicles, at(22));
    send(vehicles, at(11.5, "w"));
    await until(() => seen().length === 3);
    expect(seen()).toEqual([
      ["v", 11],
      ["v", 21],
      ["w", 11.5],
    ]);
  });

  test("a vehicle with a road's name is where it says, and a road is where its line is", async () => {
    const { join, send } = scene();
    const here = join([vehicles, traffic], [20, 47, 21, 49]);
    const there = join([vehicles, traffic], box);
    send(vehicles, { vehicle_id: "a", latitude: 48, longitude: 20.5 });
    send(traffic, { road_id: "a", current_speed: 40 });
    await until(() => rowsOf(here, vehicles).length === 1 && rowsOf(there, traffic).length === 1);
    expect([rowsOf(here, traffic), rowsOf(there, vehicles)]).toEqual([[], []]);
  });

  test("of keys that are named, those alone; rows are REST's, with persons as pseudonyms", async () => {
    const { join, send } = scene();
    const sink = join([vehicles, emergencies], null, { vehicles: ["v"] });
    send(vehicles, { vehicle_id: "w", latitude: 48, longitude: 11 });
    send(vehicles, { vehicle_id: "v", latitude: 48, longitude: 11, driver_id: "Ann" });
    send(emergencies, { emergency_id: "E", status: "dispatched", latitude: 48, longitude: 11 });
    await until(() => rowsOf(sink, vehicles).length === 1 && rowsOf(sink, emergencies).length === 1);
    const [row] = rowsOf(sink, vehicles);
    expect(Object.keys(row!)).toEqual([
      ...Object.keys(vehicles.all_fields).slice(0, 1),
      "timestamp",
      ...vehicles.field_names,
      "as_of",
      "stale",
    ]);
    expect(row!["driver_id"]).not.toBe("Ann");
  });

  test("sales are events: every one is told, also two of one category within a tick", async () => {
    const { join, send } = scene();
    const sink = join([transactions]);
    const sale = (amount: number) => ({
      user_id: "u",
      product_category: "Home",
      amount,
      payment_method: "paypal",
    });
    for (const amount of [1, 2, -2]) send(transactions, sale(amount));
    await until(() => rowsOf(sink, transactions).length === 3);
    expect(rowsOf(sink, transactions).map((row) => row["amount"])).toEqual([1, 2, -2]);
  });

  test("who comes back too late is sent to an address that answers, for every stream", () => {
    const { hub } = scene();
    const sink = new TestSink();
    const filter = { streams, bbox: null, keys: new Map() };
    for (const stream of streams) hub.begin(stream, 0, 1_000);
    hub.subscribe(
      { filter, tick_ms: 50, resume: Object.fromEntries(streams.map((s) => [s.name, [0]])) },
      sink,
    );
    const urls = sink.named("resync").map(({ data }) => (JSON.parse(data) as { url: string }).url);
    expect(urls).toEqual(
      streams.map(({ name, live }) => (live === null ? `/api/data/${name}` : `/api/streams/${name}/current`)),
    );
  });
});

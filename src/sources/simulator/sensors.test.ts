import { describe, expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { decoderOf } from "../../core/decode.ts";
import { hours, minutes, parseInstant } from "../../core/time.ts";
import { categories, paymentMethods } from "../../streams/transactions.ts";
import { airOf } from "./air.ts";
import { camerasOf } from "./cameras.ts";
import type { Made, Maker } from "./maker.ts";
import { transactionsOf } from "./transactions.ts";
import { worldOf } from "./world.ts";

const city = demo();
const world = worldOf(city, 1, 0);
/** Hours of the city's wall clock, on a Friday in winter, as instants. */
const at = (hour: number, day = 20): number => Date.UTC(2026, 10, day, hour - 1);
const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
const sum = (events: readonly Made[], field: string): number =>
  events.reduce((s, e) => s + Number(e[field]), 0);

describe("cameras", () => {
  const cameras = camerasOf(world);
  const cars = (ms: number): number => sum(cameras.between(ms, ms + minutes(1)), "cars");

  test("forty look at roads of the city, each from where its road is", () => {
    const events = cameras.between(at(12), at(12) + minutes(1));
    expect(new Set(events.map((event) => event["camera_id"])).size).toBe(40);
    const roads = new Map(city.roads.map((road) => [road.road_id, road]));
    for (const event of events) {
      const road = roads.get(String(event["road_id"]))!;
      const lngs = road.geometry.map(([lng]) => lng);
      expect(Number(event["longitude"])).toBeGreaterThanOrEqual(Math.min(...lngs) - 1e-4);
      expect(Number(event["longitude"])).toBeLessThanOrEqual(Math.max(...lngs) + 1e-4);
    }
  });

  test("count many by day and few at night, no more than fit on a road", () => {
    expect(cars(at(8.5))).toBeGreaterThan(6 * cars(at(3)));
    expect(cars(at(12))).toBeGreaterThan(4 * cars(at(3)));
    for (const h of [3, 8, 12, 17.5])
      for (const event of cameras.between(at(h), at(h) + minutes(1)))
        for (const name of ["cars", "trucks", "buses", "motorcycles", "bicycles", "pedestrians"])
          expect(
            Number.isInteger(event[name]) && Number(event[name]) >= 0 && Number(event[name]) <= 130,
          ).toBe(true);
  });

  test("fewer pass where a jam stands than where the same many want to drive and nothing is in the way", () => {
    const shares: number[] = [];
    const index = new Map(city.roads.map((road, i) => [road.road_id, i]));
    const usual = new Map<unknown, number[]>();
    const jammed: { id: unknown; cars: number }[] = [];
    for (let ms = at(8, 18); ms < at(19, 19); ms += minutes(20)) {
      const hour = (ms / hours(1) + 1) % 24;
      if (hour < 8 || hour > 19) continue;
      for (const event of cameras.between(ms, ms + minutes(1))) {
        const queue = world.traffic
          .at(Date.parse(String(event["timestamp"])))
          .queue(index.get(String(event["road_id"]))!);
        const id = event["camera_id"];
        if (queue === 1) usual.set(id, [...(usual.get(id) ?? []), Number(event["cars"])]);
        else if (queue < 0.4) jammed.push({ id, cars: Number(event["cars"]) });
      }
    }
    for (const { id, cars: n } of jammed) shares.push(n / mean(usual.get(id)!));
    expect(shares.length).toBeGreaterThan(5);
    expect(mean(shares)).toBeLessThan(0.8);
  });
});

describe("air", () => {
  const air = airOf(world);
  const decoder = decoderOf(air.stream);
  const raw = {
    value: null,
    source: "",
    received_at_ms: 0,
    partition: 0,
    offset: 0,
    backfill: false,
    dead_letter_id: null,
  };
  const readingsAt = (ms: number, maker: Maker = air) =>
    maker.between(ms, ms + minutes(5)).map((event) => {
      const decoded = decoder.check(event, raw, { city, now_ms: ms + hours(1) });
      if (!decoded.ok) throw new Error(decoded.reject.rule);
      return decoded.event.row;
    });
  const week = [16, 17, 18, 19, 20, 23, 24];

  test("twenty locations read about every 5 min; the index is between 15 and 165", () => {
    for (const month of [1, 4, 7, 10])
      for (const hour of [3, 8, 14, 18]) {
        const rows = readingsAt(Date.UTC(2026, month, 12, hour));
        expect(new Set(rows.map((row) => row["location"])).size).toBe(20);
        for (const row of rows) {
          expect(Number(row["aqi_value"])).toBeGreaterThanOrEqual(15);
          expect(Number(row["aqi_value"])).toBeLessThanOrEqual(165);
          expect(Number(row["traffic_level"])).toBeGreaterThanOrEqual(0);
        }
      }
  });

  test("is worse when people drive, and worst where they stand", () => {
    const aqi = (hour: number): number =>
      mean(week.flatMap((day) => readingsAt(at(hour, day)).map((row) => Number(row["aqi_value"]))));
    expect(aqi(8)).toBeGreaterThan(aqi(3) + 10);
    expect(aqi(17.5)).toBeGreaterThan(aqi(3) + 10);
    const pairs = week.flatMap((day) =>
      [2, 5, 7, 8, 9, 12, 15, 17, 18, 21].flatMap((hour) =>
        readingsAt(at(hour, day)).map(
          (row) => [Number(row["traffic_level"]), Number(row["nitrogen_dioxide"])] as const,
        ),
      ),
    );
    expect(correlation(pairs)).toBeGreaterThan(0.4);
  });
});

describe("shops", () => {
  const shops = transactionsOf(city, 1);
  const sales = shops.between(at(0), at(24));
  const hourOf = (event: Made): number =>
    Math.floor((parseInstant(String(event["timestamp"]), "utc")! - at(0)) / hours(1));

  const by_hour = Map.groupBy(sales, hourOf);

  test("sell of each category in its opening hours, half a sale to one and a bit a second by day, few at night", () => {
    for (let hour = 10; hour < 19; hour++) {
      const sold = by_hour.get(hour)!;
      for (const category of categories)
        expect(
          sum(
            sold.filter((s) => s["product_category"] === category),
            "amount",
          ),
        ).toBeGreaterThan(0);
      expect(sold.length / 3_600).toBeGreaterThan(0.3);
      expect(sold.length / 3_600).toBeLessThan(1.3);
    }
    expect(by_hour.get(3)!.length).toBeLessThan(100);
  });

  test("are closed on Sundays, but for what is bought from home", () => {
    expect(shops.between(at(11, 22), at(12, 22)).length).toBeLessThan(
      shops.between(at(11), at(12)).length / 4,
    );
  });

  test("write the paper's JSON: bounds, enums, a UUID, a timestamp with a space and no zone", () => {
    for (const sale of sales) {
      const amount = Math.abs(Number(sale["amount"]));
      expect(amount >= 10 && amount <= 999.99).toBe(true);
      expect(paymentMethods).toContain(String(sale["payment_method"]) as (typeof paymentMethods)[number]);
      expect(String(sale["transaction_id"])).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(String(sale["timestamp"])).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    }
    expect(new Set(sales.map((s) => s["transaction_id"])).size).toBe(sales.length);
  });

  test("give back one sale in a hundred, each after it was sold", () => {
    const back = sales.filter((s) => Number(s["amount"]) < 0);
    expect(back.length / sales.length).toBeGreaterThan(0.006);
    expect(back.length / sales.length).toBeLessThan(0.015);
    const before = new Map(
      sales.map((s) => [`${s["user_id"]} ${s["product_name"]} ${s["amount"]}`, String(s["timestamp"])]),
    );
    for (const one of back.filter((s) => hourOf(s) > 0)) {
      const sold = before.get(`${one["user_id"]} ${one["product_name"]} ${-Number(one["amount"])}`);
      expect(sold! < String(one["timestamp"])).toBe(true);
    }
  });
});

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const [ma, mb] = [mean(pairs.map(([a]) => a)), mean(pairs.map(([, b]) => b))];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [a, b] of pairs) {
    ab += (a - ma) * (b - mb);
    aa += (a - ma) ** 2;
    bb += (b - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

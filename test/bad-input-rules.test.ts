/** Bad input that only a single stream's own rules know. */
import { describe, expect, test } from "bun:test";
import type { Decoded } from "../src/core/decode.ts";
import type { Stream } from "../src/core/stream.ts";
import { check, eventOf, expectRefused, goodNow, NOW_MS, said } from "./bad-input-kit.ts";
import { every, type Value } from "./bad-input-samples.ts";

describe("rules of single streams", () => {
  const stream = (name: string): Stream => every.find((one) => one.name === name)!;
  const of = (name: string, more: Value): Decoded =>
    check(stream(name), { ...goodNow(stream(name)), ...more });
  const row = (name: string, more: Value) => eventOf(of(name, more)).row;

  test("case 26: a receiver without a fix says 0, 0: no place", () => {
    for (const name of ["readings", "vehicles", "emergencies", "weather", "cameras", "notifications"])
      expectRefused(of(name, { latitude: 0, longitude: 0 }), "geo /latitude");
    for (const name of ["readings", "weather", "cameras", "notifications"]) {
      expectRefused(of(name, { latitude: 48, longitude: null }), "geo /longitude");
      expectRefused(of(name, { latitude: null, longitude: 11 }), "geo /latitude");
      eventOf(of(name, { latitude: null, longitude: null }));
    }
  });

  test("coordinates of a road that are none", () => {
    const none = { latitude: null, longitude: null };
    for (const coordinates of [
      "11,48",
      [11],
      [
        [11, 48],
        [11, 91],
      ],
      { lat: "48", lng: 11 },
      [null],
      [[[11, 48]]],
      5,
    ])
      expectRefused(of("traffic", { ...none, coordinates }), "geo /coordinates");
    expectRefused(of("traffic", { free_flow_speed: 0 }), "range /free_flow_speed");
    expectRefused(of("traffic", { current_speed: -1 }), "range /current_speed");
  });

  test("pollutants: NA and negative ones are refused, absent ones are no zero", () => {
    for (const name of ["pm2_5", "pm10", "ozone", "nitrogen_dioxide", "sulphur_dioxide", "carbon_monoxide"]) {
      expectRefused(of("readings", { [name]: "NA" }), `schema /${name}`);
      expectRefused(of("readings", { [name]: -0.1 }), `range /${name}`);
      expectRefused(of("readings", { [name]: -9999 }), `range /${name}`);
    }
    const nothing = row("readings", { aqi_value: null, current_speed: null });
    expect([
      nothing["aqi_value"],
      nothing["aqi_category"],
      nothing["dominant_pollutant"],
      nothing["traffic_level"],
    ]).toEqual([null, null, null, null]);
    expect(row("readings", { aqi_value: null, pm2_5: 0 })["aqi_category"]).toBe("Good");
    expectRefused(of("readings", { aqi_value: -1 }), "range /aqi_value");
    expectRefused(of("readings", { aqi_value: 1_000 }), "range /aqi_value");
    expectRefused(of("readings", { aqi_value: "-" }), "schema /aqi_value");
  });

  test("vehicles: impossible speeds and headings, and a kind that nobody knows", () => {
    expectRefused(of("vehicles", { speed: -1 }), "range /speed");
    expectRefused(of("vehicles", { speed: 300.5 }), "range /speed");
    expectRefused(of("vehicles", { heading: 361 }), "range /heading");
    expectRefused(of("vehicles", { vehicle_type: "submarine" }), "schema /vehicle_type");
    expectRefused(of("vehicles", { vehicle_type: "Bus" }), "schema /vehicle_type");
  });

  test("an emergency that was closed before it was opened, or opened at no time", () => {
    const time = NOW_MS - 1_000;
    const opened = (ms: number): Decoded =>
      of("emergencies", { status: "closed", opened_at: new Date(ms).toISOString() });
    expect(said(opened(time))).toBe("accepted");
    expectRefused(opened(time + 1), "range /opened_at");
    for (const opened_at of ["yesterday", "2026-11-21T09:00:00", "2026-13-01T00:00:00Z"])
      expectRefused(of("emergencies", { opened_at }), "schema /opened_at");
    // Kept as every time that leaves: in UTC.
    expect(row("emergencies", { opened_at: "2026-11-21T10:00:00+02:00" })["opened_at"]).toBe(
      "2026-11-21T08:00:00Z",
    );
    expectRefused(of("emergencies", { status: "lost" }), "schema /status");
  });

  test("counts of a camera are not negative, and a period is no moment", () => {
    expectRefused(of("cameras", { cars: -1 }), "range /cars");
    expectRefused(of("cameras", { period_s: 0 }), "range /period_s");
    expect(row("cameras", { cars: null, trucks: null })["vehicles_n"]).toBe(0);
  });

  test("money: nothing is no sale, what is given back is negative, to a million either way", () => {
    for (const amount of [0, -0, 0.004, -0.004])
      expectRefused(of("transactions", { amount }), "range /amount");
    for (const amount of [0.01, -0.01, 1e6, -1e6, 19.99])
      expect(row("transactions", { amount })["amount"]).toBe(amount);
    expect(row("transactions", { amount: -5 })["is_cancellation"]).toBe(true);
    for (const amount of [1e6 + 0.01, -1e6 - 0.01])
      expectRefused(of("transactions", { amount }), "range /amount");
    expectRefused(of("transactions", { amount: "19.99" }), "schema /amount");
    expectRefused(of("transactions", { product_category: "Toys" }), "schema /product_category");
    expectRefused(of("transactions", { product_category: "home" }), "schema /product_category");
    expectRefused(of("transactions", { payment_method: "cash" }), "schema /payment_method");
  });

  test("routes that a notification touches are ids, and not too many", () => {
    for (const affected_routes of [
      [1],
      {},
      5,
      [["a"]],
      ["a\u0000"],
      ["\ud800"],
      Array.from({ length: 1_001 }, () => "ab"),
    ])
      expectRefused(of("notifications", { affected_routes }), "schema /affected_routes");
    for (const affected_routes of [null, "", []])
      expect(row("notifications", { affected_routes })["affected_routes"]).toBe(null);
  });
});

import { expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { roadSpeeds } from "./road-speeds.ts";
import { createTraffic } from "./traffic.ts";

test("who asks first is told what is told ever after: a tour is the same whoever drove before", () => {
  const city = demo();
  const speeds = roadSpeeds(createTraffic(city, 1), city.roads.length);
  const ms = Date.UTC(2026, 10, 20, 16);
  for (let road = 0; road < 100; road++) {
    const first = speeds.at(road, ms);
    expect(speeds.at(road, ms)).toBe(first);
  }
});

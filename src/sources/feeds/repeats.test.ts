import { expect, test } from "bun:test";
import { limits } from "../../core/limits.ts";
import { minutes } from "../../core/time.ts";
import { traffic } from "../../streams/traffic.ts";
import { Repeats } from "./repeats.ts";

const quiet = { road_id: "r1", current_speed: 48 };

test("the same again is no new event, until its live state is nearly over", () => {
  const repeats = new Repeats();
  expect(repeats.has(traffic, quiet, 0)).toBe(false);
  repeats.sent(traffic, quiet, 0);
  expect(repeats.has(traffic, { ...quiet }, minutes(4) - 1)).toBe(true);
  expect(repeats.has(traffic, { ...quiet }, minutes(4))).toBe(false);
  expect(repeats.has(traffic, { ...quiet, current_speed: 47 }, 1)).toBe(false);
  expect(repeats.has(traffic, { ...quiet, road_id: "r2" }, 1)).toBe(false);
  // A clock that was put back confirms at once.
  expect(repeats.has(traffic, { ...quiet }, -1)).toBe(false);
});

test("what was not sent since is not remembered, whatever came between", () => {
  const repeats = new Repeats();
  repeats.sent(traffic, quiet, 0);
  repeats.sent(traffic, { ...quiet, current_speed: 30 }, 1);
  expect(repeats.has(traffic, quiet, 2)).toBe(false);
});

test("a value with a time of its own is left to its identity", () => {
  const repeats = new Repeats();
  const timed = { ...quiet, timestamp: "2026-11-20T05:00:00Z" };
  repeats.sent(traffic, timed, 0);
  expect(repeats.has(traffic, timed, 1)).toBe(false);
});

test("no more keys are remembered than there may be, the longest unseen go first", () => {
  const repeats = new Repeats();
  const most = limits.feed_measure_keys_max;
  for (let i = 0; i <= most; i++) repeats.sent(traffic, { road_id: `r${i}`, current_speed: 1 }, 0);
  expect(repeats.has(traffic, { road_id: "r0", current_speed: 1 }, 1)).toBe(false);
  expect(repeats.has(traffic, { road_id: "r1", current_speed: 1 }, 1)).toBe(true);
  expect(repeats.has(traffic, { road_id: `r${most}`, current_speed: 1 }, 1)).toBe(true);
});

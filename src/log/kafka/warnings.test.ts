import { expect, test } from "bun:test";
import { boundedWarnings } from "./warnings.ts";

function heard() {
  const clock = { now_ms: 0, monotonic: () => clock.now_ms };
  const told: string[] = [];
  return { clock, told, warn: boundedWarnings(clock, (sentence) => told.push(sentence)) };
}

test("the same but for its numbers is told once in 30 s", () => {
  const { clock, told, warn } = heard();
  for (; clock.now_ms < 61_000; clock.now_ms += 1_000) warn(`Connection 127.0.0.1:${clock.now_ms} is gone`);
  expect(told).toHaveLength(3);
});

test("trouble that passes by itself is not told, trouble that lasts is", () => {
  const { clock, told, warn } = heard();
  for (; clock.now_ms < 9_000; clock.now_ms += 500)
    warn("This server does not host this topic-partition", true);
  expect(told).toEqual([]);
  clock.now_ms += 60_000;
  warn("This server does not host this topic-partition", true);
  expect(told).toEqual([]);
  for (const end_ms = clock.now_ms + 11_000; clock.now_ms < end_ms; clock.now_ms += 500)
    warn("This server does not host this topic-partition", true);
  expect(told).toHaveLength(1);
});

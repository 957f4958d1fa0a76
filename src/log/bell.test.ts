import { expect, test } from "bun:test";
import { Bell } from "./bell.ts";

test("an end that is corrected upwards is news for every reader of the partition; downwards it wakes nobody", () => {
  const bell = new Bell();
  const woken: number[] = [];
  bell.raise(1, 168);
  bell.onPartition(1, () => woken.push(bell.end(1)));
  bell.correct(1, 170);
  bell.raise(1, 170);
  bell.correct(1, 160);
  expect(woken).toEqual([170]);
  expect(bell.end(1)).toBe(160);
});

import { expect, test } from "bun:test";
import { minutes, seconds } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { streamWatermark, type PartitionTime } from "./watermark.ts";

const busy: PartitionTime = { watermark_ms: 1_000_000, at_end_ms: 1_200_000, silent_ms: seconds(5) };
const four = (...some: Partial<PartitionTime>[]): PartitionTime[] =>
  [0, 1, 2, 3].map((i) => ({ ...busy, ...some[i] }));

test("the stream's watermark is the least over its partitions, and unknown while one is", () => {
  expect(streamWatermark(traffic, four({ watermark_ms: 900_000 }))).toBe(900_000);
  expect(streamWatermark(traffic, four().slice(1))).toBeNull();
  expect(streamWatermark(traffic, four({ watermark_ms: null }))).toBeNull();
});

test("a silent partition takes the wall clock of the moment its consumer stood at the log's end", () => {
  const silent = { watermark_ms: 500_000, silent_ms: minutes(60) };
  expect(streamWatermark(traffic, four(silent))).toBe(1_000_000);
  expect(streamWatermark(traffic, four({ ...silent, silent_ms: null, watermark_ms: null }))).toBe(1_000_000);
  // Never back: an event may be newer than that moment.
  expect(
    streamWatermark(
      traffic,
      [0, 1, 2, 3].map(() => ({ ...silent, watermark_ms: 1_300_000, at_end_ms: 1_200_000 })),
    ),
  ).toBe(1_300_000);
});

test("one that lags never advances by the clock, nor one that has just spoken", () => {
  expect(
    streamWatermark(traffic, four({ watermark_ms: 500_000, silent_ms: minutes(60), at_end_ms: null })),
  ).toBe(500_000);
  expect(streamWatermark(traffic, four({ watermark_ms: 500_000, silent_ms: seconds(30) }))).toBe(500_000);
});

/** Where the group stands: far enough back to know again what was known, and no further. */
import { expect, test } from "bun:test";
import { minutes } from "../../core/time.ts";
import type { LogBatch } from "../../log/log.ts";
import { Behind } from "./behind.ts";

const batch = (partition: number, offset: number, minute: number): LogBatch => ({
  topic: "t",
  partition,
  records: [{ key: null, value: null, headers: {}, offset, timestamp_ms: minutes(minute) }],
  first_offset: offset,
  next_offset: offset + 1,
  end_offset: offset + 1,
});

test("nothing is committed before forty minutes were read, then the newest place that is as old, each place once", () => {
  const behind = new Behind(minutes(40));
  for (let minute = 0; minute < 40; minute++) behind.read(batch(0, 10 * minute, minute));
  expect(behind.due()).toEqual([]);
  for (let minute = 40; minute <= 100; minute++) behind.read(batch(0, 10 * minute, minute));
  expect(behind.due()).toEqual([{ topic: "t", partition: 0, next_offset: 600 }]);
  behind.committed("t", 0, 600);
  expect(behind.due()).toEqual([]);
  behind.read(batch(0, 1_010, 101));
  expect(behind.due()).toEqual([{ topic: "t", partition: 0, next_offset: 610 }]);
});

test("a partition that is silent moves on with the others; one that was taken away is not spoken of", () => {
  const behind = new Behind(minutes(40));
  behind.read(batch(1, 7, 0));
  behind.read(batch(0, 0, 60));
  expect(behind.due()).toEqual([{ topic: "t", partition: 1, next_offset: 7 }]);
  behind.forget("t", 1);
  expect(behind.due()).toEqual([]);
});

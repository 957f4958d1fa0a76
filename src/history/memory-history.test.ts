import { expect, test } from "bun:test";
import { HistoryUnavailableError } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { traffic } from "../streams/traffic.ts";
import { testHistory } from "./conformance.ts";
import { memoryBed } from "./memory-bed.fixture.ts";
import { openMemoryHistory } from "./memory-history.ts";

testHistory("in memory", memoryBed);

test("a history that is closed says so, and the store goes on for others", async () => {
  const bed = await memoryBed();
  const [one, another] = [await bed.open(), await bed.open()];
  await one.close();
  expect(one.ledger(traffic)).rejects.toThrow(HistoryUnavailableError);
  expect(await another.ledger(traffic)).toEqual([]);
});

test("two histories without a common store know nothing of each other", async () => {
  const [one, another] = [
    openMemoryHistory({ clock: systemClock }),
    openMemoryHistory({ clock: systemClock }),
  ];
  await one.append(traffic, [
    { partition: 0, expected_offset: 0, next_offset: 3, events: [], dead: [], last_record_hash: null },
  ]);
  expect((await one.applied([traffic]))["traffic"]).toEqual([3, 0, 0, 0]);
  expect((await another.applied([traffic]))["traffic"]).toEqual([0, 0, 0, 0]);
});

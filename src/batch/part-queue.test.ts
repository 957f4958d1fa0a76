import { expect, test } from "bun:test";
import type { Event } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import { eventOf } from "../history/conformance-kit.ts";
import { other } from "../history/postgres-bed.fixture.ts";
import { traffic } from "../streams/traffic.ts";
import { PartQueue, type Waiting } from "./part-queue.ts";

const one = eventOf(traffic, { key: "a", at_ms: 0, event_id: "x", speed: 1 }, 0, 0);
const waiting = (partition: number, from: number, n: number, stream = traffic): Waiting => ({
  stream,
  since_ms: 0,
  part: {
    partition,
    expected_offset: from,
    next_offset: from + n,
    events: Array.from({ length: n }, (): Event => one),
    dead: [],
    last_record_hash: `${from + n - 1}`,
  },
});
const taken = (queue: PartQueue): unknown => {
  const batch = queue.take();
  return batch?.parts.map((p) => [
    batch.stream.name,
    p.partition,
    p.expected_offset,
    p.next_offset,
    p.events.length,
    p.last_record_hash,
  ]);
};

test("a batch joins what follows in a partition, up to the limit and not one more", () => {
  const max = limits.history_batch_events_max;
  const queue = new PartQueue();
  for (const w of [
    waiting(0, 0, max - 10),
    waiting(1, 0, 5),
    waiting(0, max - 10, 5),
    waiting(0, max - 5, 1),
    waiting(1, 5, 1),
  ])
    queue.push(w);
  expect(queue.size).toBe(max + 2);
  expect(taken(queue)).toEqual([
    ["traffic", 0, 0, max - 5, max - 5, `${max - 6}`],
    ["traffic", 1, 0, 5, 5, "4"],
  ]);
  expect(taken(queue)).toEqual([
    ["traffic", 0, max - 5, max - 4, 1, `${max - 5}`],
    ["traffic", 1, 5, 6, 1, "5"],
  ]);
  expect(queue.take()).toBeNull();
  expect(queue.size).toBe(0);
});

test("a batch is of one stream, and nothing of a dropped partition is left", () => {
  const queue = new PartQueue();
  for (const w of [waiting(0, 0, 2), waiting(0, 0, 3, other), waiting(2, 0, 4), waiting(0, 2, 1)])
    queue.push(w);
  queue.drop(traffic, 2);
  expect(taken(queue)).toEqual([["traffic", 0, 0, 3, 3, "2"]]);
  expect(taken(queue)).toEqual([["other", 0, 0, 3, 3, "2"]]);
});

test("whoever waits for news or room is woken, also by the end", async () => {
  const queue = new PartQueue();
  const { changed } = queue;
  queue.push(waiting(0, 0, 1));
  await changed;
  const { drained } = queue;
  queue.take();
  await drained;
  const last = queue.changed;
  queue.close();
  await last;
  queue.push(waiting(0, 1, 1));
  expect(queue.size).toBe(0);
});

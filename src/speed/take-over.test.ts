import { afterEach, describe, expect, test } from "bun:test";
import { endAll, run, send, setUp, speedOf, START_MS, until } from "../../test/speed-bed.ts";
import type { LiveRow, LiveStore } from "../live/live-store.ts";
import { LiveLostError } from "../live/trouble.ts";
import { traffic } from "../streams/traffic.ts";
import { speedConsumer } from "./speed-consumer.ts";
import type { KnownRows } from "./known-rows.ts";

afterEach(endAll);

const row = (key: string, offset: number, speed: number): LiveRow => ({
  key,
  event_time_ms: START_MS,
  partition: 0,
  offset,
  source: "test",
  row: { road_id: key, current_speed: speed },
});

/** A first consumer has read roads a and b, and has gone. */
async function leftBehind() {
  const bed = await setUp({}, 1);
  const end = run(bed.speed);
  await send(bed.log, [
    { road_id: "a", speed: 1 },
    { road_id: "b", speed: 2 },
  ]);
  await until("applied", async () => (await bed.live.applied(traffic))[0] === 2);
  await end();
  return bed;
}

const speeds = async (live: LiveStore): Promise<Record<string, unknown>> =>
  Object.fromEntries((await live.all(traffic)).rows.map((one) => [one.key, one.row["current_speed"]]));

describe("a partition that another process had", () => {
  test("its rows come along from the live store, so that one emptied later is whole again", async () => {
    const { live, log, options } = await leftBehind();
    const second = speedConsumer(options);
    run(second);
    await send(log, [{ road_id: "c", speed: 3 }]);
    await until("read on", async () => (await live.applied(traffic))[0] === 3);
    expect(second.progress()[0]).toMatchObject({ events: 1, keys: 3 });
    live.empty();
    await until("filled again", async () => (await live.applied(traffic))[0] === 3);
    expect(await speeds(live)).toEqual({ a: 1, b: 2, c: 3 });
  });

  test("when the live store is empty: from history, and reading goes on where that ends", async () => {
    const { live, log, options } = await leftBehind();
    live.empty();
    const asked: string[] = [];
    const known = async ({ name }: { name: string }): Promise<KnownRows> => {
      asked.push(name);
      return { rows: [row("a", 0, 77)], applied: [1] };
    };
    const second = speedConsumer({ ...options, known });
    run(second);
    await until("filled", async () => (await live.applied(traffic))[0] === 2);
    expect(await speeds(live)).toEqual({ a: 77, b: 2 });
    expect([asked, second.progress()[0]!.events]).toEqual([["traffic"], 1]);
    await send(log, [{ road_id: "c", speed: 3 }]);
    await until("read on", async () => (await live.applied(traffic))[0] === 3);
  });

  test("case 15: a log made anew is read from its beginning, and the live view's old place is forgotten", async () => {
    const { live, options } = await leftBehind();
    await live.put(traffic, [], [{ partition: 0, next_offset: 5_609 }]);
    const told: string[] = [];
    const second = speedConsumer({ ...options, onAnew: ({ name }) => told.push(name) });
    second.prime(traffic, [row("z", 0, 5_000)], [5_609]);
    run(second);
    await until("read anew", async () => (await live.applied(traffic))[0] === 2);
    expect(told).toEqual(["traffic"]);
    expect(Object.keys(await speeds(live)).sort()).toEqual(["a", "b", "z"]);
  });

  test("when both are away: from the log", async () => {
    const { live, options } = await leftBehind();
    live.empty();
    live.away = true;
    const second = speedConsumer({ ...options, known: async () => null });
    run(second);
    await until("read", () => second.progress()[0]!.events === 2);
    live.away = false;
    await until("filled", async () => (await live.applied(traffic))[0] === 2);
    expect(await speedOf(live, "b")).toBe(2);
  });

  test("what was primed at the start is not asked for again", async () => {
    const { options, live } = await leftBehind();
    live.empty();
    let asked = 0;
    const known = async (): Promise<null> => (asked++, null);
    const second = speedConsumer({ ...options, known });
    second.prime(traffic, [row("a", 0, 1), row("b", 1, 2)], [2]);
    run(second);
    await until("filled", async () => (await live.applied(traffic))[0] === 2);
    expect([asked, second.progress()[0]!.events]).toEqual([0, 0]);
  });
});

test("case 35: a store that says it was emptied is written whole at once, not after the pause for one that is away", async () => {
  const { live, log, options } = await setUp({}, 1);
  let lose = false;
  const losing: LiveStore = {
    ...live,
    put: async (...args) => {
      if (!lose) return live.put(...args);
      lose = false;
      live.empty();
      throw new LiveLostError("emptied");
    },
  };
  const speed = speedConsumer({ ...options, live: losing, retry_ms: 60_000, sweep_ms: 60_000 });
  run(speed);
  await send(log, [{ road_id: "a", speed: 1 }]);
  await until("applied", async () => (await live.applied(traffic))[0] === 1);
  lose = true;
  await send(log, [{ road_id: "b", speed: 2 }]);
  await until("whole", async () => (await live.applied(traffic))[0] === 2);
  expect(await speeds(live)).toEqual({ a: 1, b: 2 });
  expect(speed.progress()[0]).toMatchObject({ live_available: true, refills: 1 });
});

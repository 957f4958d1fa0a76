import { expect, test } from "bun:test";
import { cameras } from "../streams/cameras.ts";
import { vehicles } from "../streams/vehicles.ts";
import { KnownKeys } from "./known-keys.ts";
import { Network } from "./network.ts";
import { city } from "../../test/api-fixture.ts";

const clock = { now: () => 0, monotonic: () => 0 };

test("the set is the same while it holds the same keys: one that retention took makes room for no other", async () => {
  let keys = ["a", "b"];
  const known = new KnownKeys(new Network(city), { keys: async () => keys }, clock);
  const before = await known.fresh(cameras);
  keys = ["b", "a"];
  expect(await known.fresh(cameras)).toBe(before);
  keys = ["b", "c"];
  expect([...(await known.fresh(cameras))]).toEqual(["b", "c"]);
  expect(known.now(vehicles).size).toBe(0);
});

/** Laws of live stores about time: TTL and expiry. */
import { expect } from "bun:test";
import { limits } from "../core/limits.ts";
import { things, TTL_MS, withStore, type LiveLaw } from "./ground-conformance.ts";

export const expiryLaws: readonly LiveLaw[] = [
  {
    name: "the TTL counts from event time, not from the put",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        await store.put(things, [make({ at_ms: -TTL_MS + 2_000 })], []);
        clock.ms += 1_999;
        expect(await store.get(things, "a")).not.toBeNull();
        expect((await store.all(things)).rows).toHaveLength(1);
        clock.ms += 1;
        expect(await store.get(things, "a")).toBeNull();
        expect((await store.all(things)).rows).toEqual([]);
      }),
  },
  {
    name: "a row whose TTL is over on arrival is stale",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        expect(await store.put(things, [make({ at_ms: -TTL_MS })], [])).toEqual({ written: 0, stale: 1 });
        expect(await store.get(things, "a")).toBeNull();
        expect(await store.expire(things)).toEqual([]);
      }),
  },
  {
    name: "a newer event prolongs its key, an older one does not shorten it",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        await store.put(things, [make({ at_ms: -30_000 })], []);
        await store.put(things, [make({ at_ms: 0, offset: 1 })], []);
        await store.put(things, [make({ at_ms: -20_000, offset: 2 })], []);
        clock.ms += TTL_MS - 1;
        expect((await store.get(things, "a"))?.offset).toBe(1);
      }),
  },
  {
    name: "expire names each ended key once, also when several ask at once",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        await store.put(things, [make({ key: "a", at_ms: -30_000 }), make({ key: "b:c" })], []);
        expect(await store.expire(things)).toEqual([]);
        clock.ms += 30_000;
        expect((await Promise.all([store.expire(things), store.expire(things)])).flat()).toEqual(["a"]);
        clock.ms += 30_000;
        expect(await store.expire(things)).toEqual(["b:c"]);
        expect(await store.expire(things)).toEqual([]);
      }),
  },
  {
    name: "a key that came back before it was named is not gone, and ends again later",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        await store.put(things, [make({ at_ms: -30_000 })], []);
        clock.ms += 40_000;
        await store.put(things, [make({ at_ms: 40_000, offset: 1 })], []);
        expect(await store.expire(things)).toEqual([]);
        clock.ms += TTL_MS;
        expect(await store.expire(things)).toEqual(["a"]);
      }),
  },
  {
    name: "expire names at most its limit, and the rest on the next call",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        const more = limits.expire_keys_max + 5;
        const rows = Array.from({ length: more }, (_, n) => make({ key: `k${n}`, offset: n }));
        for (let n = 0; n < more; n += limits.live_put_rows_max) {
          await store.put(things, rows.slice(n, n + limits.live_put_rows_max), []);
        }
        clock.ms += TTL_MS;
        const first = await store.expire(things);
        expect(first).toHaveLength(limits.expire_keys_max);
        const second = await store.expire(things);
        expect(new Set([...first, ...second]).size).toBe(more);
      }),
  },
];

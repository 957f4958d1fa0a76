/** Laws of live stores about time: TTL and expiry. */
import { expect } from "bun:test";
import { assert, asyncProperty, boolean, constantFrom, integer, record, uniqueArray } from "fast-check";
import { limits } from "../core/limits.ts";
import { byKey, calls, ENDED_TTL_MS, things, TTL_MS, withStore, type LiveLaw } from "./ground-conformance.ts";
import { endsOf } from "./live-store.ts";
import { isNewer } from "./newest.ts";

/** States of two keys around the moment at which an end that came then is over. */
const states = uniqueArray(
  record({
    key: constantFrom("a", "b"),
    at_ms: integer({ min: -3, max: 3 }).map((n) => n * 1_000),
    offset: integer({ min: 0, max: 30 }),
    closed: boolean(),
  }),
  { selector: ({ offset }) => offset, minLength: 1, maxLength: 12 },
);

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
    name: "a state that has ended is shown for its own time, and goes; an older one that comes late, before or after, does not bring it back",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        const on_scene = make({ at_ms: -5_000, offset: 0 });
        const closed = make({ at_ms: 0, offset: 1, text: "closed" });
        await store.put(calls, [on_scene], []);
        expect(await store.put(calls, [closed], [])).toEqual({ written: 1, stale: 0 });
        clock.ms += ENDED_TTL_MS - 1;
        expect(await store.put(calls, [make({ at_ms: -1, offset: 2 })], [])).toEqual({
          written: 0,
          stale: 1,
        });
        expect(await store.get(calls, "a")).toEqual(closed);
        clock.ms += 1;
        expect([await store.get(calls, "a"), (await store.all(calls)).rows]).toEqual([null, []]);
        const late = make({ at_ms: -1, offset: 3 });
        expect(await store.put(calls, [late], [])).toEqual({ written: 0, stale: 1 });
        expect(await store.expire(calls)).toEqual(["a"]);
        expect(await store.put(calls, [late], [])).toEqual({ written: 0, stale: 1 });
        clock.ms += TTL_MS - ENDED_TTL_MS - 2;
        expect(await store.put(calls, [late], [])).toEqual({ written: 0, stale: 1 });
        expect([(await store.all(calls)).rows, await store.expire(calls)]).toEqual([[], []]);
      }),
  },
  {
    name: "whatever the order of arrival, and whenever ends are looked for, a key shows its newest state until that has ended",
    holds: (open) =>
      assert(
        asyncProperty(states, integer({ min: 0, max: 12 }), (made, looked_at) =>
          withStore(open, async (store, clock, make) => {
            const rows = made.map(({ closed, ...one }) => make({ ...one, text: closed ? "closed" : "open" }));
            clock.ms += ENDED_TTL_MS;
            for (const [n, row] of rows.entries()) {
              if (n === looked_at) await store.expire(calls);
              await store.put(calls, [row], []);
            }
            const newest = ["a", "b"].flatMap((key) => {
              const mine = rows.filter((row) => row.key === key).sort((x, y) => (isNewer(x, y) ? -1 : 1));
              return mine.slice(0, 1).filter((row) => endsOf(calls.live!, row) > clock.ms);
            });
            expect(byKey((await store.all(calls)).rows)).toEqual(newest);
            for (const key of ["a", "b"])
              expect(await store.get(calls, key)).toEqual(newest.find((row) => row.key === key) ?? null);
          }),
        ),
        { numRuns: 60 },
      ),
  },
  {
    name: "a state that comes after its end takes an older one away; of a key that nobody saw it takes nothing",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        await store.put(calls, [make({ at_ms: 0 })], []);
        clock.ms += ENDED_TTL_MS + 5_000;
        const closed = make({ at_ms: 2_000, offset: 1, text: "closed" });
        const unseen = make({ key: "b", at_ms: 2_000, offset: 2, text: "closed" });
        await store.put(calls, [closed, unseen], []);
        expect([await store.get(calls, "a"), (await store.all(calls)).rows]).toEqual([null, []]);
        expect(await store.expire(calls)).toEqual(["a"]);
        expect(await store.put(calls, [make({ key: "b", at_ms: 1_000, offset: 3 })], [])).toEqual({
          written: 0,
          stale: 1,
        });
        // It begins again: a newer state is a state like any other.
        const again = make({ at_ms: 4_000, offset: 4 });
        await store.put(calls, [again], []);
        expect((await store.all(calls)).rows).toEqual([again]);
        clock.ms = closed.event_time_ms + TTL_MS + 2_000;
        expect(await store.expire(calls)).toEqual(["a"]);
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

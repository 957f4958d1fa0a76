/**
 * What every live store promises. An adapter's test opens fresh stores for `testLive`; the laws are also exported one
 * by one, so that a store with a planted fault can be shown to break them.
 */
import { describe, expect, test } from "bun:test";
import { assert, asyncProperty, constantFrom, integer, record, uniqueArray } from "fast-check";
import { limits } from "../core/limits.ts";
import { expiryLaws } from "./expiry-conformance.ts";
import {
  byKey,
  others,
  things,
  TTL_MS,
  withStore,
  type LiveFeatures,
  type LiveLaw,
  type OpenLive,
} from "./ground-conformance.ts";
import type { LiveRow } from "./live-store.ts";
import { isNewer } from "./newest.ts";

export type { LiveFeatures, LiveLaw, OpenLive };

export function testLive(name: string, open: OpenLive, features: LiveFeatures): void {
  describe(`live: ${name}`, () => {
    for (const law of liveLaws) {
      if (law.needs === undefined || features[law.needs]) test(law.name, () => law.holds(open));
    }
  });
}

const pause = (): Promise<void> => new Promise((done) => setImmediate(done));

/** What any order of the same rows must leave. */
function newestOf(rows: readonly LiveRow[]): LiveRow[] {
  const newest = new Map<string, LiveRow>();
  for (const row of rows) {
    const held = newest.get(row.key);
    if (held === undefined || isNewer(row, held)) newest.set(row.key, row);
  }
  return byKey([...newest.values()]);
}

/** Cuts rows, in their order, into puts of at most one row per key. */
function putsOf(rows: readonly LiveRow[], longest: number): LiveRow[][] {
  const puts: LiveRow[][] = [];
  for (const row of rows) {
    const last = puts.at(-1);
    if (last === undefined || last.length >= longest || last.some((r) => r.key === row.key)) puts.push([row]);
    else last.push(row);
  }
  return puts;
}

const madeRows = uniqueArray(
  record({
    key: constantFrom("a", "b", "a:b", "ü"),
    at_ms: integer({ min: -5, max: 5 }).map((n) => n * 1_000),
    partition: integer({ min: 0, max: 1 }),
    offset: integer({ min: 0, max: 30 }),
  }),
  { selector: (r) => `${r.partition} ${r.offset}`, minLength: 1, maxLength: 25 },
);

export const liveLaws: readonly LiveLaw[] = [
  {
    name: "a row comes back as it was put",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        const row = make({ partition: 3, offset: 7 });
        expect(await store.put(things, [row], [{ partition: 3, next_offset: 8 }])).toEqual({
          written: 1,
          stale: 0,
        });
        expect(await store.get(things, "a")).toEqual(row);
        expect((await store.all(things)).rows).toEqual([row]);
        expect(await store.get(things, "b")).toBeNull();
      }),
  },
  {
    name: "an empty store answers empty",
    holds: (open) =>
      withStore(open, async (store) => {
        expect((await store.all(things)).rows).toEqual([]);
        expect(await store.expire(things)).toEqual([]);
        expect((await store.applied(things)).every((n) => n === 0)).toBe(true);
      }),
  },
  {
    name: "any order and any batching of puts gives the newest of each key",
    holds: async (open) => {
      await assert(
        asyncProperty(madeRows, integer({ min: 1, max: 6 }), (made, longest) =>
          withStore(open, async (store, _, make) => {
            const rows = made.map(make);
            let written = 0;
            for (const put of putsOf(rows, longest)) {
              const result = await store.put(things, put, []);
              expect(result.written + result.stale).toBe(put.length);
              written += result.written;
            }
            expect(byKey((await store.all(things)).rows)).toEqual(newestOf(rows));
            expect(written).toBeGreaterThanOrEqual(newestOf(rows).length);
          }),
        ),
        { numRuns: 60 },
      );
    },
  },
  {
    name: "a tie of event times goes to the greater partition, then the greater offset",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        await store.put(things, [make({ partition: 1, offset: 5 })], []);
        expect(await store.put(things, [make({ partition: 1, offset: 4 })], [])).toEqual({
          written: 0,
          stale: 1,
        });
        expect(await store.put(things, [make({ partition: 0, offset: 9 })], [])).toEqual({
          written: 0,
          stale: 1,
        });
        expect(await store.put(things, [make({ partition: 1, offset: 6 })], [])).toEqual({
          written: 1,
          stale: 0,
        });
        expect(await store.put(things, [make({ partition: 2, offset: 0 })], [])).toEqual({
          written: 1,
          stale: 0,
        });
        expect((await store.get(things, "a"))?.partition).toBe(2);
      }),
  },
  {
    name: "a row that is held already is stale, so a refill changes nothing",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        const row = make({ offset: 3 });
        await store.put(things, [row], []);
        expect(await store.put(things, [row], [])).toEqual({ written: 0, stale: 1 });
      }),
  },
  ...expiryLaws,
  {
    name: "applied stands per partition and is never taken back",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        await store.put(things, [make()], [{ partition: 2, next_offset: 9 }]);
        await store.put(
          things,
          [],
          [
            { partition: 0, next_offset: 4 },
            { partition: 2, next_offset: 7 },
          ],
        );
        expect(await store.applied(things)).toEqual([4, 0, 9]);
        expect((await store.all(things)).applied).toEqual([4, 0, 9]);
      }),
  },
  {
    name: "a view that is cleared is empty, offsets too, and takes lesser ones; other streams stay",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        await store.put(things, [make(), make({ key: "b" })], [{ partition: 1, next_offset: 9 }]);
        await store.put(others, [make()], [{ partition: 0, next_offset: 5 }]);
        await store.clear(things);
        const { rows, applied } = await store.all(things);
        expect([rows, applied.every((n) => n === 0)]).toEqual([[], true]);
        await store.put(things, [make({ key: "c", offset: 1 })], [{ partition: 1, next_offset: 2 }]);
        expect(await store.applied(things)).toEqual([0, 2]);
        expect((await store.all(things)).rows.map(({ key }) => key)).toEqual(["c"]);
        expect((await store.all(others)).rows).toHaveLength(1);
      }),
  },
  {
    name: "applied is never ahead of the rows, for whoever reads meanwhile",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        const last = 60;
        const progress = { writing: true };
        const write = async (): Promise<void> => {
          for (let n = 1; n <= last; n++) {
            const row = make({ at_ms: n * 10, partition: n % 2, offset: n });
            await store.put(things, [row], [{ partition: n % 2, next_offset: n + 1 }]);
            if (n % 3 === 0) await pause();
          }
          progress.writing = false;
        };
        let reads = 0;
        const read = async (): Promise<void> => {
          while (progress.writing) {
            const { rows, applied } = await store.all(things);
            const held = rows.length === 0 ? 0 : rows[0]!.offset;
            // Event n is newer than every event before it: whoever has applied n holds n, or one after it.
            expect(held).toBeGreaterThanOrEqual(Math.max(0, ...applied) - 1);
            reads++;
            await pause();
          }
        };
        await Promise.all([write(), read(), read()]);
        const { rows, applied } = await store.all(things);
        expect([rows[0]!.offset, Math.max(...applied), reads > 0]).toEqual([last, last + 1, true]);
      }),
  },
  {
    name: "keys are any text: Unicode, colons, braces, blanks, and each its own",
    holds: (open) =>
      withStore(open, async (store, _, make) => {
        const keys = [
          "a",
          "a:b",
          "a:b:current",
          "{thing_id}",
          "Straße",
          "🚦",
          " ",
          "*",
          "a b",
          "A",
          "__proto__",
          "x".repeat(limits.id_chars_max),
        ];
        const rows = keys.map((key, offset) => make({ key, offset }));
        await store.put(things, rows, []);
        expect(byKey((await store.all(things)).rows)).toEqual(byKey(rows));
        for (const row of rows) expect(await store.get(things, row.key)).toEqual(row);
      }),
  },
  {
    name: "streams stand apart: rows, applied, expiry",
    holds: (open) =>
      withStore(open, async (store, clock, make) => {
        await store.put(things, [make()], [{ partition: 0, next_offset: 1 }]);
        expect((await store.all(others)).rows).toEqual([]);
        expect((await store.applied(others)).every((n) => n === 0)).toBe(true);
        await store.put(others, [make({ at_ms: 10, offset: 8 })], [{ partition: 0, next_offset: 9 }]);
        expect((await store.get(things, "a"))?.offset).toBe(0);
        clock.ms += TTL_MS;
        expect(await store.expire(things)).toEqual(["a"]);
        clock.ms += 10;
        expect(await store.expire(others)).toEqual(["a"]);
      }),
  },
  {
    name: "beyond its greatest number of keys, those updated longest ago go",
    needs: "keys_max",
    holds: (open) =>
      withStore(
        open,
        async (store, _, make) => {
          for (const key of ["a", "b", "c"]) await store.put(things, [make({ key })], []);
          await store.put(things, [make({ key: "a", at_ms: 5, offset: 1 })], []);
          await store.put(things, [make({ key: "d" })], []);
          expect(byKey((await store.all(things)).rows).map((r) => r.key)).toEqual(["a", "c", "d"]);
        },
        3,
      ),
  },
];

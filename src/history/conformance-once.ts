/** Laws of exactly once: compare-and-set, repeats, races, the ledger. */
import { expect } from "bun:test";
import { assertLedger, letterOf, partOf, rawIds, type HistoryLaw, type Sent } from "./conformance-kit.ts";
import type { AppendOutcome, HistoryStore, PartBatch } from "./history-store.ts";
import type { Stream } from "../core/stream.ts";

const sent = (n: number, of = "e"): Sent[] =>
  Array.from({ length: n }, (_, i) => ({
    key: `road-${i % 3}`,
    at_ms: i * 20_000,
    event_id: `${of}${i}`,
    speed: 10 + i,
  }));

const counts = { already: false, stored: 0, duplicate: 0, dead: 0, late: 0 };

export const onceLaws: readonly HistoryLaw[] = [
  {
    name: "a batch is stored once, however often it is appended",
    async holds({ open, traffic }) {
      const store = await open();
      const part = partOf(traffic, 0, 0, sent(10));
      expect(await store.append(traffic, [part])).toEqual({ ...counts, kind: "stored", stored: 10 });
      expect(await store.append(traffic, [part])).toMatchObject({ kind: "stored", already: true });
      expect(await rawIds(store, traffic)).toHaveLength(10);
      expect((await store.ledger(traffic))[0]).toMatchObject({
        next_offset: 10,
        consumed: 10,
        stored: 10,
        duplicate: 0,
      });
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "repeats within a batch and of earlier batches are counted as duplicates, and the first stored wins",
    async holds({ open, traffic }) {
      const store = await open();
      const one: Sent = { key: "a", at_ms: 0, event_id: "x", speed: 50 };
      const first = await store.append(traffic, [
        partOf(traffic, 0, 0, [one, { ...one, speed: 60 }, { ...one, event_id: "y" }]),
      ]);
      expect(first).toMatchObject({ stored: 2, duplicate: 1 });
      expect(await store.append(traffic, [partOf(traffic, 0, 3, [{ ...one, speed: 70 }])])).toMatchObject({
        stored: 0,
        duplicate: 1,
      });
      const rows = await store.raw(traffic, { from_ms: 0, to_ms: 4e12, limit: 10 });
      expect(rows.map((row) => [row.event_id, row.row["current_speed"]])).toEqual([
        ["x", 50],
        ["y", 50],
      ]);
      const [window] = await store.windows(traffic, { from_ms: 0, to_ms: 4e12, limit: 10 });
      expect(window?.kept).toMatchObject({ n: 2, current_speed_sum: 10_000 });
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "a batch from a place where history does not stand writes nothing, and is told where it stands",
    async holds({ open, traffic }) {
      const store = await open();
      await store.append(traffic, [partOf(traffic, 0, 0, sent(4)), partOf(traffic, 1, 0, sent(2, "f"))]);
      const before = await rawIds(store, traffic);
      const windows = await store.windows(traffic, { from_ms: 0, to_ms: 4e12, limit: 100 });
      for (const from of [0, 3, 9]) {
        const stray = [partOf(traffic, 0, from, sent(3, "stray")), partOf(traffic, 1, 2, sent(1, "stray1"))];
        expect(await store.append(traffic, stray)).toEqual({
          kind: "fenced",
          next_offsets: new Map([
            [0, 4],
            [1, 2],
          ]),
        });
      }
      expect(await store.append(traffic, [partOf(traffic, 2, 5, sent(1, "never"))])).toEqual({
        kind: "fenced",
        next_offsets: new Map([[2, 0]]),
      });
      expect(await rawIds(store, traffic)).toEqual(before);
      expect(await store.windows(traffic, { from_ms: 0, to_ms: 4e12, limit: 100 })).toEqual(windows);
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "the same end with another last record is somebody else's batch",
    async holds({ open, traffic }) {
      const store = await open();
      await store.append(traffic, [partOf(traffic, 0, 0, sent(4))]);
      expect((await store.append(traffic, [partOf(traffic, 0, 0, sent(4, "g"))])).kind).toBe("fenced");
      await store.close();
    },
  },
  {
    name: "two instances that race through the same log store everything once",
    async holds({ open, traffic }) {
      const stores = [await open(), await open()];
      const all = sent(120, "r");
      await Promise.all(stores.map((store, i) => race(store, traffic, all, [7, 11][i]!)));
      const store = stores[0]!;
      expect(await rawIds(store, traffic)).toHaveLength(120);
      const windows = await store.windows(traffic, { from_ms: 0, to_ms: 4e12, limit: 5_000 });
      expect(windows.reduce((n, w) => n + (w.kept["n"] as number), 0)).toBe(120);
      expect((await store.ledger(traffic))[0]).toMatchObject({
        next_offset: 120,
        consumed: 120,
        stored: 120,
        duplicate: 0,
      });
      await assertLedger(store, traffic);
      await Promise.all(stores.map((s) => s.close()));
    },
  },
  {
    name: "several partitions are one batch: all or none",
    async holds({ open, traffic }) {
      const store = await open();
      const parts = [0, 1, 2, 3].map((p) => partOf(traffic, p, 0, sent(5, `p${p}`)));
      expect(await store.append(traffic, parts)).toMatchObject({ stored: 20 });
      expect((await store.applied([traffic]))["traffic"]).toEqual([5, 5, 5, 5]);
      const half = [partOf(traffic, 0, 5, sent(1, "h")), partOf(traffic, 1, 0, sent(5, "p1"))];
      expect((await store.append(traffic, half)).kind).toBe("fenced");
      expect(await rawIds(store, traffic)).toHaveLength(20);
      await store.close();
    },
  },
  {
    name: "records without events move the place, and keep the last record's hash",
    async holds({ open, traffic }) {
      const store = await open();
      await store.append(traffic, [partOf(traffic, 0, 0, sent(1))]);
      const empty: PartBatch = {
        partition: 0,
        expected_offset: 1,
        next_offset: 4,
        events: [],
        dead: [],
        last_record_hash: null,
      };
      expect(await store.append(traffic, [empty])).toMatchObject({ kind: "stored", stored: 0 });
      expect(await store.append(traffic, [empty])).toMatchObject({ already: true });
      expect((await store.ledger(traffic))[0]).toMatchObject({
        next_offset: 4,
        consumed: 1,
        last_record_hash: "0:e0",
      });
      await store.close();
    },
  },
  {
    name: "a topic made anew is read from 0 in a new epoch, and what is known already is a duplicate",
    async holds({ open, traffic }) {
      const store = await open();
      await store.append(traffic, [partOf(traffic, 0, 0, sent(4))]);
      expect(await store.restart(traffic, 0, 3)).toBe(false);
      expect(await store.restart(traffic, 0, 4)).toBe(true);
      expect(await store.append(traffic, [partOf(traffic, 0, 0, sent(4))])).toMatchObject({
        stored: 0,
        duplicate: 4,
      });
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "two streams do not see each other",
    async holds({ open, traffic, other }) {
      const store = await open();
      await store.append(traffic, [
        { ...partOf(traffic, 0, 0, sent(3)), dead: [letterOf(traffic, 0, 3)], next_offset: 4 },
      ]);
      await store.append(other, [partOf(other, 0, 0, sent(4))]);
      // From the same offset on, the one moves and the other stays.
      expect(await store.append(traffic, [partOf(traffic, 0, 4, sent(1, "on"))])).toMatchObject({
        stored: 1,
      });
      expect(await rawIds(store, traffic)).toHaveLength(4);
      expect(await rawIds(store, other)).toHaveLength(4);
      expect((await store.applied([traffic, other]))[other.name]?.[0]).toBe(4);
      expect(await store.recount(other)).toEqual({ rows: 4, dead: 0 });
      expect(await store.deadLetters({ stream: other.name, limit: 10 })).toEqual([]);
      await assertLedger(store, traffic);
      await assertLedger(store, other);
      await store.close();
    },
  },
];

/** Reads on in steps of its own, and goes where it is told: what a consumer does. */
async function race(store: HistoryStore, stream: Stream, all: readonly Sent[], step: number): Promise<void> {
  let at = 0;
  while (at < all.length) {
    const outcome: AppendOutcome = await store.append(stream, [
      partOf(stream, 0, at, all.slice(at, at + step)),
    ]);
    at = outcome.kind === "stored" ? Math.min(all.length, at + step) : outcome.next_offsets.get(0)!;
  }
}

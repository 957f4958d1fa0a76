/** Laws of windows, lateness and times: by equality, for any order, batching, repeats and restarts. */
import { expect } from "bun:test";
import fc from "fast-check";
import { foldWindows, type KeptWindow } from "../core/window.ts";
import {
  ALL,
  assertLedger,
  days,
  eventOf,
  hours,
  minutes,
  NOON,
  partOf,
  type HistoryLaw,
  type Sent,
} from "./conformance-kit.ts";
import type { HistoryStore } from "./history-store.ts";
import type { Stream } from "../core/stream.ts";

const speed = fc.integer({ min: 0, max: 30_000 }).map((n) => n / 100);
const event = (far_ms: number): fc.Arbitrary<Sent> =>
  fc.record({
    key: fc.constantFrom("road-1", "road-2", "Straße Ω 東京"),
    at_ms: fc.integer({ min: -far_ms, max: far_ms }),
    event_id: fc.constantFrom("a", "b", "c"),
    speed,
    free: fc.option(
      fc.integer({ min: 1, max: 30_000 }).map((n) => n / 100),
      { nil: null },
    ),
    backfill: fc.boolean(),
  });

const bySize = (list: readonly KeptWindow[]): KeptWindow[] =>
  [...list].sort(
    (a, b) => a.window_start_ms - b.window_start_ms || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  );

/** The first of each identity, as the door's rule says. */
function firsts(stream: Stream, log: readonly Sent[]): ReturnType<typeof eventOf>[] {
  const seen = new Map<string, ReturnType<typeof eventOf>>();
  for (const [i, one] of log.entries()) {
    const e = eventOf(stream, one, 0, i);
    const id = JSON.stringify([e.key, e.event_time_ms, e.event_id]);
    if (!seen.has(id)) seen.set(id, e);
  }
  return [...seen.values()];
}

async function threeWays(store: HistoryStore, stream: Stream, log: readonly Sent[]): Promise<void> {
  const folded = bySize(foldWindows(stream.windows!, firsts(stream, log)));
  expect(bySize(await store.windows(stream, ALL))).toEqual(folded);
  expect(bySize(await store.recomputeWindows(stream, ALL.from_ms, ALL.to_ms))).toEqual(folded);
}

export const windowLaws: readonly HistoryLaw[] = [
  {
    name: "windows kept up in any batches, with repeats and restarts, equal a fold and a rebuild",
    async holds(bed) {
      let run = 0;
      const stores = [await bed.open()];
      await stores[0]!.ensurePartitions(bed.traffic, NOON, NOON + 1);
      // One database, a partition of the log and a far-off day for each run: nothing of one run is seen by another.
      await fc.assert(
        fc.asyncProperty(
          fc.array(event(minutes(12)), { minLength: 1, maxLength: 40 }),
          fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 10 }),
          fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
          async (log, cuts, restarts) => {
            const p = run++;
            const key = (one: Sent): Sent => ({ ...one, key: `${one.key} ${p}` });
            const mine = log.map(key);
            let at = 0;
            for (let i = 0; at < mine.length; i++) {
              if (restarts[i % restarts.length]! && i > 0) {
                await stores[0]!.close();
                stores[0] = await bed.open();
              }
              const some = mine.slice(at, at + cuts[i % cuts.length]!);
              const outcome = await stores[0]!.append(bed.traffic, [partOf(bed.traffic, p, at, some)]);
              expect(outcome.kind).toBe("stored");
              // A restart that lost its answer appends the same again.
              if (restarts[(i + 1) % restarts.length]!)
                expect(
                  await stores[0]!.append(bed.traffic, [partOf(bed.traffic, p, at, some)]),
                ).toMatchObject({ already: true });
              at += some.length;
            }
            const folded = bySize(foldWindows(bed.traffic.windows!, firsts(bed.traffic, mine)));
            const own = (list: readonly KeptWindow[]): KeptWindow[] =>
              bySize(list.filter((w) => w.key.endsWith(` ${p}`)));
            expect(own(await stores[0]!.windows(bed.traffic, ALL))).toEqual(folded);
            expect(own(await stores[0]!.recomputeWindows(bed.traffic, ALL.from_ms, ALL.to_ms))).toEqual(
              folded,
            );
          },
        ),
        { numRuns: 15 },
      );
      await assertLedger(stores[0]!, bed.traffic);
      await stores[0]!.close();
    },
  },
  {
    name: "the order of arrival changes no window",
    async holds({ open, traffic }) {
      const store = await open();
      const log: Sent[] = Array.from({ length: 60 }, (_, i) => ({
        key: `k${i % 2}`,
        at_ms: ((i * 37) % 60) * 15_000,
        event_id: `e${(i * 37) % 60}`,
        speed: ((i * 37) % 60) + 0.25,
        free: i % 3 === 0 ? null : 60,
      }));
      for (let i = 0; i < 60; i += 7)
        await store.append(traffic, [partOf(traffic, 0, i, log.slice(i, i + 7))]);
      await threeWays(store, traffic, log);
      await store.close();
    },
  },
  {
    name: "the watermark is the greatest event time stored, and what comes late is counted alike in any batching",
    async holds({ open, traffic, other }) {
      const store = await open();
      const lateness = traffic.lateness_ms;
      const log: Sent[] = [
        { key: "a", at_ms: 0, event_id: "0", speed: 1 },
        { key: "a", at_ms: minutes(10), event_id: "1", speed: 1 },
        { key: "a", at_ms: minutes(10) - lateness, event_id: "just in time", speed: 1 },
        { key: "a", at_ms: minutes(10) - lateness - 1, event_id: "late", speed: 1 },
        { key: "a", at_ms: minutes(10) - lateness - 1, event_id: "late", speed: 1 },
        { key: "a", at_ms: -hours(5), event_id: "backfill", speed: 1, backfill: true },
        { key: "a", at_ms: minutes(1), event_id: "late 2", speed: 1 },
      ];
      expect(await store.append(traffic, [partOf(traffic, 0, 0, log)])).toMatchObject({ stored: 6, late: 2 });
      for (const [i, one] of log.entries()) await store.append(other, [partOf(other, 0, i, [one])]);
      for (const stream of [traffic, other]) {
        const [row] = await store.ledger(stream);
        expect(row).toMatchObject({ late: 2, duplicate: 1, stored: 6, watermark_ms: NOON + minutes(10) });
      }
      await store.close();
    },
  },
  {
    name: "events at the edges of days and windows belong to the later one, with or without a partition",
    async holds({ open, traffic }) {
      const store = await open();
      const midnight = hours(12);
      const log: Sent[] = [-1, 0, 1, minutes(5) - 1, minutes(5)].map((d, i) => ({
        key: "a",
        at_ms: midnight + d,
        event_id: `m${i}`,
        speed: 10,
      }));
      const far: Sent[] = [
        { key: "a", at_ms: -days(2), event_id: "far", speed: 5 },
        { key: "a", at_ms: -days(1), event_id: "near", speed: 5 },
      ];
      await store.ensurePartitions(traffic, NOON, NOON + 1);
      await store.append(traffic, [partOf(traffic, 0, 0, [...log, ...far])]);
      await threeWays(store, traffic, [...log, ...far]);
      // Days made afterwards take over what waited in the default partition, and overlap with nothing.
      await store.ensurePartitions(traffic, NOON - days(3), NOON + days(3));
      await store.ensurePartitions(traffic, NOON - days(70), NOON + days(3));
      await threeWays(store, traffic, [...log, ...far]);
      expect(await store.append(traffic, [partOf(traffic, 0, 7, [...log, ...far])])).toMatchObject({
        stored: 0,
        duplicate: 7,
      });
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "retention drops whole days that are over, keeps all windows, and the audit still adds up",
    async holds({ open, traffic }) {
      const store = await open();
      await store.ensurePartitions(traffic, NOON - days(1), NOON + days(1));
      const log: Sent[] = [-days(4), -days(1), -hours(1), days(1)].map((at_ms, i) => ({
        key: "a",
        at_ms,
        event_id: `d${i}`,
        speed: 9,
      }));
      await store.append(traffic, [partOf(traffic, 0, 0, log)]);
      const keeps = { ...traffic, history: { ...traffic.history, retention_ms: days(2) } };
      expect(await store.retain(keeps, NOON)).toEqual([]);
      expect((await store.raw(traffic, { ...ALL, from_ms: NOON - days(9) })).map((r) => r.event_id)).toEqual([
        "d1",
        "d2",
        "d3",
      ]);
      // A day and a half: yesterday stays in the morning, and goes at noon.
      const less = { ...keeps, history: { ...keeps.history, retention_ms: hours(36) } };
      expect(await store.retain(less, NOON - hours(1))).toEqual([]);
      expect(await store.retain(keeps, NOON + days(1))).toHaveLength(1);
      expect((await store.raw(traffic, ALL)).map((r) => r.event_id)).toEqual(["d2", "d3"]);
      expect(await store.windows(traffic, { ...ALL, from_ms: NOON - days(9) })).toHaveLength(4);
      await assertLedger(store, traffic);
      await store.close();
    },
  },
];

/** Laws of what goes: windows that are too old, and raw rows of which little is kept. */
import { expect } from "bun:test";
import type { Stream } from "../core/stream.ts";
import {
  ALL,
  assertLedger,
  days,
  hours,
  NOON,
  partOf,
  rawIds,
  type HistoryLaw,
  type Sent,
} from "./conformance-kit.ts";
import type { HistoryStore } from "./history-store.ts";

const EVER = { ...ALL, from_ms: NOON - days(30), to_ms: NOON + days(30) };
const sent = (at_ms: number): Sent => ({ key: "a", at_ms, event_id: `e${at_ms}`, speed: 9 });

/** The same tables, kept for so long; without batch views, which windows wait for. */
const keeping = (stream: Stream, raw_ms: number | null, windows_ms: number | null): Stream => ({
  ...stream,
  rollups: [],
  history: { ...stream.history, retention_ms: raw_ms },
  windows: { ...stream.windows!, retention_ms: windows_ms },
});

/** Hours from noon of the windows there are; the same by a page, by a key and by the newest first. */
async function windowHours(store: HistoryStore, stream: Stream): Promise<number[]> {
  const all = await store.windows(stream, EVER);
  expect(await store.windows(stream, { ...EVER, key: "a" })).toEqual(all);
  expect([...(await store.windows(stream, { ...EVER, descending: true }))].reverse()).toEqual([...all]);
  return all.map((window) => (window.window_start_ms - NOON) / hours(1));
}

export const retentionLaws: readonly HistoryLaw[] = [
  {
    name: "windows go once they are too old; an event that comes for one later is stored, and makes none: kept still equals rebuilt",
    async holds({ open, traffic }) {
      const store = await open();
      await store.ensurePartitions(traffic, NOON - days(1), NOON + days(1));
      const keeps = keeping(traffic, hours(36), days(2));
      await store.append(keeps, [
        partOf(keeps, 0, 0, [-days(4), -hours(49), -hours(47), -days(1), 0].map(sent)),
      ]);
      await store.retain(keeps, NOON);
      expect(await windowHours(store, keeps)).toEqual([-47, -24, 0]);
      const late = [-hours(50), -hours(46), -hours(47) + 1].map(sent);
      expect(await store.append(keeps, [partOf(keeps, 0, 5, late)])).toMatchObject({ stored: 3 });
      expect(await rawIds(store, keeps)).toHaveLength(5);
      // What came for a window that is kept is in it, beside what was there.
      expect(await windowHours(store, keeps)).toEqual([-47, -46, -24, 0]);
      expect((await store.windows(keeps, EVER))[0]!.kept["n"]).toBe(2);
      const whole = { from_ms: NOON - days(1), to_ms: NOON + days(1) };
      expect(await store.recomputeWindows(keeps, whole.from_ms, whole.to_ms)).toEqual([
        ...(await store.windows(keeps, { ...ALL, ...whole })),
      ]);
      // Of the one that went there is no part, although its late row is there.
      expect(await store.recomputeWindows(keeps, NOON - days(3), NOON - hours(48))).toEqual([]);
      await store.retain(keeps, NOON);
      await assertLedger(store, keeps);
      // Kept for longer from now on: what went does not come again in parts.
      const longer = keeping(traffic, hours(36), null);
      expect(await store.append(longer, [partOf(longer, 0, 8, [sent(-hours(51)), sent(1)])])).toMatchObject({
        stored: 2,
      });
      await store.retain(longer, NOON);
      expect(await windowHours(store, longer)).toEqual([-47, -46, -24, 0]);
      await store.close();
    },
  },
  {
    name: "no window goes whose raw rows are there, and none of a stream that fell silent",
    async holds({ open, traffic }) {
      const store = await open();
      await store.ensurePartitions(traffic, NOON - days(1), NOON + days(1));
      const log = [-hours(40), -hours(30), 0].map(sent);
      await store.append(traffic, [partOf(traffic, 0, 0, log)]);
      const no_raw_goes = keeping(traffic, null, hours(1));
      await store.retain(no_raw_goes, NOON);
      expect(await windowHours(store, no_raw_goes)).toEqual([-40, -30, 0]);
      // Raw rows from yesterday's midnight on.
      const less = keeping(traffic, hours(36), hours(1));
      await store.retain(less, NOON);
      expect(await windowHours(store, less)).toEqual([-30, 0]);
      const silent = keeping(traffic, hours(1), hours(31));
      await store.retain(silent, NOON + days(20));
      expect(await store.raw(silent, EVER)).toEqual([]);
      expect(await windowHours(store, silent)).toEqual([-30, 0]);
      await assertLedger(store, traffic);
      await store.close();
    },
  },
  {
    name: "where no more than a day is kept, raw rows go by three hours",
    async holds({ open, traffic }) {
      const store = await open();
      const keeps = keeping(traffic, hours(9), null);
      await store.ensurePartitions(keeps, NOON - hours(9), NOON + hours(12));
      await store.append(keeps, [
        partOf(keeps, 0, 0, [-hours(10), -hours(9), -hours(7), -hours(6), 0].map(sent)),
      ]);
      expect(await store.retain(keeps, NOON)).toEqual([]);
      expect(await store.raw(keeps, EVER)).toHaveLength(4);
      // Three hours go once the first of their rows could be too old: six hours at least stay, nine at most.
      expect(await store.retain(keeps, NOON + 1)).toEqual([`${keeps.history.table}_h2026071503`]);
      expect(await rawIds(store, keeps)).toEqual([`${-hours(6)} a e${-hours(6)}`, "0 a e0"]);
      // Days that were made before go as days, and those to come stand as they are.
      await store.ensurePartitions(traffic, NOON + days(1), NOON + days(1) + 1);
      await store.ensurePartitions(keeps, NOON + hours(12), NOON + days(2));
      await store.append(keeps, [partOf(keeps, 0, 5, [sent(hours(20)), sent(hours(40))])]);
      expect(await store.retain(keeps, NOON + hours(26))).toContain(`${keeps.history.table}_h2026071515`);
      expect(await store.retain(keeps, NOON + hours(48))).toContain(`${keeps.history.table}_d20260716`);
      await assertLedger(store, keeps);
      await store.close();
    },
  },
];

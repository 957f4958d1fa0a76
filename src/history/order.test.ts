import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { foldWindows } from "../core/window.ts";
import { traffic } from "../streams/traffic.ts";
import { eventOf, minutes, NOON, partOf, type Sent } from "./conformance-kit.ts";
import type { Event } from "../core/event.ts";
import { arranged, lateEvents, placesOf, withoutRepeats, type Arranged } from "./order.ts";
import { foldArranged } from "./parameters.ts";
import { Recent } from "./recent.ts";

const sent: fc.Arbitrary<Sent> = fc.record({
  key: fc.constantFrom("a", "b", "ü"),
  at_ms: fc.integer({ min: -20, max: 20 }).map((n) => n * 30_000),
  event_id: fc.constantFrom("x", "y"),
  speed: fc.integer({ min: 0, max: 300 }),
});

const ordered = (all: Arranged): Event[] => [...placesOf(all)].map((place) => all.events[place]!);
const arrangedLog = (log: readonly Sent[]): Arranged => arranged(partOf(traffic, 0, 0, log).events);

describe("the order of rows", () => {
  test("rows stand by key and time, repeats in the order they came; of those the first stays", () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), (log) => {
        const all = arrangedLog(log);
        const rows = ordered(all);
        expect(rows).toHaveLength(log.length);
        for (let i = 1; i < rows.length; i++) {
          const [a, b] = [rows[i - 1]!, rows[i]!];
          expect(
            a.key < b.key ||
              (a.key === b.key &&
                (a.event_time_ms < b.event_time_ms ||
                  (a.event_time_ms === b.event_time_ms && a.offset < b.offset))),
          ).toBe(true);
        }
        const firsts = new Map<string, number>();
        log.forEach((one, i) => {
          const id = `${one.key} ${one.at_ms} ${one.event_id}`;
          if (!firsts.has(id)) firsts.set(id, i);
        });
        expect(
          ordered(withoutRepeats(all, null))
            .map((e) => e.offset)
            .sort((a, b) => a - b),
        ).toEqual([...firsts.values()]);
      }),
    );
  });

  test("windows folded in order are those of the core", () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), (log) => {
        const all = arrangedLog(log);
        const { keys, starts_ms, columns } = foldArranged(traffic.windows!, all);
        const names = traffic.windows!.aggregates.flatMap((a) => a.columns.map((c) => c.column));
        const windows = keys.map((key, i) => ({
          key,
          window_start_ms: starts_ms[i]!,
          kept: Object.fromEntries(names.map((name, c) => [name, columns[c]![i] ?? null])),
        }));
        windows.sort((a, b) => a.window_start_ms - b.window_start_ms || (a.key < b.key ? -1 : 1));
        expect(windows).toEqual(foldWindows(traffic.windows!, all.events));
      }),
    );
  });

  test("how many are late does not depend on how the log is cut", () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (log, size) => {
        const events = log.map((one, i) => eventOf(traffic, one, 0, i));
        const whole = lateEvents({ events }, minutes(2), null).size;
        let late = 0;
        let watermark_ms: number | null = null;
        for (let i = 0; i < events.length; i += size) {
          const some = events.slice(i, i + size);
          late += lateEvents({ events: some }, minutes(2), watermark_ms).size;
          watermark_ms = Math.max(watermark_ms ?? -Infinity, ...some.map((e) => e.event_time_ms));
        }
        expect(late).toBe(whole);
      }),
    );
  });

  test("what is remembered is known by its whole identity, for thousands of events and not for ever", () => {
    const recent = new Recent();
    const many = Array.from({ length: 4_000 }, (_, i): Sent => ({
      key: `k${i % 7}`,
      // Neither in order of time nor one event per instant.
      at_ms: ((i * 7_919) % 1_000) * 1_000,
      event_id: `e${i}`,
      speed: 1,
    }));
    const all = arrangedLog(many);
    recent.of(traffic).remember(all);
    const mine = recent.of(traffic);
    expect(all.events.every((event) => mine.knows(event))).toBe(true);
    expect(ordered(withoutRepeats(all, mine))).toEqual([]);
    for (const over of [{ event_time_ms: NOON - 1 }, { key: "b" }, { event_id: "x" }])
      expect(mine.knows({ ...all.events[0]!, ...over })).toBe(false);
    for (let i = 1; i < 12; i++)
      mine.remember(arrangedLog(many.map((one) => ({ ...one, event_id: `${i} ${one.event_id}` }))));
    expect(all.events.some((event) => mine.knows(event))).toBe(false);
    recent.forget(traffic);
    expect(recent.of(traffic).newestOf("k0")).toBe(-Infinity);
  });

  test("of a batch, only what is neither repeated in it nor known is left, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), fc.array(sent, { maxLength: 60 }), (before, log) => {
        const recent = new Recent();
        recent.of(traffic).remember(withoutRepeats(arrangedLog(before), null));
        const id = (one: Sent): string => `${one.key} ${one.at_ms} ${one.event_id}`;
        const seen = new Set(before.map(id));
        const fresh = log.flatMap((one, i) => {
          const is_new = !seen.has(id(one));
          seen.add(id(one));
          return is_new ? [i] : [];
        });
        const left = ordered(withoutRepeats(arrangedLog(log), recent.of(traffic)));
        expect(left.map((e) => e.offset).sort((a, b) => a - b)).toEqual(fresh);
      }),
    );
  });
});

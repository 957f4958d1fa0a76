import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { foldWindows } from "../core/window.ts";
import { traffic } from "../streams/traffic.ts";
import { eventOf, minutes, partOf, type Sent } from "./conformance-kit.ts";
import { inKeyOrder, lateEvents, withoutRepeats } from "./order.ts";
import { foldOrdered } from "./parameters.ts";
import { Recent } from "./recent.ts";

const sent: fc.Arbitrary<Sent> = fc.record({
  key: fc.constantFrom("a", "b", "ü"),
  at_ms: fc.integer({ min: -20, max: 20 }).map((n) => n * 30_000),
  event_id: fc.constantFrom("x", "y"),
  speed: fc.integer({ min: 0, max: 300 }),
});

describe("the order of rows", () => {
  test("rows stand by key and time, repeats in the order they came; of those the first stays", () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), (log) => {
        const ordered = inKeyOrder([partOf(traffic, 0, 0, log)]);
        expect(ordered).toHaveLength(log.length);
        for (let i = 1; i < ordered.length; i++) {
          const [a, b] = [ordered[i - 1]!, ordered[i]!];
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
          withoutRepeats(ordered)
            .map((e) => e.offset)
            .sort((a, b) => a - b),
        ).toEqual([...firsts.values()]);
      }),
    );
  });

  test("windows folded in order are those of the core", () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), (log) => {
        const ordered = inKeyOrder([partOf(traffic, 0, 0, log)]);
        const { keys, starts_ms, columns } = foldOrdered(traffic.windows!, ordered);
        const names = traffic.windows!.aggregates.flatMap((a) => a.columns.map((c) => c.column));
        const windows = keys.map((key, i) => ({
          key,
          window_start_ms: starts_ms[i]!,
          kept: Object.fromEntries(names.map((name, c) => [name, columns[c]![i] ?? null])),
        }));
        windows.sort((a, b) => a.window_start_ms - b.window_start_ms || (a.key < b.key ? -1 : 1));
        expect(windows).toEqual(foldWindows(traffic.windows!, ordered));
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
      key: "a",
      at_ms: i,
      event_id: `e${i}`,
      speed: 1,
    }));
    const part = partOf(traffic, 0, 0, many);
    recent.remember(traffic, [part]);
    expect(part.events.every((event) => recent.knows(traffic, event))).toBe(true);
    expect(recent.knows(traffic, { ...part.events[0]!, event_time_ms: 1 })).toBe(false);
    expect(recent.knows(traffic, { ...part.events[0]!, key: "b" })).toBe(false);
    expect(recent.knows(traffic, { ...part.events[0]!, partition: 1 })).toBe(false);
    for (let i = 1; i < 5; i++)
      recent.remember(traffic, [
        partOf(
          traffic,
          0,
          0,
          many.map((one) => ({ ...one, event_id: `${i} ${one.event_id}` })),
        ),
      ]);
    expect(part.events.some((event) => recent.knows(traffic, event))).toBe(false);
  });
});

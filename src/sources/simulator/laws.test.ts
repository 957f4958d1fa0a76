import { describe, expect, test } from "bun:test";
import { demo } from "../../cities/demo/index.ts";
import { decoderOf } from "../../core/decode.ts";
import { minutes, parseInstant } from "../../core/time.ts";
import { makersOf, newestOf, type Made, type Maker } from "./index.ts";

/** Laws of every made-up source. */
const city = demo();
const makers = makersOf(city, 1);
const others = makersOf(city, 1);
const NOW = Date.UTC(2026, 10, 20, 16, 41, 7, 123);

const timeOf = ({ stream }: Maker, event: Made): number =>
  parseInstant(String(event[stream.event_time]), stream.zoneless)!;
const idOf = ({ stream }: Maker, event: Made): string =>
  `${event[stream.key]} ${event[stream.event_time]} ${event[stream.identity]}`;

test("the city's whole life is made: one source for each stream that the city itself reports", () => {
  expect(makers.map(({ stream }) => stream.name).sort()).toEqual([
    "cameras",
    "emergencies",
    "readings",
    "traffic",
    "transactions",
    "vehicles",
    "weather",
  ]);
});

describe.each(makers.map((maker, i) => [maker.stream.name, maker, others[i]!] as const))(
  "%s",
  (_, maker, other) => {
    const span_ms = Math.min(minutes(10), maker.look_back_ms);
    const from_ms = NOW - span_ms;
    const events = maker.between(from_ms, NOW);

    test("belongs to city, seed and time alone: another process makes the same, whatever it made before", () => {
      other.between(NOW + minutes(90), NOW + minutes(91));
      expect(other.between(from_ms, NOW)).toEqual(events);
    });

    test("[a, c) is [a, b) and then [b, c), wherever b is", () => {
      for (const share of [0.000_1, 0.2, 0.5, 0.731, 0.999_9]) {
        const middle_ms = Math.round(from_ms + share * span_ms);
        expect([...maker.between(from_ms, middle_ms), ...maker.between(middle_ms, NOW)]).toEqual(events);
      }
      expect(maker.between(NOW, NOW)).toEqual([]);
      expect(maker.between(NOW, from_ms)).toEqual([]);
    });

    test("its events lie in the span, by time, none twice", () => {
      const times = events.map((event) => timeOf(maker, event));
      expect(times.every((ms) => ms >= from_ms && ms < NOW)).toBe(true);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(new Set(events.map((event) => idOf(maker, event))).size).toBe(events.length);
    });

    test("its stream takes each of them, and knows every field", () => {
      const context = { city, now_ms: NOW };
      const raw = {
        value: null,
        source: "simulator",
        received_at_ms: NOW,
        partition: 0,
        offset: 0,
        backfill: false,
        dead_letter_id: null,
      };
      for (const event of maker.between(NOW - maker.look_back_ms, NOW)) {
        const decoded = decoderOf(maker.stream).check(event, raw, context);
        if (!decoded.ok) throw new Error(`${decoded.reject.pointer} ${decoded.reject.rule}`);
        expect(decoded.event.unknown_fields).toBe(0);
      }
    });

    test("after a pause only the newest of each key is left", () => {
      const newest = newestOf(maker.stream, events);
      const keys = newest.map((event) => event[maker.stream.key]);
      expect(new Set(keys).size).toBe(keys.length);
      for (const event of newest)
        for (const old of events)
          if (old[maker.stream.key] === event[maker.stream.key])
            expect(timeOf(maker, old)).toBeLessThanOrEqual(timeOf(maker, event));
    });
  },
);

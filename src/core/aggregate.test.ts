import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { count, countIf, max, mean, min, sum, type Kept } from "./aggregate.ts";
import { number, round, type Value } from "./field.ts";
import {
  columnsOf,
  foldWindows,
  presentWindow,
  windowStart,
  type KeptWindow,
  type WindowDeclaration,
} from "./window.ts";

const speed = number("Speed.", { unit: "km/h", min: 0, max: 300, decimals: 2 });
const level = number("Level, may be missing.", { unit: "m", min: -50, max: 50, decimals: 1, optional: true });

const window: WindowDeclaration = {
  table: "w",
  size_ms: 300_000,
  aggregates: [
    count(),
    mean("speed", speed, { spread: true }),
    min("speed", speed),
    max("speed", speed),
    mean("level", level, { spread: true }),
    min("level", level),
    sum("amount", level),
    countIf("open_n", "open", "Open ones."),
  ],
};

interface Item {
  key: string;
  event_time_ms: number;
  row: Record<string, Value>;
}

const item: fc.Arbitrary<Item> = fc.record({
  key: fc.constantFrom("a", "b", "c"),
  event_time_ms: fc.integer({ min: -900_000, max: 900_000 }),
  row: fc.record({
    speed: fc.double({ min: 0, max: 300, noNaN: true }).map((v) => round(v, 2)),
    level: fc.option(
      fc.double({ min: -50, max: 50, noNaN: true }).map((v) => round(v, 1)),
      { nil: null },
    ),
    amount: fc.option(
      fc.double({ min: -50, max: 50, noNaN: true }).map((v) => round(v, 1)),
      { nil: null },
    ),
    open: fc.constantFrom(true, false, null),
  }),
});
const items = fc.array(item, { maxLength: 60 });

/** What the stores do: folds of batches, merged one by one into what is kept. */
function merge(kept: readonly KeptWindow[], more: readonly KeptWindow[]): KeptWindow[] {
  const all = new Map(kept.map((w) => [`${w.key} ${w.window_start_ms}`, w]));
  for (const w of more) {
    const id = `${w.key} ${w.window_start_ms}`;
    const old = all.get(id);
    if (old === undefined) all.set(id, w);
    else {
      const merged: Record<string, Kept> = {};
      for (const c of columnsOf(window))
        merged[c.column] = c.merge_kept(old.kept[c.column] ?? null, w.kept[c.column] ?? null);
      all.set(id, { ...w, kept: merged });
    }
  }
  return [...all.values()].sort((a, b) => a.window_start_ms - b.window_start_ms || (a.key < b.key ? -1 : 1));
}

describe("windows are kept by equality, not nearness", () => {
  test("any order gives the same", () => {
    const shuffled = items.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) =>
        expect(foldWindows(window, other)).toEqual(foldWindows(window, list)),
      ),
    );
  });

  test("any split into batches, merged in any order, gives the same", () => {
    fc.assert(
      fc.property(
        items,
        fc.array(fc.nat({ max: 4 }), { minLength: 60, maxLength: 60 }),
        fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
        (list, to, order) => {
          const folds = order.map((batch) =>
            foldWindows(
              window,
              list.filter((_, i) => to[i] === batch),
            ),
          );
          expect(folds.reduce(merge, [])).toEqual(foldWindows(window, list));
        },
      ),
    );
  });

  test("merging is associative, and commutes", () => {
    fc.assert(
      fc.property(items, items, items, (a, b, c) => {
        const [x, y, z] = [a, b, c].map((list) => foldWindows(window, list)) as [
          KeptWindow[],
          KeptWindow[],
          KeptWindow[],
        ];
        expect(merge(merge(x, y), z)).toEqual(merge(x, merge(y, z)));
        expect(merge(x, y)).toEqual(merge(y, x));
        expect(merge([], x)).toEqual(x);
      }),
    );
  });

  test("every kept value is a whole number that stays exact", () => {
    fc.assert(
      fc.property(items, (list) => {
        for (const w of foldWindows(window, list))
          for (const v of Object.values(w.kept)) expect(v === null || Number.isSafeInteger(v)).toBe(true);
      }),
    );
  });

  test("an event lies in its window, also before the epoch", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e13, max: 1e13 }),
        fc.constantFrom(1_000, 60_000, 300_000, 86_400_000),
        (ms, size) => {
          const start = windowStart(ms, size);
          expect(start <= ms && ms < start + size && Math.abs(start % size) === 0).toBe(true);
        },
      ),
    );
  });
});

describe("what is presented", () => {
  const of = (rows: Record<string, Value>[]) => {
    const [w] = foldWindows(
      window,
      rows.map((row) => ({
        key: "a",
        event_time_ms: 0,
        row: { speed: 0, level: null, amount: null, open: null, ...row },
      })),
    );
    return presentWindow(window, w!.kept);
  };

  test("means, spreads and extremes in their units", () => {
    expect(of([{ speed: 10.25 }, { speed: 20.75, open: true }])).toMatchObject({
      n: 2,
      speed_mean: 15.5,
      speed_stddev: 5.25,
      speed_min: 10.25,
      speed_max: 20.75,
      open_n: 1,
    });
  });

  test("a mean of an optional field counts only what is there; of nothing it is null", () => {
    expect(of([{ level: 4 }, { level: null }, { level: -2 }])).toMatchObject({
      n: 3,
      level_mean: 1,
      level_stddev: 3,
      level_min: -2,
    });
    expect(of([{}])).toMatchObject({
      level_mean: null,
      level_stddev: null,
      level_min: null,
      amount_sum: null,
    });
  });

  test("the mean is the mean of the values, the spread their standard deviation", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 50 }),
        (hundredths) => {
          const m = hundredths.reduce((a, b) => a + b, 0) / hundredths.length;
          const sd = Math.sqrt(hundredths.reduce((a, b) => a + (b - m) ** 2, 0) / hundredths.length);
          const shown = of(hundredths.map((h) => ({ speed: h / 100 })));
          expect(shown["speed_mean"]).toBeCloseTo(m / 100, 9);
          expect(shown["speed_stddev"]).toBeCloseTo(sd / 100, 4);
        },
      ),
    );
  });
});

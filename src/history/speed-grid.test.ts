/** A day's bytes say what the kept windows say: in SQL as in TypeScript. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NO_DATA } from "../core/speed-percent.ts";
import type { KeptWindow } from "../core/window.ts";
import { ALL, hours, minutes, NOON, partOf, type HistoryBed, type Sent } from "./conformance-kit.ts";
import type { HistoryStore } from "./history-store.ts";
import { memoryBed } from "./memory-bed.fixture.ts";
import { postgresBed } from "./postgres-bed.fixture.ts";
import { speedGrid } from "./speed-grid.ts";

const sent: fc.Arbitrary<Sent> = fc.record({
  key: fc.constantFrom("road-1", "road-2", 'Straße Ω, "東京"'),
  at_ms: fc.integer({ min: 0, max: hours(2) - 1 }),
  event_id: fc.uuid(),
  speed: fc.integer({ min: 0, max: 30_000 }).map((n) => n / 100),
  free: fc.option(
    fc.integer({ min: 1, max: 30_000 }).map((n) => n / 100),
    { nil: null },
  ),
});

for (const [name, makeBed] of [
  ["postgres", postgresBed],
  ["memory", memoryBed],
] as const) {
  describe(name, () => {
    let bed: HistoryBed;
    let store: HistoryStore;
    let offset = 0;

    beforeAll(async () => {
      bed = await makeBed();
      store = await bed.open();
    });
    afterAll(() => bed.drop());

    const put = async (log: readonly Sent[]): Promise<void> => {
      await store.append(bed.traffic, [partOf(bed.traffic, 0, offset, log)]);
      offset += log.length;
    };
    const grid = (keys: readonly string[], from_ms = NOON, to_ms = NOON + hours(2)) =>
      store.speedGrid(bed.traffic, { from_ms, to_ms, keys });
    const kept = (): Promise<readonly KeptWindow[]> => store.windows(bed.traffic, ALL);

    test("bytes of random events equal a fold of the kept windows, whatever keys are asked for in whatever order", async () => {
      const keys = ["road-2", "unheard", 'Straße Ω, "東京"', "road-1"];
      await fc.assert(
        fc.asyncProperty(
          fc.array(sent, { minLength: 1, maxLength: 60 }),
          fc.shuffledSubarray(keys),
          async (log, asked) => {
            await put(log);
            const query = { from_ms: NOON, to_ms: NOON + hours(2), keys: asked };
            expect(await store.speedGrid(bed.traffic, query)).toEqual(
              speedGrid(bed.traffic, query, await kept()),
            );
          },
        ),
        { numRuns: 20 },
      );
    });

    test("a byte is the ratio of the means in percent, rounded half up, at most 200; nothing is 255", async () => {
      const at = hours(1) + minutes(55);
      const road = (key: string, speed: number, free: number | null): Sent => ({
        key,
        at_ms: at,
        event_id: key,
        speed,
        free,
      });
      await put([
        road("half", 25, 50),
        road("rounded", 24.75, 50),
        road("fast", 150, 50),
        road("standing", 0, 50),
        road("unmeasured", 30, null),
      ]);
      const last = await grid(
        ["half", "rounded", "fast", "standing", "unmeasured", "unheard"],
        NOON + at,
        NOON + at + minutes(5),
      );
      expect([...last]).toEqual([50, 50, 200, 0, NO_DATA, NO_DATA]);
    });

    test("windows begin within the range: the one at its end is another's", async () => {
      await put([{ key: "edge", at_ms: hours(5), event_id: "e", speed: 30, free: 60 }]);
      const at = NOON + hours(5);
      expect([...(await grid(["edge"], at - minutes(5), at))]).toEqual([NO_DATA]);
      expect([...(await grid(["edge"], at, at + minutes(10)))]).toEqual([50, NO_DATA]);
    });

    test("a range that is not of whole windows, and a stream without speeds, are refused", async () => {
      expect(Promise.resolve().then(() => grid(["a"], NOON + 1, NOON + hours(1)))).rejects.toThrow(
        RangeError,
      );
      const query = { from_ms: NOON, to_ms: NOON + hours(1), keys: ["a"] };
      const without = { ...bed.traffic, windows: null };
      expect(Promise.resolve().then(() => store.speedGrid(without, query))).rejects.toThrow("keep none");
    });
  });
}

/** Each road is predicted once a minute. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { DueRoads } from "./due.ts";

test("of any sequence of measurements each road is due at most once for a minute, newer each time, and never forgotten", () => {
  const step = fc.oneof(fc.record({ column: fc.nat(20), minute: fc.nat(30) }), fc.constant<"take">("take"));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const due = new DueRoads();
      const taken = new Map<number, number[]>();
      const newest = new Map<number, number>();
      const take = (): void => {
        for (const { minute, columns } of due.take())
          for (const column of columns) taken.set(column, [...(taken.get(column) ?? []), minute]);
      };
      for (const one of steps) {
        if (one === "take") take();
        else {
          const before = newest.get(one.column) ?? -1;
          expect(due.measured(one.column, one.minute)).toBe(one.minute > before);
          newest.set(one.column, Math.max(before, one.minute));
        }
      }
      take();
      expect(due.take()).toEqual([]);
      for (const [column, minutes] of taken) {
        expect(minutes).toEqual([...new Set(minutes)].sort((a, b) => a - b));
        expect(minutes.at(-1)).toBe(newest.get(column)!);
      }
      expect([...taken.keys()].sort()).toEqual([...newest.keys()].sort());
    }),
  );
});

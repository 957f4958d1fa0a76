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
      const wanted = new Map<number, number[]>();
      const take = (): void => {
        for (const { minute, columns } of due.take())
          for (const column of columns) taken.set(column, [...(taken.get(column) ?? []), minute]);
      };
      for (const one of steps) {
        if (one === "take") take();
        else {
          const isNew = one.minute > (wanted.get(one.column)?.at(-1) ?? -1);
          expect(due.measured(one.column, one.minute)).toBe(isNew);
          if (isNew) wanted.set(one.column, [...(wanted.get(one.column) ?? []), one.minute]);
        }
      }
      take();
      expect(due.take()).toEqual([]);
      // Each minute that was new to its road, and no other.
      expect(taken).toEqual(wanted);
    }),
  );
});

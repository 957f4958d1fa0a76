import { expect, test } from "bun:test";
import { chooser } from "./choose.ts";

test("the whole cell goes before its longest beginning, and that before what is otherwise", () => {
  const choose = chooser({
    column: "code",
    equals: { "22423": "cake stand" },
    prefix: { "2": "two", "22": "twenty-two", "224": "more" },
    otherwise: "other",
  });
  expect(["22423", "22422", "2299", "2", "POST", "", undefined, null, 22423].map(choose)).toEqual([
    "cake stand",
    "more",
    "twenty-two",
    "two",
    "other",
    "other",
    "other",
    "other",
    "cake stand",
  ]);
});

test("a cell without a rule has no value", () => {
  expect(chooser({ column: "code", prefix: { a: "x" } })("b")).toBe(undefined);
  // Names that every object has are no entries.
  expect(chooser({ column: "code", equals: { a: "x" }, otherwise: "y" })("constructor")).toBe("y");
});

test("a hash is the same for the same cell, and spreads evenly", () => {
  const choose = chooser({ column: "invoice", hash: ["a", "b", "c"] });
  const counts = new Map<unknown, number>();
  for (let i = 0; i < 30_000; i++) {
    const chosen = choose(`5${i}`);
    expect(choose(`5${i}`)).toBe(chosen);
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  }
  for (const value of ["a", "b", "c"]) expect(counts.get(value)).toBeWithin(9_000, 11_000);
});

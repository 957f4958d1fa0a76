import { expect, test } from "bun:test";
import { comparisonDays, comparisonOf, comparisons, comparisonWords, daysBefore } from "./compare.ts";
import { formatInstant } from "./time.ts";

const at = (text: string): number => Date.parse(text);
const before = (text: string, zone: string, back: number): string | null => {
  const ms = daysBefore(at(text), zone, back);
  return ms === null ? null : formatInstant(ms);
};

test("every comparison has words, and its name is its parameter", () => {
  for (const name of comparisons) {
    expect(comparisonOf(name)).toBe(name);
    expect(comparisonWords[name].label).not.toBe("");
    expect(comparisonDays[name] === null).toBe(name === "typical");
  }
  for (const other of ["", "Yesterday", "toString", null, undefined]) expect(comparisonOf(other)).toBeNull();
});

test("days before have the same local time, also across a change of clocks", () => {
  expect(before("2026-03-30T08:20:00Z", "Europe/Paris", 1)).toBe("2026-03-29T08:20:00Z");
  expect(before("2026-03-29T08:20:00Z", "Europe/Paris", 1)).toBe("2026-03-28T09:20:00Z");
  expect(before("2026-10-26T09:20:00Z", "Europe/Paris", 7)).toBe("2026-10-19T08:20:00Z");
  expect(before("2026-11-21T10:20:00Z", "UTC", 7)).toBe("2026-11-14T10:20:00Z");
});

test("a local time that clocks skipped the day before does not exist; one that they showed twice is the first", () => {
  expect(before("2026-03-30T00:30:00Z", "Europe/Paris", 1)).toBeNull();
  expect(before("2026-10-26T01:30:00Z", "Europe/Paris", 1)).toBe("2026-10-25T00:30:00Z");
  expect(before("2026-10-25T01:30:00Z", "Europe/Paris", 0)).toBe("2026-10-25T01:30:00Z");
});

/**
 * What a figure is compared with: an earlier day at the same local time, or what is typical. One set of words for every
 * page, address and answer: `compare=yesterday|last_week|typical`.
 */
import { days, instantOfLocal, zoneOffset } from "./time.ts";

export const comparisons = ["yesterday", "last_week", "typical"] as const;
export type Comparison = (typeof comparisons)[number];

/** How many local days before: null where it is no single day. */
export const comparisonDays: Readonly<Record<Comparison, number | null>> = {
  yesterday: 1,
  last_week: 7,
  typical: null,
};

/** As a choice, and within a sentence: "8 more congested than yesterday at 10:20". */
export const comparisonWords: Readonly<Record<Comparison, { label: string; than: string }>> = {
  yesterday: { label: "yesterday", than: "yesterday" },
  last_week: { label: "last week", than: "a week before" },
  typical: { label: "typical", than: "is typical" },
};

/** A parameter of an address: null for none, and for what is no name of ours. */
export const comparisonOf = (text: string | null | undefined): Comparison | null =>
  comparisons.find((name) => name === text) ?? null;

/** The instant with the same local time so many days before; null where clocks skipped it. */
export const daysBefore = (ms: number, zone: string, back: number): number | null =>
  back === 0 ? ms : instantOfLocal(ms + zoneOffset(ms, zone) - days(back), zone);

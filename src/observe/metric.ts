/** A metric that is read from the facts, as data: what `/metrics` prints for it follows from this alone. */
import type { Facts } from "./facts.ts";

/** One line: values of the labels, in the metric's order, and the number. */
export type Sample = readonly [labels: readonly (string | number)[], value: number];

export interface Metric {
  name: string;
  kind: "gauge" | "counter";
  help: string;
  /** Names of labels, all of a bounded number of values: never a key, an address or a text of somebody else's. */
  labels: readonly string[];
  /** What is not known has no line. */
  samples: (facts: Facts) => readonly Sample[];
}

export const gauge = (
  name: string,
  labels: readonly string[],
  help: string,
  samples: Metric["samples"],
): Metric => ({ name, kind: "gauge", help, labels, samples });

/** Counted elsewhere and told whole. */
export const counter = (
  name: string,
  labels: readonly string[],
  help: string,
  samples: Metric["samples"],
): Metric => ({ name, kind: "counter", help, labels, samples });

/** A single value, or none where it is not known. */
export const one = (value: number | null | undefined): readonly Sample[] =>
  value === null || value === undefined ? [] : [[[], value]];

/** Milliseconds as the base unit. */
export const toSeconds = (ms: number): number => ms / 1_000;

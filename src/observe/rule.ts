/** The shape of a rule that warns. */
import type { Facts } from "./facts.ts";

/** A value of one subject, as a rule sees it. */
export interface Reading {
  subject: string;
  value: number;
  /** The sentence, should it be raised. */
  text: string;
}

export interface Rule {
  rule: string;
  level: "warning" | "critical";
  /** Raised above this, for so long. */
  above: number;
  after_ms: number;
  /** Ended at or below this, for so long: lower than `above`, so that a value near it does not flap. */
  below: number;
  ended_after_ms: number;
  /** A subject that is not read any more has no warning. */
  read: (facts: Facts) => readonly Reading[];
}

/** The warnings that stand: raised above a level for a while, ended below a lower one for a while. */
import type { Warning } from "../serving/delivery.ts";
import type { Facts } from "./facts.ts";
import type { Reading, Rule } from "./rule.ts";

export interface Change {
  warning: Warning;
  raised: boolean;
}

interface State {
  warning: Warning | null;
  /** Since when the value has been on the other side, monotonic; null while it is not. */
  other_side_ms: number | null;
}

export class Warnings {
  readonly #rules: readonly Rule[];
  readonly #states = new Map<string, State>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /**
   * @param now_ms Monotonic, for spans.
   * @returns What was raised or ended by this look: each change once.
   */
  look(facts: Facts, now_ms: number): readonly Change[] {
    const changes: Change[] = [];
    const seen = new Set<string>();
    for (const rule of this.#rules) {
      for (const reading of rule.read(facts)) {
        const id = JSON.stringify([rule.rule, reading.subject]);
        seen.add(id);
        const state = this.#states.get(id) ?? { warning: null, other_side_ms: null };
        this.#states.set(id, state);
        const change = step(rule, state, reading, now_ms, facts.now_ms);
        if (change !== null) changes.push(change);
      }
    }
    for (const [id, { warning }] of this.#states) {
      if (seen.has(id)) continue;
      this.#states.delete(id);
      if (warning !== null) changes.push({ warning, raised: false });
    }
    return changes;
  }

  /** Critical ones first, then the oldest. */
  standing(): readonly Warning[] {
    return [...this.#states.values()]
      .flatMap(({ warning }) => (warning === null ? [] : [warning]))
      .sort((a, b) => (a.level === b.level ? a.since_ms - b.since_ms : a.level === "critical" ? -1 : 1));
  }
}

function step(rule: Rule, state: State, reading: Reading, now_ms: number, wall_ms: number): Change | null {
  const { subject, value, text } = reading;
  const raised = state.warning !== null;
  const other_side = raised ? value <= rule.below : value > rule.above;
  if (!other_side) {
    state.other_side_ms = null;
    // The number in the sentence follows the value, as long as the value is what it warns of.
    if (state.warning !== null && value > rule.above) state.warning = { ...state.warning, text };
    return null;
  }
  state.other_side_ms ??= now_ms;
  if (now_ms - state.other_side_ms < (raised ? rule.ended_after_ms : rule.after_ms)) return null;
  const since_ms = wall_ms - (now_ms - state.other_side_ms);
  const warning = state.warning ?? { rule: rule.rule, subject, level: rule.level, text, since_ms };
  state.warning = raised ? null : warning;
  state.other_side_ms = null;
  return { warning, raised: !raised };
}

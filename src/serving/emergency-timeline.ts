/**
 * An emergency's reports as a state machine: dispatched → en_route → on_scene → transporting → closed. It may leave states
 * out, never goes back, and never goes on after the last. What breaks that is kept, told, and moves nothing.
 */
import { round } from "../core/field.ts";
import type { Transition } from "./emergency-answer.ts";

export interface Report {
  time_ms: number;
  status: string;
  /** When the call was taken, ms; null where the report does not say. */
  opened_ms: number | null;
}

export interface Timeline {
  transitions: readonly Transition[];
  /** After all valid reports; null where there is none. */
  status: string | null;
  /** Of the first report that says so; null where none does. */
  opened_ms: number | null;
  closed_ms: number | null;
  /** From the dispatch to the first arrival, s; null where either is not known. */
  response_s: number | null;
}

/**
 * @param reports By time; of equal times in the order they were stored.
 * @param states In their order; the last one ends it.
 */
export function timeline(reports: readonly Report[], states: readonly string[]): Timeline {
  const opened_ms = reports.find((report) => report.opened_ms !== null)?.opened_ms ?? null;
  const first_ms = new Map<string, number>();
  let status: string | null = null;
  const transitions = reports.map((report): Transition => {
    const { status: to, time_ms } = report;
    const reason = fault(status, to, time_ms, report.opened_ms ?? opened_ms, states);
    const transition = { from: status, to, valid: reason === null, reason };
    if (reason === null) {
      if (!first_ms.has(to)) first_ms.set(to, time_ms);
      status = to;
    }
    return transition;
  });
  const [dispatched, arrived, closed] = [states[0]!, "on_scene", states.at(-1)!].map((s) => first_ms.get(s));
  const response_ms = dispatched === undefined || arrived === undefined ? null : arrived - dispatched;
  return {
    transitions,
    status,
    opened_ms,
    closed_ms: closed ?? null,
    response_s: response_ms === null ? null : round(response_ms / 1_000, 1),
  };
}

function fault(
  from: string | null,
  to: string,
  time_ms: number,
  opened_ms: number | null,
  states: readonly string[],
): string | null {
  if (opened_ms !== null && time_ms < opened_ms) return `${to} before the call was taken`;
  if (from === null) return null;
  if (from === states.at(-1)) return `${to} after ${from}`;
  return states.indexOf(to) < states.indexOf(from) ? `${to} after ${from}: it does not go back` : null;
}

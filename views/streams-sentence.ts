/** How delivery does, in one sentence: what is wrong first, else that nothing is. */
import type { StreamStatus } from "../src/serving/answer.ts";
import type { Delivery } from "../src/serving/delivery.ts";
import { count, span } from "./format.ts";

/** The city's: what Arterial sends itself is told apart. */
export const cityStreams = (status: readonly StreamStatus[]): readonly StreamStatus[] =>
  status.filter(({ internal }) => !internal);

const broken = (s: StreamStatus): boolean => s.ledger_difference !== 0;

/** Begins with the state, as every page's title does. */
export function streamsTitle(all: readonly StreamStatus[], { warnings }: Delivery): string {
  const status = cityStreams(all);
  const bad = status.filter((s) => isLate(s) || broken(s)).length;
  if (bad > 0) return `○ ${bad} of ${status.length} streams late`;
  if (warnings.length > 0) return `▲ ${warnings.length} ${warnings.length === 1 ? "warning" : "warnings"}`;
  return "● streams live";
}

export function streamsSentence(all: readonly StreamStatus[], delivery: Delivery): string {
  const status = cityStreams(all);
  if (status.length === 0) return "No stream is declared.";
  const lost = status.filter(broken);
  if (lost.length > 0)
    return `The ledger of ${lost.map((s) => s.label).join(", ")} does not add up: this is a fault, see the Δ below.`;
  return `${stateOf(status)}Nothing lost: ${sumOf(status)}; ${lagOf(status)}; ${liveOf(delivery)}.`;
}

/** Had events once, and has none now. What nobody has ever sent is no trouble: few cities have every feed. */
const isLate = ({ state }: StreamStatus): boolean => state === "delayed" || state === "silent";

function stateOf(status: readonly StreamStatus[]): string {
  const named = (some: readonly StreamStatus[]): string => some.map(({ label }) => label).join(", ");
  const empty = status.filter(({ state }) => state === "empty");
  const live = status.filter(({ state }) => state === "live");
  const late = status.filter(isLate).map((s) => `${s.label} is ${s.state} (${span(s.age_ms ?? 0)} old)`);
  const all =
    live.length === status.length
      ? `All ${count(live.length)}`
      : `${count(live.length)} of ${count(status.length)}`;
  return [
    ...(late.length === 0 ? [] : [`${late.join(", ")}.`]),
    ...(status.length === 1 ? [] : [`${all} streams are live.`]),
    ...(empty.length === 0 ? [] : [`Nothing has come yet of ${named(empty)}.`]),
    "",
  ].join(" ");
}

function sumOf(status: readonly StreamStatus[]): string {
  const sum = (term: "consumed" | "stored" | "duplicate" | "dead"): string =>
    count(status.reduce((total, s) => total + s[term], 0));
  return `${sum("consumed")} events consumed = ${sum("stored")} stored + ${sum("duplicate")} duplicate + ${sum("dead")} dead`;
}

/** The slowest partition, not a mean: a mean hides the one that is stuck. */
function lagOf(status: readonly StreamStatus[]): string {
  if (status.some((s) => s.log === "away")) return "the log is away, its ends are as they were told last";
  const lag_ms = Math.max(...status.map((s) => s.lag_ms));
  const lag_events = status.reduce((total, s) => total + s.lag_events, 0);
  if (lag_events === 0) return "up with the log";
  return `slowest partition ${inSeconds(lag_ms)} behind`;
}

const inSeconds = (ms: number): string => (ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : span(ms));

function liveOf({ live_on, breaker }: Delivery): string {
  if (breaker === "open") return `live view from history, because ${live_on} is away`;
  if (breaker === "half-open") return `live view from history, ${live_on} is being tried`;
  return `live view from ${live_on}${breaker === "none" ? "" : ", breaker closed"}`;
}

/** What is counted where the work is done: requests, answers, batches, questions to the database, canaries. */
import type { Clock } from "../core/time.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Layer, Serving } from "../serving/answer.ts";
import { hops, type CanaryTurn, type Hop } from "../serving/delivery.ts";
import { countServed } from "./count-served.ts";
import { measureHistory } from "./measure-history.ts";
import { createMetrics, type Metrics } from "./registry.ts";
import { LastMinute } from "./rolling.ts";

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Seconds. From what memory answers to what a deadline ends. */
const REQUEST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_EVENTS = [1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000];

export interface Meters {
  /** An answered request. @param route Its pattern, as declared; never the path that was asked. */
  readonly request: (method: string, route: string, status: number, ms: number) => void;
  /** The same store, measured. */
  history(history: HistoryStore): HistoryStore;
  /** The same serving layer, with its answers counted by layer. */
  serving(serving: Serving): Serving;
  /** A canary that has arrived, or was waited for in vain. */
  readonly canary: (turn: CanaryTurn) => void;
  lastCanary(): CanaryTurn | null;
  canaryMissed(): Readonly<Record<Hop, number>>;
  /** Of the last minute. */
  requests(): { all: number; failed: number };
  slowestQuery_ms(): number;
  /** Questions to history that are open now. */
  open(): { reads: number; writes: number };
  readonly metrics: Metrics;
}

export function createMeters(clock: Pick<Clock, "monotonic" | "now">): Meters {
  const metrics = createMetrics();
  const requests = metrics.distribution(
    "arterial_http_request_duration_seconds",
    ["method", "route", "status"],
    REQUEST,
    "From request to answer; for a live feed, to its beginning. The route is its pattern.",
  );
  const served = metrics.tally(
    "arterial_served_total",
    ["layer"],
    "Answers by the layer that they come from.",
  );
  const batch_events = metrics.distribution(
    "arterial_batch_events",
    ["stream"],
    BATCH_EVENTS,
    "Events of one batch that history was given, dead letters too.",
  );
  const batch_seconds = metrics.distribution(
    "arterial_batch_duration_seconds",
    ["stream"],
    REQUEST,
    "Time that history took for one batch.",
  );
  const queries = metrics.distribution(
    "arterial_query_duration_seconds",
    ["query"],
    REQUEST,
    "Time that a question to the database took, its wait for a connection included.",
  );
  const failures = metrics.tally("arterial_query_failures_total", ["query"], "Questions that had no answer.");
  const age = metrics.distribution(
    "arterial_live_event_age_seconds",
    [],
    REQUEST,
    "From produced to sent to a client, as the canary measures it.",
  );
  const minute = { all: new LastMinute(clock), failed: new LastMinute(clock), query: new LastMinute(clock) };
  const open = { reads: 0, writes: 0 };
  const missed: Record<Hop, number> = { log: 0, history: 0, live: 0, sse: 0 };
  let last: CanaryTurn | null = null;
  return {
    metrics,
    request(method, route, status, ms) {
      requests.observe(
        [METHODS.has(method) ? method : "OTHER", route, `${Math.floor(status / 100)}xx`],
        ms / 1_000,
      );
      minute.all.add(1);
      if (status >= 500) minute.failed.add(1);
    },
    history: (history) =>
      measureHistory(history, clock, {
        asked: (kind, change) => (open[kind] += change),
        answered(query, ms, failed) {
          queries.observe([query], ms / 1_000);
          if (failed) failures.add([query]);
          minute.query.add(ms);
        },
        batch(stream, events, ms) {
          batch_events.observe([stream], events);
          batch_seconds.observe([stream], ms / 1_000);
        },
      }),
    serving: (serving) => countServed(serving, (layer: Layer) => served.add([layer])),
    canary(turn) {
      last = turn;
      for (const hop of hops) if (turn.took_ms[hop] === null) missed[hop]++;
      if (turn.took_ms.sse !== null) age.observe([], turn.took_ms.sse / 1_000);
    },
    lastCanary: () => last,
    canaryMissed: () => missed,
    requests: () => ({ all: minute.all.read().n, failed: minute.failed.read().n }),
    slowestQuery_ms: () => minute.query.read().max,
    open: () => ({ ...open }),
  };
}

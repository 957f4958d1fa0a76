/** What every part of the serving layer is given. */
import type { City } from "../core/city.ts";
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { AirReads } from "../history/air/air-store.ts";
import type { BatchCare } from "../history/rollups/batch-care.ts";
import type { BatchStore } from "../history/rollups/batch-store.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { PatternStore } from "../history/patterns/pattern-store.ts";
import type { QualityReads } from "../history/quality/quality-store.ts";
import type { LiveStore } from "../live/live-store.ts";
import type { Log } from "../log/log.ts";
import type { BreakerState, Delivery } from "./delivery.ts";
import type { KnownKeys } from "./known-keys.ts";
import type { LogCursor } from "./log-cursor.ts";
import type { AccuracySources } from "./predictions/accuracy.ts";
import type { Network } from "./network.ts";
import type { Views } from "./view.ts";

export interface ServingOptions {
  streams: readonly Stream[];
  live: LiveStore;
  history: HistoryStore;
  /** Roll-ups merged with windows: nothing without it. */
  batch?: Pick<BatchStore, "grouped" | "frontiers">;
  /** Episodes, profiles, travel times: nothing without it. */
  patterns?: Pick<PatternStore, "roads" | "episodes" | "bottlenecks" | "profile" | "times">;
  /** How the batch layer does: views, dirty windows, audits. Nothing is told without it. */
  care?: Pick<BatchCare, "state">;
  /** Data quality, and the keys that analytics leave out: `excludedKeys`. None without it. */
  quality?: QualityReads;
  /** Forecasts of the air: nothing without it. */
  air?: AirReads;
  /** Scores of predictions, and the models that made them: nothing without it. */
  accuracy?: AccuracySources;
  log: Pick<Log, "ends" | "epoch">;
  city: City;
  clock: Clock;
  /** How long a city-wide list is shared, ms; `limits.shared_tick_ms` by default. */
  tick_ms?: number;
  /** Events per second of a stream as the speed layer measures them; by the log's ends without it. */
  events_per_s?: (stream: Stream) => number | null;
  /** What an observer knows of delivery; nothing without it. */
  delivery?: () => Delivery;
  /** How the circuit breaker around the live view stands; `none` without it. */
  breaker?: () => BreakerState;
}

export interface Context extends ServingOptions {
  tick_ms: number;
  network: Network;
  cursors: LogCursor;
  known: KnownKeys;
  views: Views;
}

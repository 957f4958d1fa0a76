/** Why a road looks as it does: the shape of the answer. */
import type { AnswerRow } from "../core/json.ts";
import type { BreakerState } from "./delivery.ts";
import type { LevelRule } from "./explain-rule.ts";

export interface RoadExplanation {
  road_id: string;
  road_name: string;
  /** "Heavy, because traffic moves at 12.4 km/h where 40.0 km/h is free flow: …" */
  sentence: string;
  /** The rule that made the level; null while no event has named the road. */
  level: LevelRule | null;
  /** The newest event, whole, with the feed that sent it; null while there is none. */
  event: (AnswerRow & { source: string }) | null;
  log: LogPlace | null;
  window: ExplainedWindow | null;
  /** Which layer the event was read from; null while there is none. */
  layer: "speed" | "batch" | null;
  /** Why that layer, as a sentence. */
  why_layer: string;
  breaker: BreakerState;
  /** Address of the event as history keeps it; null while there is none. */
  raw_url: string | null;
}

/** Where the event stands in the log, and whether history has it. */
export interface LogPlace {
  topic: string;
  partition: number;
  offset: number;
  /** When the log took it, UTC; null while history has not stored it. */
  received_at: string | null;
  /** Is it in history? An event is live a moment before that. */
  stored: boolean;
  /** Place of the same event that came first, where this one is a repeat; null where it is none. */
  first: { partition: number; offset: number } | null;
}

/** The window that the event fell into, with its aggregates. */
export type ExplainedWindow = AnswerRow & {
  /** Does it count this event already? */
  holds_event: boolean;
  /** The watermark has passed its end and the lateness: nothing more is expected of it. */
  final: boolean;
  /** Watermark from which it is final, UTC. */
  final_from: string;
  /** Least watermark over the partitions that have events, UTC; null before the first. */
  watermark: string | null;
};

/** What a road's prediction says, read from its row, and when it says nothing any more. */
import { congestionLevel, type CongestionLevel } from "../../src/core/congestion.ts";
import { minutes } from "../../src/core/time.ts";
import type { AnswerRow } from "../../src/core/json.ts";
import { instant, num } from "../format.ts";

/** Minutes ahead. */
export const horizons = [10, 20, 30] as const;
export type Horizon = (typeof horizons)[number];

/** An older prediction is none: each minute a new one is due. The same in public/js/predictions-model.js. */
export const KNOWN_MS = minutes(3);

/** km/h; null where the model says nothing of it. */
export interface AheadStep {
  minutes: Horizon;
  /** What the prediction is of, ms. */
  at_ms: number;
  speed: number;
  low_50: number | null;
  high_50: number | null;
  low_90: number | null;
  high_90: number | null;
  /** 0–1: that the road is slow then. */
  jam: number | null;
}

export interface Ahead {
  /** Minute of the measurement that it is made from, ms. */
  made_ms: number;
  current: number | null;
  steps: readonly AheadStep[];
  /** 0–1: that the speed in 10 minutes is within ±15 %. */
  confidence: number | null;
  model: string | null;
}

/** Null for a row without a time or a speed for each horizon. */
export function aheadOf(row: AnswerRow): Ahead | null {
  const made_ms = instant(row["timestamp"]);
  if (made_ms === null) return null;
  const steps = horizons.flatMap((minute): AheadStep[] => {
    const speed = num(row[`predicted_speed_${minute}min`]);
    if (speed === null) return [];
    const of = (name: string): number | null => num(row[`${name}_${minute}min`]);
    return [
      {
        minutes: minute,
        at_ms: made_ms + minutes(minute),
        speed,
        low_50: of("low_50"),
        high_50: of("high_50"),
        low_90: of("low_90"),
        high_90: of("high_90"),
        jam: of("congestion_probability"),
      },
    ];
  });
  if (steps.length < horizons.length) return null;
  return {
    made_ms,
    current: num(row["current_speed"]),
    steps,
    confidence: num(row["prediction_confidence"]),
    model: typeof row["model_version"] === "string" ? row["model_version"] : null,
  };
}

/** Whether it still speaks of what is to come. */
export const isKnown = ({ made_ms }: Pick<Ahead, "made_ms">, now_ms: number): boolean =>
  now_ms - made_ms <= KNOWN_MS;

/** As a road of such a speed is coloured. Nobody predicts that a road is closed. */
export const levelAhead = (speed: number, free_flow: number | null): CongestionLevel =>
  congestionLevel(free_flow === null || free_flow <= 0 ? null : speed / free_flow, false);

/** `ahead=20` of an address; null for now. */
export const readAhead = (text: string | undefined): Horizon | null =>
  horizons.find((minute) => String(minute) === text) ?? null;

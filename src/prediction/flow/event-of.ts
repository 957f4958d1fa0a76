/** A prediction as it stands on the topic: paper 004's JSON, and how sure it is. */
import { uuid5 } from "../../core/identity.ts";
import { formatInstant, minutes } from "../../core/time.ts";
import { HORIZONS_MIN } from "../model.ts";
import type { RoadPrediction } from "../prediction.ts";

export interface PredictionOf {
  road_id: string;
  /** Minutes since the epoch. */
  minute: number;
  now: number | null;
  model_version: string;
  ahead: RoadPrediction;
}

/** A road has one prediction a minute: whoever makes another, after a kill or beside a replica, makes the same event again. */
export const predictionId = (road_id: string, minute: number): string =>
  uuid5(JSON.stringify(["prediction", road_id, minute]));

export function eventOf({
  road_id,
  minute,
  now,
  model_version,
  ahead,
}: PredictionOf): Readonly<Record<string, unknown>> {
  const event: Record<string, unknown> = {
    event_id: predictionId(road_id, minute),
    road_id,
    timestamp: formatInstant(minute * minutes(1)),
    current_speed: now,
    prediction_confidence: ahead.horizons[0].within_15,
    model_version,
    regime: ahead.regime,
  };
  for (const [i, horizon] of HORIZONS_MIN.entries()) {
    const said = ahead.horizons[i]!;
    event[`predicted_speed_${horizon}min`] = said.speed;
    event[`low_50_${horizon}min`] = said.low_50;
    event[`high_50_${horizon}min`] = said.high_50;
    event[`low_90_${horizon}min`] = said.low_90;
    event[`high_90_${horizon}min`] = said.high_90;
    event[`congestion_probability_${horizon}min`] = said.congestion_probability;
  }
  return event;
}

/** How good predictions are now, for metrics and warnings. */
import { slotStart } from "../../core/rollup.ts";
import { hours, parseInstant } from "../../core/time.ts";
import { horizons, type ScoreStore } from "../../history/scores/score-store.ts";
import type { DriftOfHorizon } from "./answer.ts";
import { driftOf } from "./drift.ts";
import { figuresOf, sumOf } from "./figures.ts";

export interface PredictionFacts {
  /** Targets before it are scored. */
  scored_to_ms: number;
  /** Mean absolute error of what was served, of the last whole hour of targets and what is scored since; null without a pair. */
  last_hour: readonly { horizon_min: number; mae: number | null; n: number }[];
  /** Of the last 24 hours. */
  drift: readonly DriftOfHorizon[];
}

/** Null where nothing was ever scored. @throws {HistoryUnavailableError} */
export async function predictionFacts(
  scores: Pick<ScoreStore, "scoredTo" | "groups">,
  zone: string,
): Promise<PredictionFacts | null> {
  const drift = await driftOf(scores, zone);
  const until_ms = drift.until === null ? null : parseInstant(drift.until);
  if (until_ms === null) return null;
  const groups = await scores.groups(slotStart(until_ms - 1, "1h", zone) - hours(1), until_ms);
  return {
    scored_to_ms: until_ms,
    last_hour: horizons.map((horizon_min) => {
      const mine = groups.filter((group) => !group.trial && group.horizon_min === horizon_min);
      const { mae, n } = figuresOf(sumOf(mine));
      return { horizon_min, mae, n };
    }),
    drift: drift.horizons,
  };
}

/** What the page of predictions is asked for: in its address, `?span=&horizon=&model=`. */
import { slotFrom } from "../../src/core/rollup.ts";
import { days, formatInstant, hours } from "../../src/core/time.ts";
import { horizons, type Horizon } from "./ahead.ts";

export const spans = ["24h", "7d", "28d"] as const;
export type Span = (typeof spans)[number];

export const spanWords: Readonly<Record<Span, string>> = {
  "24h": "24 h",
  "7d": "7 days",
  "28d": "28 days",
};
const LENGTHS_MS: Readonly<Record<Span, number>> = { "24h": hours(24), "7d": days(7), "28d": days(28) };

export interface PredictionsQuery {
  span: Span;
  /** All of them for null. */
  horizon: Horizon | null;
  /** What was served, by whatever model, for null. */
  model: string | null;
}

const MODEL_CHARS_MAX = 128;

/** What is none of ours is as if it were not there. */
export function readPredictionsQuery(asked: Readonly<Record<string, string>>): PredictionsQuery {
  const model = (asked["model"] ?? "").trim().slice(0, MODEL_CHARS_MAX);
  return {
    span: spans.find((span) => span === asked["span"]) ?? "24h",
    horizon: horizons.find((minute) => String(minute) === asked["horizon"]) ?? null,
    model: model === "" ? null : model,
  };
}

/** The address of the page, as short as can be. */
export function predictionsUrl(
  query: PredictionsQuery,
  change: Partial<PredictionsQuery> = {},
  path = "/predictions",
): string {
  const { span, horizon, model } = { ...query, ...change };
  const parameters = new URLSearchParams({
    ...(span === "24h" ? {} : { span }),
    ...(horizon === null ? {} : { horizon: String(horizon) }),
    ...(model === null ? {} : { model }),
  }).toString();
  return parameters === "" ? path : `${path}?${parameters}`;
}

/** Whole hours of the city's zone; the one that runs is the last. */
export function rangeOf({ span }: PredictionsQuery, now_ms: number, zone: string) {
  const to_ms = slotFrom(now_ms + 1, "1h", zone);
  return { from_ms: to_ms - LENGTHS_MS[span], to_ms };
}

/** The same figures for programs. */
export function accuracyUrl(query: PredictionsQuery, now_ms: number, zone: string, table?: string): string {
  const { from_ms, to_ms } = rangeOf(query, now_ms, zone);
  const parameters = new URLSearchParams({
    from: formatInstant(from_ms),
    to: formatInstant(to_ms),
    ...(query.horizon === null ? {} : { horizon_min: String(query.horizon) }),
    ...(query.model === null ? {} : { model_version: query.model }),
    ...(table === undefined ? {} : { format: "csv", table }),
  });
  return `/api/analytics/prediction-accuracy?${parameters.toString().replaceAll("%3A", ":")}`;
}

/** The rule that made a road's level, in words: from the thresholds that computed it. */
import { congestionLevel, levelRatios, type CongestionLevel } from "../core/congestion.ts";
import type { AnswerRow } from "../core/json.ts";

export interface LevelRule {
  congestion_level: CongestionLevel;
  /** km/h; null where the event names none. */
  current_speed: number | null;
  free_flow_speed: number | null;
  /** current_speed / free_flow_speed as it was stored, to four digits; null without a free-flow speed. */
  speed_ratio: number | null;
  road_closed: boolean;
  /** Least ratio of the level, inclusive; null where no ratio decided, 0 for severe. */
  ratio_from: number | null;
  /** First ratio above the level; null for free, and where no ratio decided. */
  ratio_below: number | null;
  /** "speed_ratio 0.31 = 12.4 / 40.0: at least 0.25 and below 0.5 is heavy" */
  rule: string;
}

const OPEN: readonly (readonly [CongestionLevel, number])[] = [
  ["free", levelRatios.free],
  ["moderate", levelRatios.moderate],
  ["heavy", levelRatios.heavy],
  ["severe", 0],
];

/** @param row The event's fields, its level among them. */
export function levelRule(row: AnswerRow): LevelRule {
  const current_speed = numberOf(row["current_speed"]);
  const free_flow_speed = numberOf(row["free_flow_speed"]);
  const speed_ratio = numberOf(row["speed_ratio"]);
  const road_closed = row["road_closed"] === true;
  const congestion_level = congestionLevel(speed_ratio, road_closed);
  const facts = { congestion_level, current_speed, free_flow_speed, speed_ratio, road_closed };
  if (road_closed) {
    const rule = "road_closed is true: a closed road is closed, whatever its speed";
    return { ...facts, ratio_from: null, ratio_below: null, rule };
  }
  if (speed_ratio === null) {
    const rule =
      "the event names no free_flow_speed: without it there is no speed_ratio, and the level is unknown";
    return { ...facts, ratio_from: null, ratio_below: null, rule };
  }
  const at = OPEN.findIndex(([level]) => level === congestion_level);
  const ratio_from = OPEN[at]![1];
  const ratio_below = OPEN[at - 1]?.[1] ?? null;
  const share = `speed_ratio ${exact(speed_ratio)} = ${speed(current_speed)} / ${speed(free_flow_speed)}`;
  return {
    ...facts,
    ratio_from,
    ratio_below,
    rule: `${share}: ${between(ratio_from, ratio_below)} is ${congestion_level}`,
  };
}

function between(from: number, below: number | null): string {
  if (below === null) return `at least ${from}`;
  return from === 0 ? `below ${below}` : `at least ${from} and below ${below}`;
}

const numberOf = (value: AnswerRow[string] | undefined): number | null =>
  typeof value === "number" ? value : null;

/** Two digits at least, and as many as it has: 0.4999 must not read as 0.50, which would be another level. */
const exact = (ratio: number): string => {
  const short = ratio.toFixed(2);
  return Number(short) === ratio ? short : String(ratio);
};

/** One digit at least: 40.0 and 12.43. */
const speed = (kmh: number | null): string =>
  kmh === null ? "?" : Number.isInteger(kmh) ? kmh.toFixed(1) : String(kmh);

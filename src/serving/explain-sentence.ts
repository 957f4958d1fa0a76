/** Why a road looks as it does, in one or two sentences for people. */
import { seconds, minutes, hours, days } from "../core/time.ts";
import type { LevelRule } from "./explain-rule.ts";

export function explainSentence(level: LevelRule | null, stale: boolean, age_ms: number | null): string {
  if (level === null) return "No data, because no event has named this road yet: the network alone knows it.";
  const age = stale && age_ms !== null ? ` That was ${ago(age_ms)} ago; nothing newer has come.` : "";
  return `${because(level)}.${age}`;
}

function because(level: LevelRule): string {
  const { congestion_level, current_speed, free_flow_speed, speed_ratio, ratio_from, ratio_below } = level;
  if (level.road_closed) return "Closed, because the newest event says that the road is closed";
  const speed = `${kmh(current_speed)} km/h`;
  if (speed_ratio === null)
    return `No level, because the newest event names no free-flow speed to hold ${speed} against`;
  const range =
    ratio_below === null
      ? `${percent(ratio_from ?? 0)} or more`
      : ratio_from === 0 || ratio_from === null
        ? `below ${percent(ratio_below)}`
        : `from ${percent(ratio_from)} to below ${percent(ratio_below)}`;
  const word = congestion_level.charAt(0).toUpperCase() + congestion_level.slice(1);
  const flow = `traffic moves at ${speed} where ${kmh(free_flow_speed)} km/h is free flow`;
  return `${word}, because ${flow}: ${percent(speed_ratio)} of it, and ${range} is ${congestion_level}`;
}

const kmh = (speed: number | null): string => (speed === null ? "?" : String(Math.round(speed * 10) / 10));

/** A ratio has four digits: its percentage has two, and none is rounded over a threshold. */
const percent = (ratio: number): string => `${Number((ratio * 100).toFixed(2))} %`;

const units = [
  ["days", days(1)],
  ["h", hours(1)],
  ["min", minutes(1)],
] as const;

function ago(ms: number): string {
  const [unit, size] = units.find(([, least]) => ms >= 2 * least) ?? (["s", seconds(1)] as const);
  return `${Math.round(ms / size)} ${unit}`;
}

/** Which roads are expected to change most within half an hour. */
import type { Road } from "../../src/core/city.ts";
import type { CurrentRow } from "../../src/serving/answer.ts";
import { aheadOf, isKnown, type AheadStep } from "./ahead.ts";

export interface Change {
  road_id: string;
  road_name: string;
  free_flow: number;
  now: number;
  step: AheadStep;
  /** Of free flow: below 0 it gets slower. */
  change: number;
}

export interface Outlook {
  worse: readonly Change[];
  better: readonly Change[];
  /** Roads that are predicted now, and the minute of the newest. */
  known: number;
  made_ms: number | null;
  models: readonly string[];
}

const SHOWN = 6;
/** A smaller part of the free flow is no news. */
const NEWS = 0.1;

export function outlookOf(roads: readonly Road[], rows: readonly CurrentRow[], now_ms: number): Outlook {
  const by_id = new Map(rows.map((row) => [String(row["road_id"]), row]));
  const known = rows.flatMap((row) => {
    const ahead = aheadOf(row);
    return ahead === null || !isKnown(ahead, now_ms) ? [] : [ahead];
  });
  const changes = roads.flatMap(({ road_id, road_name, free_flow_speed }): Change[] => {
    const row = by_id.get(road_id);
    const ahead = row === undefined ? null : aheadOf(row);
    const step = ahead?.steps.at(-1);
    if (ahead === null || step === undefined || ahead.current === null || !isKnown(ahead, now_ms)) return [];
    const change = (step.speed - ahead.current) / free_flow_speed;
    return [{ road_id, road_name, free_flow: free_flow_speed, now: ahead.current, step, change }];
  });
  const sorted = changes.toSorted((a, b) => a.change - b.change || (a.road_id < b.road_id ? -1 : 1));
  return {
    worse: sorted.filter(({ change }) => change <= -NEWS).slice(0, SHOWN),
    better: sorted
      .toReversed()
      .filter(({ change }) => change >= NEWS)
      .slice(0, SHOWN),
    known: known.length,
    made_ms: known.length === 0 ? null : Math.max(...known.map(({ made_ms }) => made_ms)),
    models: [...new Set(known.flatMap(({ model }) => model ?? []))].toSorted(),
  };
}

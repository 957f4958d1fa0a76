/** Which roads are expected to change most within half an hour. */
import type { Road } from "../../src/core/city.ts";
import type { CurrentRow } from "../../src/serving/answer.ts";
import { num } from "../format.ts";
import { aheadOf, isKnown, type Ahead, type AheadStep } from "./ahead.ts";

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
  /** Roads that there are: the city's, and those that only events know. */
  all: number;
  models: readonly string[];
  /** Whether one of the models can expect a change: persistence never does. */
  foresees: boolean;
}

const SHOWN = 6;
/** A smaller part of the free flow is no news. */
const NEWS = 0.1;
/** What is served without a model. */
const PERSISTENCE = "persistence";

/**
 * @param rows Of the stream of predictions.
 * @param measured Of the stream of roads: a sensor that is not in the network has its free-flow speed there, and is told by its id.
 */
export function outlookOf(
  roads: readonly Road[],
  rows: readonly CurrentRow[],
  measured: readonly CurrentRow[],
  now_ms: number,
): Outlook {
  const own = new Map(roads.map((road) => [road.road_id, road]));
  const free = new Map(measured.map((row) => [String(row["road_id"]), num(row["free_flow_speed"])]));
  const strangers = new Set([...free.keys()].filter((road_id) => !own.has(road_id)));
  const known: Ahead[] = [];
  const changes: Change[] = [];
  for (const row of rows) {
    const road_id = String(row["road_id"]);
    if (!own.has(road_id)) strangers.add(road_id);
    const ahead = aheadOf(row);
    if (ahead === null || !isKnown(ahead, now_ms)) continue;
    known.push(ahead);
    const step = ahead.steps.at(-1);
    const free_flow = own.get(road_id)?.free_flow_speed ?? free.get(road_id) ?? 0;
    if (step === undefined || ahead.current === null || free_flow <= 0) continue;
    const change = (step.speed - ahead.current) / free_flow;
    const road_name = own.get(road_id)?.road_name ?? road_id;
    changes.push({ road_id, road_name, free_flow, now: ahead.current, step, change });
  }
  const sorted = changes.toSorted((a, b) => a.change - b.change || (a.road_id < b.road_id ? -1 : 1));
  const models = [...new Set(known.flatMap(({ model }) => model ?? []))].toSorted();
  return {
    worse: sorted.filter(({ change }) => change <= -NEWS).slice(0, SHOWN),
    better: sorted
      .toReversed()
      .filter(({ change }) => change >= NEWS)
      .slice(0, SHOWN),
    known: known.length,
    made_ms: known.length === 0 ? null : Math.max(...known.map(({ made_ms }) => made_ms)),
    all: roads.length + strangers.size,
    models,
    foresees: known.some(({ model }) => model !== PERSISTENCE),
  };
}

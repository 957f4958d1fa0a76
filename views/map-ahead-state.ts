/**
 * The city's roads as they are predicted, as little text as can be: for a map that begins to look ahead. Then the stream tells what
 * is new.
 */
import type { City } from "../src/core/city.ts";
import type { CurrentRow } from "../src/serving/answer.ts";
import { instant, num } from "./format.ts";
import { aheadOf, isKnown, KNOWN_MS, levelAhead, type Horizon } from "./predictions/ahead.ts";

/** Age in seconds at `now_ms`; then of 10, 20 and 30 minutes each: speed, low and high of 90 %, percent of a jam; whole, −1 for none. */
type Figures = readonly number[];

export interface AheadState {
  now_ms: number;
  /** A prediction is none when older than this. */
  known_ms: number;
  /** In the order of the network's features; 0 for a road without a prediction. */
  roads: readonly (Figures | 0)[];
  /** Roads that only events know: id, free-flow speed, figures. */
  points: readonly (readonly [string, number, Figures])[];
}

const whole = (value: number | null): number => (value === null ? -1 : Math.round(value));

function figuresOf(row: CurrentRow, now_ms: number): Figures | null {
  const ahead = aheadOf(row);
  if (ahead === null || !isKnown(ahead, now_ms)) return null;
  return [
    Math.max(0, Math.round((now_ms - ahead.made_ms) / 1_000)),
    ...ahead.steps.flatMap(({ speed, low_90, high_90, jam }) => [
      whole(speed),
      whole(low_90),
      whole(high_90),
      whole(jam === null ? null : 100 * jam),
    ]),
  ];
}

/**
 * @param predicted Rows of the stream of predictions.
 * @param now Rows of the stream of roads: a sensor that is not in the network has its free-flow speed there.
 */
export function aheadState(
  city: City,
  predicted: readonly CurrentRow[],
  now: readonly CurrentRow[],
  now_ms: number,
): AheadState {
  const by_id = new Map(predicted.map((row) => [String(row["road_id"]), row]));
  const roads = city.roads.map(({ road_id }) => {
    const row = by_id.get(road_id);
    by_id.delete(road_id);
    return row === undefined ? 0 : (figuresOf(row, now_ms) ?? 0);
  });
  const free = new Map(now.map((row) => [String(row["road_id"]), num(row["free_flow_speed"])]));
  const points = [...by_id].flatMap(([id, row]): AheadState["points"][number][] => {
    const figures = figuresOf(row, now_ms);
    return figures === null ? [] : [[id, free.get(id) ?? 0, figures]];
  });
  return { now_ms, known_ms: KNOWN_MS, roads, points };
}

/** Rows as the picture of the city wants them, of a time ahead: those that are not known are left out. */
export function rowsAhead(
  city: City,
  predicted: readonly CurrentRow[],
  minute: Horizon,
  now_ms: number,
): readonly CurrentRow[] {
  const free = new Map(city.roads.map((road) => [road.road_id, road.free_flow_speed]));
  return predicted.flatMap((row): CurrentRow[] => {
    const ahead = aheadOf(row);
    const step = ahead?.steps.find((one) => one.minutes === minute);
    if (ahead === null || step === undefined || !isKnown(ahead, now_ms)) return [];
    const road_id = String(row["road_id"]);
    const level = levelAhead(step.speed, free.get(road_id) ?? null);
    return [{ road_id, current_speed: step.speed, congestion_level: level, as_of: row.as_of, stale: false }];
  });
}

/** Newest minute that a prediction of the city was made from; null where none is known. */
export function madeOf(predicted: readonly CurrentRow[], now_ms: number): number | null {
  const made = predicted.flatMap((row) => instant(row["timestamp"]) ?? []);
  const newest = made.reduce((most, ms) => Math.max(most, ms), -Infinity);
  return now_ms - newest <= KNOWN_MS ? newest : null;
}

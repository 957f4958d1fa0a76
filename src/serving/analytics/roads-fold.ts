/** Roads over a range: what each lost against free flow. */
import type { Group } from "../../history/rollups/batch-store.ts";
import { round } from "../../core/field.ts";
import { count, mergeKept, speedsOf, type KeptRow, type Measures } from "./fold.ts";

/** One row per road, those of both ends of a range merged in. */
export function byRoad(measures: Measures, groups: readonly Group[]): Map<string, KeptRow> {
  const columns = measures.columns.filter(({ edges }) => edges === undefined);
  const roads = new Map<string, KeptRow>();
  for (const { key, kept } of groups) roads.set(key!, mergeKept(columns, roads.get(key!) ?? null, kept)!);
  return roads;
}

/** Time for a kilometre at free flow, s; null where no event said it. */
export function freePace(measures: Measures, kept: KeptRow): number | null {
  const { free_flow_speed } = speedsOf(measures, kept);
  return free_flow_speed === null || free_flow_speed === 0 ? null : 3_600 / free_flow_speed;
}

/**
 * Time that was taken over the time at free flow, each road counted by its windows: from sums, so that fast and slow roads are not mixed
 * before they are divided. Null where no road has a free-flow speed.
 */
export function delayIndex(measures: Measures, roads: Iterable<KeptRow>): number | null {
  let [taken, free] = [0, 0];
  for (const kept of roads) {
    const [pace, free_s] = [kept["pace_sum"], freePace(measures, kept)];
    if (typeof pace !== "number" || free_s === null) continue;
    taken += pace / 1_000;
    free += free_s * count(kept, "windows_n");
  }
  return free === 0 ? null : round(taken / free, 4);
}

/** Folds windows of many roads at once, from what is open on each. */
import {
  episodeRule,
  foldEpisodes,
  openAt,
  type Episode,
  type RoadFacts,
  type RoadWindow,
} from "../../core/episodes.ts";

export interface FoldedRoads {
  /** In order of time on each road. */
  ended: [road_id: string, Episode][];
  open: Map<string, Episode>;
}

/** Roads folded between two turns of the event loop. */
const SLICE = 200;

/** @param at_ms All windows before it are known: what was open for too long without data has ended. */
export async function foldRoads(
  open: ReadonlyMap<string, Episode>,
  windows: ReadonlyMap<string, readonly RoadWindow[]>,
  at_ms: number,
  size_ms: number,
  roads: ReadonlyMap<string, RoadFacts>,
): Promise<FoldedRoads> {
  const folded: FoldedRoads = { ended: [], open: new Map() };
  let n = 0;
  for (const road_id of new Set([...open.keys(), ...windows.keys()])) {
    const length_km = roads.get(road_id)?.length_km ?? null;
    const one = foldEpisodes(open.get(road_id) ?? null, windows.get(road_id) ?? [], {
      rule: episodeRule,
      size_ms,
      length_km,
    });
    const at = one.open === null ? null : openAt(one.open, at_ms, episodeRule);
    for (const episode of [...one.ended, ...(at?.ended ?? [])]) folded.ended.push([road_id, episode]);
    if (at !== null && at.open !== null) folded.open.set(road_id, at.open);
    if (++n % SLICE === 0) await new Promise((turn) => setImmediate(turn));
  }
  return folded;
}

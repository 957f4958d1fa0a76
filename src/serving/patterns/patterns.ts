/** What recurs on roads: each question answered by a file of its own. */
import type { Stream } from "../../core/stream.ts";
import type { Context } from "../context.ts";
import type { RoadPatterns } from "../episode-answer.ts";
import { Patterns } from "./asked.ts";
import { corridorReliability } from "./corridor-reliability.ts";
import { Corridors } from "./corridors.ts";
import { bottlenecks, episodes } from "./episodes.ts";
import { profile } from "./profile.ts";
import { reliability } from "./reliability-rows.ts";
import { scan } from "./scan.ts";

/** @param traffic The stream whose keys are roads. */
export function createPatterns(context: Context, traffic: Stream): RoadPatterns {
  const patterns = new Patterns(context, traffic);
  const corridors = new Corridors(patterns);
  return {
    episodes: (query) => episodes(patterns, query),
    bottlenecks: (query) => bottlenecks(patterns, query),
    profile: (road_id) => profile(patterns, road_id),
    reliability: (query) =>
      query.by === "corridor"
        ? corridorReliability(patterns, corridors, query)
        : reliability(patterns, query),
    corridors: () => corridors.list(),
    scan: (query) => scan(patterns, corridors, query),
  };
}

/** The store of episodes and profiles, with what the city says of its roads. */
import type { City } from "./core/city.ts";
import type { PatternStore } from "./history/patterns/pattern-store.ts";
import { openPostgresPatterns } from "./history/patterns/postgres-patterns.ts";
import { speedEdges } from "./streams/traffic.ts";

export const openPatterns = (url: string, { zone, roads }: Pick<City, "zone" | "roads">): PatternStore =>
  openPostgresPatterns({
    url,
    zone,
    roads: new Map(
      roads.map(({ road_id, length_km, free_flow_speed }) => [road_id, { length_km, free_flow_speed }]),
    ),
    edges: speedEdges,
  });

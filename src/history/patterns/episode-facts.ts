/** How far episodes are, and what goes on there: read in the snapshot in which the rest is read. */
import { createHash } from "node:crypto";
import { episodeRule, type Episode, type RoadFacts } from "../../core/episodes.ts";
import type { Stream } from "../../core/stream.ts";
import { episodeOf, episodeSelect, type EpisodeSqlRow } from "./episode-rows.ts";
import { readViews, type Ask } from "../rollups/facts.ts";
import { slowDefinition } from "./slow-windows.ts";

export const EPISODES_VIEW = "episodes";

/** Changes whenever episodes of the same windows would be others. */
export const episodesDefinition = (
  stream: Stream,
  zone: string,
  roads: ReadonlyMap<string, RoadFacts>,
): string => {
  const hash = createHash("sha256").update(
    `1 ${JSON.stringify(episodeRule)} ${zone} ${slowDefinition(stream)}`,
  );
  for (const [road_id, { length_km, free_flow_speed }] of roads)
    hash.update(`\n${road_id} ${length_km} ${free_flow_speed}`);
  return hash.digest("hex").slice(0, 16);
};

/** Ms; null where there are none, or those of another definition. */
export async function episodesFrontier(ask: Ask, stream: Stream, definition: string): Promise<number | null> {
  const row = (await readViews(ask, stream)).find(({ view }) => view === EPISODES_VIEW);
  return row?.definition === definition ? row.frontier_ms : null;
}

export async function openEpisodes(ask: Ask, keys: string | null = null): Promise<Map<string, Episode>> {
  const rows = await ask.unsafe<EpisodeSqlRow[]>(
    `select ${episodeSelect} from congestion_episodes e where e.ended_at is null${keys === null ? "" : " and e.road_id = any($1::text[])"}`,
    keys === null ? [] : [keys],
  );
  return new Map(
    rows.map((row) => {
      const { road_id, ...episode } = episodeOf(row);
      return [road_id, episode];
    }),
  );
}

/** Episodes and bottlenecks as they are answered. */
import { round } from "../../core/field.ts";
import { days, formatInstant, minutes } from "../../core/time.ts";
import type { Bottleneck, EpisodesRead, RoadEpisode } from "../../history/patterns/pattern-store.ts";
import type { Answer } from "../answer.ts";
import type { BottleneckRow, BottlenecksQuery, EpisodeRow, EpisodesQuery } from "../episode-answer.ts";
import { share } from "../meta.ts";
import type { Chosen, Facts, Patterns } from "./asked.ts";

/** Before a range in which a road's habits are looked for. */
const BEFORE_MS = days(28);

export const episodes = (patterns: Patterns, query: EpisodesQuery): Promise<Answer<readonly EpisodeRow[]>> =>
  patterns.answer(async () => {
    const { told, ...read } = await readEpisodes(patterns, query);
    const data = read.episodes.map((episode) => episodeRow(patterns, episode));
    const from_ms =
      query.state === "now"
        ? patterns.now_ms
        : query.state === "new"
          ? query.from_ms - BEFORE_MS
          : query.from_ms;
    return { data, facts: { ...factsOf(patterns, read, from_ms, query.to_ms), told } };
  });

/** What goes on now is left out by what is said of today. */
export async function readEpisodes(
  patterns: Patterns,
  query: EpisodesQuery,
): Promise<EpisodesRead & Pick<Chosen, "told">> {
  const { from_ms, to_ms, state, sort, limit } = query;
  const { now_ms } = patterns;
  const span = state === "now" ? { from_ms: now_ms, to_ms: now_ms + 1 } : { from_ms, to_ms };
  const { keys, told } = await patterns.chosenKeys({ ...query, ...span });
  const counting = await patterns.counting();
  const read = await patterns.store.episodes(patterns.traffic, {
    from_ms,
    to_ms,
    state,
    sort,
    limit,
    counting,
    now_ms,
    ...(keys === undefined ? {} : { keys }),
  });
  return { ...read, told };
}

/** How much of the range the views know: what lies between an old frontier and the windows that are folded is not known. */
function factsOf(
  { now_ms }: Patterns,
  { frontier_ms, tail_ms }: Pick<EpisodesRead, "frontier_ms" | "tail_ms">,
  from_ms: number,
  to_ms: number,
): Facts {
  const end_ms = Math.min(to_ms, now_ms);
  const hole_ms = Math.max(0, Math.min(end_ms, tail_ms) - Math.max(from_ms, frontier_ms ?? -Infinity));
  return {
    frontier_ms,
    merged: tail_ms < to_ms,
    coverage: share(end_ms - from_ms - hole_ms, end_ms - from_ms),
    as_of_ms: now_ms,
  };
}

export function episodeRow(patterns: Patterns, episode: RoadEpisode): EpisodeRow {
  const { road_id, start_ms, end_ms, last_ms, delay_ms, vehicle_ms, windows_n, counted_n } = episode;
  const size_ms = patterns.traffic.windows?.size_ms ?? minutes(5);
  const length_ms = (end_ms ?? last_ms) - start_ms;
  const windows_expected = Math.max(windows_n, Math.round(length_ms / size_ms));
  return {
    road_id,
    road_name: patterns.nameOf(road_id),
    started_at: formatInstant(start_ms),
    ended_at: end_ms === null ? null : formatInstant(end_ms),
    end: episode.end,
    minutes: length_ms / minutes(1),
    worst_ratio: episode.worst_ratio,
    worst_at: formatInstant(episode.worst_ms),
    delay_s: delay_ms === null ? null : seconds(delay_ms),
    mean_delay_s: delay_ms === null ? null : seconds(delay_ms / windows_n),
    vehicle_hours: vehicleHours(vehicle_ms),
    counted_share: share(counted_n, windows_n),
    windows_n,
    windows_expected,
    coverage: share(windows_n, windows_expected),
    // The window that is not over ends later than now.
    as_of: formatInstant(Math.min(last_ms, patterns.now_ms)),
  };
}

const seconds = (ms: number): number => round(ms / 1_000, 1);
const vehicleHours = (ms: number | null): number | null => (ms === null ? null : round(ms / 3_600_000, 2));

export const bottlenecks = (
  patterns: Patterns,
  query: BottlenecksQuery,
): Promise<Answer<readonly BottleneckRow[]>> =>
  patterns.answer(async () => {
    const { from_ms, to_ms, limit } = query;
    // Ranks are compared with those of the period before, over the same roads.
    const before_ms = from_ms - (to_ms - from_ms);
    const { keys, told } = await patterns.chosenKeys({ ...query, from_ms: before_ms });
    const counting = await patterns.counting();
    const read = await patterns.store.bottlenecks(patterns.traffic, {
      from_ms,
      to_ms,
      counting,
      now_ms: patterns.now_ms,
      ...(keys === undefined ? {} : { keys }),
    });
    const before = ranked(read.rows.filter((row) => row.before));
    const places = new Map(before.map(({ road_id }, i) => [road_id, i]));
    const data = ranked(read.rows.filter((row) => !row.before))
      .slice(0, limit)
      .map((row, i): BottleneckRow => {
        const place = places.get(row.road_id);
        const earlier = place === undefined ? null : before[place]!;
        const road = patterns.context.network.roads.get(row.road_id);
        const by_hour = Array.from({ length: 24 }, (_, hour) => row.hours.filter((at) => at === hour).length);
        const frequent_hour_n = Math.max(...by_hour);
        return {
          rank: i + 1,
          rank_before: place === undefined ? null : place + 1,
          rank_change: place === undefined ? null : place - i,
          road_id: row.road_id,
          road_name: patterns.nameOf(row.road_id),
          district: road?.district ?? null,
          length_km: road?.length_km ?? null,
          episodes_n: row.episodes_n,
          delay_s: row.delay_ms === null ? null : seconds(row.delay_ms),
          delay_s_before: earlier === null || earlier.delay_ms === null ? null : seconds(earlier.delay_ms),
          vehicle_hours: vehicleHours(row.vehicle_ms),
          minutes: round(row.minutes, 1),
          median_minutes: round(row.median_minutes, 1),
          longest_minutes: round(row.longest_minutes, 1),
          worst_ratio: row.worst_ratio,
          frequent_hour: by_hour.indexOf(frequent_hour_n),
          frequent_hour_n,
          by_hour,
          going_on: row.going_on,
          newest_started_at: formatInstant(row.newest_ms),
        };
      });
    return { data, facts: { ...factsOf(patterns, read, before_ms, to_ms), told } };
  });

/** Roads without a length come last, by their minutes. */
const ranked = (rows: readonly Bottleneck[]): Bottleneck[] =>
  [...rows].sort(
    (a, b) =>
      (b.delay_ms ?? -1) - (a.delay_ms ?? -1) || b.minutes - a.minutes || (a.road_id < b.road_id ? -1 : 1),
  );

/**
 * Congestion episodes: a road's congestion as a thing with a begin, an end and a cost, folded from its windows in order of time.
 * Two thresholds, so that a ratio which wavers around one of them makes one episode and not ten. Pure, and the same however the time is
 * cut: what is open at a cut is all that the next part needs.
 */
import { minutes } from "./time.ts";
import type { Kept } from "./aggregate.ts";
import { PACE_SPEED_MIN } from "./rollup.ts";

export interface EpisodeRule {
  /** An episode begins with a window whose mean speed by mean free-flow speed is below this. */
  begin_below: number;
  /** It ends where a window begins whose ratio is above this. */
  end_above: number;
  /** So long without a window, and nobody knows when it ended. */
  gap_ms: number;
}

/** Below half of free flow is "heavy" (core/congestion.ts); it is left for good only well above. */
export const episodeRule: EpisodeRule = { begin_below: 0.5, end_above: 0.65, gap_ms: minutes(15) };

/** `recovered`: a window above the threshold was seen. `unknown`: data ended before. */
export const episodeEnds = ["recovered", "unknown"] as const;
export type EpisodeEnd = (typeof episodeEnds)[number];

/** What a fold needs of one window. */
export interface RoadWindow {
  start_ms: number;
  /** Mean speed by mean free-flow speed. */
  ratio: number;
  /** km/h */
  speed: number;
  free_flow_speed: number;
  /** Vehicles that cameras of the road counted in it; null where none looked. */
  vehicles: number | null;
}

/** What is known of a road beside its windows. */
export interface RoadFacts {
  length_km: number | null;
  /** km/h; where events bring none. */
  free_flow_speed: number | null;
}

export interface Episode {
  start_ms: number;
  /** Null while it goes on. */
  end_ms: number | null;
  end: EpisodeEnd | null;
  /** End of its last window. */
  last_ms: number;
  /** Least ratio, four digits, and start of the first window that had it. */
  worst_ratio: number;
  worst_ms: number;
  windows_n: number;
  /** Travel time over the road's length less that of free flow, ms, of one vehicle in each window, added up; null without a length. */
  delay_ms: number | null;
  /** Windows in which vehicles were counted, and their delay times their vehicles, ms; null where there is none. */
  counted_n: number;
  vehicle_ms: number | null;
}

export interface EpisodeFold {
  /** Those that ended, oldest first. */
  ended: Episode[];
  /** What goes on. */
  open: Episode | null;
}

export interface FoldOptions {
  rule: EpisodeRule;
  /** Of windows, ms. */
  size_ms: number;
  length_km: number | null;
}

/** A kept window of traffic; null where it has no speed to compare with. */
export function roadWindow(
  start_ms: number,
  kept: Readonly<Record<string, Kept>>,
  vehicles: number | null,
  free_flow_speed: number | null,
): RoadWindow | null {
  const [n, sum] = [Number(kept["n"] ?? 0), Number(kept["current_speed_sum"] ?? 0)];
  const free_n = Number(kept["free_flow_speed_n"] ?? 0);
  const free = free_n === 0 ? free_flow_speed : Number(kept["free_flow_speed_sum"]) / free_n / 100;
  if (n === 0 || free === null || free <= 0) return null;
  const speed = sum / n / 100;
  return { start_ms, ratio: speed / free, speed, free_flow_speed: free, vehicles };
}

/** Ms that one vehicle loses on a length, against free flow; never negative. */
export const delayMs = (length_km: number, speed: number, free_flow_speed: number): number =>
  Math.max(
    0,
    Math.round((length_km / Math.max(PACE_SPEED_MIN, speed) - length_km / free_flow_speed) * 3_600_000),
  );

/** @param windows One road's, in order of time, none before `open` has ended. */
export function foldEpisodes(
  open: Episode | null,
  windows: Iterable<RoadWindow>,
  { rule, size_ms, length_km }: FoldOptions,
): EpisodeFold {
  const ended: Episode[] = [];
  let now = open;
  for (const window of windows) {
    if (now !== null && window.start_ms - now.last_ms > rule.gap_ms) {
      ended.push(unknownEnd(now));
      now = null;
    }
    if (now !== null && window.ratio > rule.end_above) {
      ended.push({ ...now, end_ms: window.start_ms, end: "recovered" });
      now = null;
    } else if (now !== null || window.ratio < rule.begin_below) now = joined(now, window, size_ms, length_km);
  }
  return { ended, open: now };
}

/** What is still open when all windows before an instant are known. */
export const openAt = (open: Episode, at_ms: number, { gap_ms }: EpisodeRule): EpisodeFold =>
  at_ms - open.last_ms > gap_ms ? { ended: [unknownEnd(open)], open: null } : { ended: [], open };

const unknownEnd = (open: Episode): Episode => ({ ...open, end_ms: open.last_ms, end: "unknown" });

function joined(
  episode: Episode | null,
  window: RoadWindow,
  size_ms: number,
  length_km: number | null,
): Episode {
  const { start_ms, speed, free_flow_speed, vehicles } = window;
  const ratio = Math.round(window.ratio * 10_000) / 10_000;
  const delay_ms = length_km === null ? null : delayMs(length_km, speed, free_flow_speed);
  const vehicle_ms = delay_ms === null || vehicles === null ? null : Math.round(delay_ms * vehicles);
  const worse = episode === null || ratio < episode.worst_ratio;
  return {
    start_ms: episode?.start_ms ?? start_ms,
    end_ms: null,
    end: null,
    last_ms: start_ms + size_ms,
    worst_ratio: worse ? ratio : episode.worst_ratio,
    worst_ms: worse ? start_ms : episode.worst_ms,
    windows_n: (episode?.windows_n ?? 0) + 1,
    delay_ms: delay_ms === null ? null : (episode?.delay_ms ?? 0) + delay_ms,
    counted_n: (episode?.counted_n ?? 0) + (vehicle_ms === null ? 0 : 1),
    vehicle_ms: vehicle_ms === null ? (episode?.vehicle_ms ?? null) : (episode?.vehicle_ms ?? 0) + vehicle_ms,
  };
}

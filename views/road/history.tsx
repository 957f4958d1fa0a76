/** What a road is usually like, and how it was: the last days, its week, its reliability, its episodes. */
import type { Comparison } from "../../src/core/compare.ts";
import type { Answer, WindowRow } from "../../src/serving/answer.ts";
import type { EpisodeRow, ReliabilityRow, RoadProfile } from "../../src/serving/episode-answer.ts";
import { DayMultiples } from "../charts/day-multiples.tsx";
import { CompareControl } from "../compare-control.tsx";
import { fixed } from "../format.ts";
import type { Frame } from "../page.ts";
import { dayPictures } from "./days.ts";
import { RoadEpisodes } from "./episodes.tsx";
import { RoadReliability } from "./reliability.tsx";
import { bandWords, RoadWeek } from "./week.tsx";

export interface RoadHistoryProps {
  frame: Frame;
  road_id: string;
  road_name: string;
  free_flow_speed: number | null;
  /** Null: nothing lies behind the days. */
  compare: Comparison | null;
  /** Windows of 5 min, of the last days and of those that they are compared with. */
  windows: readonly WindowRow[];
  /** Null where no such views are kept. */
  profile: Answer<RoadProfile> | null;
  reliability: ReliabilityRow | null;
  episodes: readonly EpisodeRow[] | null;
  /** Begin of the 28 days. */
  from: string;
}

export const historyHref = (road_id: string, compare: Comparison | null): string =>
  `/roads/${encodeURIComponent(road_id)}?compare=${compare ?? "nothing"}#history`;

export const RoadHistory = (props: RoadHistoryProps) => {
  const {
    frame,
    road_id,
    road_name,
    free_flow_speed,
    compare,
    windows,
    profile,
    reliability,
    episodes,
    from,
  } = props;
  const { zone } = frame.city;
  const days = dayPictures({
    windows,
    cells: profile?.data.cells ?? [],
    compare,
    now_ms: frame.now_ms,
    zone,
  });
  return (
    <>
      <section>
        <h2>
          Last 7 days <small>mean km/h of 15 min, one scale</small>
        </h2>
        <CompareControl value={compare} href={(next) => historyHref(road_id, next)} />
        <DayMultiples
          days={days}
          free_flow_speed={free_flow_speed}
          label={`Mean speed on ${road_name} over the day`}
        />
        <p class="note">
          {compare === null
            ? null
            : compare === "typical"
              ? `${bandWords(profile?.data ?? { from: null, to: null }, zone)} `
              : `Dotted: ${compare === "yesterday" ? "the day" : "the same weekday a week"} before each. `}
          {free_flow_speed === null ? "" : `Thin line: free flow, ${fixed(free_flow_speed, 0)} km/h. `}
          Where nothing was observed there is no line. Hours in {zone}.{" "}
          <a href={`/api/traffic/history/${encodeURIComponent(road_id)}?step=5m&format=csv`}>
            CSV of windows
          </a>
        </p>
      </section>
      {profile === null ? null : <RoadWeek frame={frame} profile={profile.data} />}
      {profile === null ? null : <RoadReliability row={reliability} road_id={road_id} from={from} />}
      {episodes === null ? null : (
        <RoadEpisodes frame={frame} road_id={road_id} rows={episodes} from={from} />
      )}
    </>
  );
};

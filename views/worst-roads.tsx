/** The worst roads, worst first: rows of the list that is the accessible map. */
import type { CitySummary, WorstRoad } from "../src/serving/answer.ts";
import { clockTime, delay, fixed, instant, levelWords } from "./format.ts";
import { Swatch } from "./swatch.tsx";

/** More would be read by nobody; the table has them all. */
const ROWS_MAX = 25;

export const WorstRoads = ({ summary, zone }: { summary: CitySummary; zone: string }) => {
  if (summary.worst.length === 0) {
    return (
      <li class="empty">
        {summary.as_of === null
          ? "No road has reported yet. The simulator starts within seconds where it is among the feeds; your own events go to POST /api/ingest/traffic."
          : "No road is congested now."}
      </li>
    );
  }
  return (
    <>
      {summary.worst.slice(0, ROWS_MAX).map((road) => (
        <Worst road={road} zone={zone} />
      ))}
    </>
  );
};

const Worst = ({ road, zone }: { road: WorstRoad; zone: string }) => {
  const as_of = instant(road.as_of);
  return (
    // Keyed by id, so that a morph moves a row instead of rewriting its neighbours.
    <li id={`w-${road.road_id}`} data-level={road.congestion_level} class={road.stale ? "stale" : undefined}>
      <a href={`/roads/${encodeURIComponent(road.road_id)}`} data-road={road.road_id}>
        <Swatch level={road.congestion_level} stale={road.stale} />
        <span class="name">{road.road_name}</span>
        <span class="word">
          {road.stale && as_of !== null
            ? `as of ${clockTime(as_of, zone)}`
            : levelWords[road.congestion_level].toLowerCase()}
        </span>
        <span class="n">
          {fixed(road.current_speed, 0)} <i>of {fixed(road.free_flow_speed, 0)}</i>
        </span>
        <span class="n">{delay(road.delay_s)}</span>
      </a>
    </li>
  );
};

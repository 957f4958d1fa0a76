/** The panel beside the map: now, the last three hours, what is typical. One request makes it. */
import { samples } from "./charts/series.ts";
import { Sparkline } from "./charts/sparkline.tsx";
import { fixed, num } from "./format.ts";
import { icons } from "./icons.tsx";
import type { Frame } from "./page.ts";
import { AheadFigures, type AheadNow } from "./predictions/road-ahead.tsx";
import { Neighbours, RoadNow, typicalWords, type Neighbour } from "./road-now.tsx";
import type { RoadView } from "../src/serving/answer.ts";

const SPAN_MS = 3 * 3_600_000;

export interface RoadPanelProps {
  frame: Frame;
  view: RoadView;
  neighbours: readonly Neighbour[];
  /** Null where nothing is predicted at all. */
  ahead: AheadNow | null;
}

export const RoadPanel = ({ frame, view, neighbours, ahead }: RoadPanelProps) => {
  const { road } = view;
  const to_ms = frame.now_ms;
  const from_ms = to_ms - SPAN_MS;
  const page = `/roads/${encodeURIComponent(road.road_id)}`;
  const points = samples(view, frame.city.zone, from_ms, to_ms);
  const observed = points.filter((p) => p.mean !== null).length;
  return (
    <article data-road-panel={road.road_id}>
      <header>
        <h2>{road.road_name}</h2>
        <p class="what">
          {[road.road_class, road.district, road.length_km === null ? null : `${fixed(road.length_km, 2)} km`]
            .filter((w) => w !== null)
            .join(" · ")}
        </p>
        <button class="quiet" type="button" data-close title="Close (Esc)">
          {icons.close()}
          <span class="hidden">Close</span>
        </button>
      </header>
      <RoadNow frame={frame} view={view} />
      {ahead === null ? null : <AheadFigures {...ahead} frame={frame} view={view} />}
      <section aria-label="Last three hours">
        <h3>
          Last 3 h{" "}
          <small>
            {observed} of {points.length} windows observed
          </small>
        </h3>
        <Sparkline
          samples={points}
          from_ms={from_ms}
          to_ms={to_ms}
          free_flow_speed={num(view.now?.["free_flow_speed"]) ?? road.free_flow_speed}
          label={`Speed on ${road.road_name} over the last three hours, with the typical day behind`}
        />
        <p class="note">{typicalWords(view, frame)}</p>
      </section>
      <Neighbours neighbours={neighbours} />
      <p class="links">
        <a class="go" href={page}>
          The last day of this road
        </a>
        <a href={`/api/traffic/live/${encodeURIComponent(road.road_id)}`}>JSON now</a>
      </p>
    </article>
  );
};

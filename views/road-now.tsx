/** What a road is like now: on its page and in the panel of the map. Parts marked `data-live` follow the stream. */
import type { CongestionLevel } from "../src/core/congestion.ts";
import type { CurrentRow, RoadInfo, RoadView } from "../src/serving/answer.ts";
import {
  clockSeconds,
  clockTime,
  delay,
  delaySeconds,
  fixed,
  instant,
  levelWords,
  num,
  span,
} from "./format.ts";
import { slotOf } from "./charts/series.ts";
import type { Frame } from "./page.ts";
import { Swatch } from "./swatch.tsx";

export const levelOf = (row: CurrentRow | null | undefined): CongestionLevel =>
  row === null || row === undefined ? "unknown" : (row["congestion_level"] as CongestionLevel);

const freeFlow = (view: RoadView): number | null =>
  num(view.now?.["free_flow_speed"]) ?? view.road.free_flow_speed;

export const RoadNow = ({ frame, view }: { frame: Frame; view: RoadView }) => {
  const { now, road } = view;
  const { zone } = frame.city;
  const as_of = instant(now?.as_of);
  const speed = num(now?.["current_speed"]);
  const level = levelOf(now);
  const stale = now?.stale ?? true;
  return (
    <div
      class={`now${stale ? " stale" : ""}`}
      data-road-now={road.road_id}
      data-level={level}
      data-length={road.length_km ?? undefined}
    >
      <p class="level">
        <Swatch level={level} stale={stale} /> <span data-live="word">{levelWords[level]}</span>
      </p>
      <p class="figure">
        <b data-live="speed">{fixed(speed, 0)}</b>
        <span> km/h of {fixed(freeFlow(view), 0)}</span>
      </p>
      <dl class="facts">
        <div>
          <dt>ratio</dt>
          <dd data-live="ratio">{fixed(num(now?.["speed_ratio"]), 2)}</dd>
        </div>
        <div>
          <dt>lost</dt>
          <dd data-live="delay">{delay(delaySeconds(road.length_km, speed, freeFlow(view)))}</dd>
        </div>
        <div>
          <dt>usual now</dt>
          <dd>{usual(view, frame)}</dd>
        </div>
        <div>
          <dt>as of</dt>
          <dd>
            <time data-live="as_of">{as_of === null ? "never" : clockSeconds(as_of, zone)}</time>
          </dd>
        </div>
      </dl>
      {stale && as_of !== null ? (
        <p class="old">Nothing new for {span(frame.now_ms - as_of)}: this is what was last seen.</p>
      ) : null}
      {as_of === null ? <p class="old">This road has not reported.</p> : null}
    </div>
  );
};

const usual = (view: RoadView, frame: Frame): string => {
  const typical = view.typical[slotOf(frame.now_ms, frame.city.zone)] ?? null;
  return typical === null || view.typical_days === 0 ? "–" : `${fixed(typical, 0)} km/h`;
};

/** From how many days the typical line is known, in words. */
export const typicalWords = (view: RoadView, frame: Frame): string =>
  view.typical_days === 0
    ? "No typical day yet."
    : `Typical: mean at ${clockTime(frame.now_ms, frame.city.zone)} of ${view.typical_days === 1 ? "1 day" : `${view.typical_days} days`}.`;

export interface Neighbour {
  road: Pick<RoadInfo, "road_id" | "road_name">;
  now: CurrentRow | null;
}

/** The roads that share an end with it: so one can walk along. */
export const Neighbours = ({
  neighbours,
  Heading = "h3",
}: {
  neighbours: readonly Neighbour[];
  /** One below the heading it stands under. */
  Heading?: "h2" | "h3";
}) =>
  neighbours.length === 0 ? null : (
    <section class="neighbours" aria-label="Neighbouring roads">
      <Heading>Meets</Heading>
      <ul>
        {neighbours.map(({ road, now }) => (
          <li>
            <a href={`/roads/${encodeURIComponent(road.road_id)}`} data-road={road.road_id}>
              <Swatch level={levelOf(now)} stale={now?.stale ?? true} />
              <span class="name">{road.road_name}</span>
              <span class="word">{levelWords[levelOf(now)].toLowerCase()}</span>
              <span class="n">{fixed(num(now?.["current_speed"]), 0)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );

/** A road's page: what is it like now, and what was it like over the last day? */
import { raw } from "hono/html";
import { LineChart } from "./charts/line-chart.tsx";
import { samples } from "./charts/series.ts";
import { Locator } from "./charts/locator.tsx";
import type { City } from "../src/core/city.ts";
import { Why } from "./explain.tsx";
import { clockTime, count, fixed, instant, levelWords, num } from "./format.ts";
import { layout } from "./layout.tsx";
import { historyHref, RoadHistory, type RoadHistoryProps } from "./road/history.tsx";
import type { Frame } from "./page.ts";
import { RoadAhead, type AheadNow, type RoadAheadProps } from "./predictions/road-ahead.tsx";
import { levelOf, Neighbours, RoadNow, typicalWords, type Neighbour } from "./road-now.tsx";
import type { Answer, RoadView, WindowRow } from "../src/serving/answer.ts";
import type { RoadExplanation } from "../src/serving/explain-answer.ts";

const DAY_MS = 86_400_000;

export interface RoadPageProps {
  frame: Frame;
  city: City;
  view: RoadView;
  neighbours: readonly Neighbour[];
  /** Null where nobody has asked for it. */
  explained: Answer<RoadExplanation> | null;
  /** Null: the page fetches it when it is there. */
  history: RoadHistoryProps | null;
  /** The log position that all of it holds at least. */
  cursor: string;
  /** Null where nothing is predicted at all. */
  ahead: (AheadNow & Pick<RoadAheadProps, "said">) | null;
}

export function roadPage({
  frame,
  city,
  view,
  neighbours,
  explained,
  history,
  cursor,
  ahead,
}: RoadPageProps): string {
  const { road } = view;
  const id = encodeURIComponent(road.road_id);
  const level = levelOf(view.now);
  return layout({
    frame,
    title: `${view.now?.stale === false ? "●" : "○"} ${levelWords[level].toLowerCase()} · ${road.road_name}`,
    path: "/roads",
    page: "road",
    script: "road-page.js",
    style: "road.css",
    live: {
      url: `/api/live?topics=traffic${ahead === null ? "" : ",predictions"}&roads=${id}&tick_ms=1000`,
      cursor,
    },
    children: (
      <article class="road" data-road-page={road.road_id}>
        <header>
          <p class="crumbs">
            <a href="/roads">Roads</a> / <a href={`/?road=${id}`}>on the map</a>
          </p>
          <h1>{road.road_name}</h1>
          <p class="what">
            {[
              road.road_class,
              road.district,
              road.length_km === null ? null : `${fixed(road.length_km, 2)} km`,
              road.road_id,
            ]
              .filter((w) => w !== null)
              .join(" · ")}
          </p>
        </header>
        <div class="top-row">
          <RoadNow frame={frame} view={view} />
          <Locator city={city} road={road} picture={frame.assets.locator} />
          <Neighbours neighbours={neighbours} Heading="h2" />
        </div>
        <Why frame={frame} road_id={road.road_id} level={level} explained={explained} />
        {ahead === null ? null : (
          <div id="ahead" data-fragment={`/fragments/road/${id}/ahead`}>
            <RoadAhead frame={frame} view={view} {...ahead} />
          </div>
        )}
        <div id="day" hx-get={`/fragments/road/${id}/day`} hx-trigger="every 60s" hx-swap="innerMorph">
          <RoadDay frame={frame} view={view} />
        </div>
        {history === null ? (
          <div
            id="history"
            class="waiting"
            hx-get={`/fragments/road/${id}/history`}
            hx-trigger="load"
            hx-swap="innerHTML"
            {...{ "hx-status:4xx": "swap:none", "hx-status:5xx": "swap:none" }}
          >
            <h2>Last 7 days</h2>
            <p class="empty">
              Days, week, reliability and episodes are being read.{" "}
              <a href={historyHref(road.road_id, "typical")}>Show them</a>
            </p>
          </div>
        ) : (
          <div id="history">
            <RoadHistory {...history} />
          </div>
        )}
        <section class="links">
          <h2>The same as data</h2>
          <ul>
            <li>
              <a href={`/api/traffic/live/${id}`}>/api/traffic/live/{road.road_id}</a> now
            </li>
            <li>
              <a href={`/api/traffic/history/${id}?step=5m`}>/api/traffic/history/{road.road_id}?step=5m</a>{" "}
              windows; <a href={`/api/traffic/history/${id}?step=5m&format=csv`}>CSV</a>
            </li>
            <li>
              <a href={`/api/roads/${id}/explain`}>/api/roads/{road.road_id}/explain</a> why
            </li>
            <li>
              <code>curl -N {`'/api/live?topics=traffic&roads=${id}'`}</code> as it happens
            </li>
          </ul>
        </section>
      </article>
    ),
  });
}

/** Chart and windows of the last day; fetched anew each minute. */
export const RoadDay = ({ frame, view }: { frame: Frame; view: RoadView }) => {
  const { zone } = frame.city;
  const [from_ms, to_ms] = [frame.now_ms - DAY_MS, frame.now_ms];
  const points = samples(view, zone, from_ms, to_ms);
  const observed = points.filter((p) => p.mean !== null).length;
  return (
    <>
      <section>
        <h2>
          Last 24 h{" "}
          <small>
            {count(observed)} of {count(points.length)} windows observed, layer {view.meta.layer}
          </small>
        </h2>
        <LineChart
          samples={points}
          from_ms={from_ms}
          to_ms={to_ms}
          zone={zone}
          free_flow_speed={num(view.now?.["free_flow_speed"]) ?? view.road.free_flow_speed}
          label={`Mean speed on ${view.road.road_name} over the last 24 hours, per 5 minutes. The table below has the numbers.`}
        />
        <p class="note">{typicalWords(view, frame)} Means are arithmetic, over the events of a window.</p>
      </section>
      <section class="windows">
        <h2>
          Windows <small>{count(view.windows.length)}, newest first</small>
        </h2>
        <div class="scroll" tabindex={0} role="region" aria-label="Windows of the last day">
          <table>
            <thead>
              <tr>
                <th scope="col">from, {zone}</th>
                <th scope="col" class="n">
                  events
                </th>
                <th scope="col" class="n">
                  mean km/h
                </th>
                <th scope="col" class="n">
                  least
                </th>
                <th scope="col" class="n">
                  most
                </th>
                <th scope="col" class="n">
                  spread
                </th>
                <th scope="col" class="n">
                  congested
                </th>
              </tr>
            </thead>
            <tbody>{view.windows.toReversed().map((w) => raw(windowRow(w, zone)))}</tbody>
          </table>
        </div>
      </section>
    </>
  );
};

/** Plain text of our own numbers: 288 rows of elements would cost more than the whole page. */
const windowRow = (w: WindowRow, zone: string): string => {
  const cell = (text: string): string => `<td class="n">${text}</td>`;
  const start = instant(w["window_start"]);
  return `<tr><th scope="row">${start === null ? "–" : clockTime(start, zone)}</th>${cell(count(num(w["n"])))}${cell(fixed(num(w["current_speed_mean"]), 1))}${cell(fixed(num(w["current_speed_min"]), 1))}${cell(fixed(num(w["current_speed_max"]), 1))}${cell(fixed(num(w["current_speed_stddev"]), 1))}${cell(count(num(w["congested_n"])))}</tr>`;
};

/** The live map: where is it bad now? The list beside it is the same map for those who do not see one. */
import { markup } from "./markup.ts";
import { AheadControl } from "./map-ahead.tsx";
import type { Horizon } from "./predictions/ahead.ts";
import type { AheadNow } from "./predictions/road-ahead.tsx";
import { raw } from "hono/html";
import type { Comparison } from "../src/core/compare.ts";
import { congestionLevels, type CongestionLevel } from "../src/core/congestion.ts";
import type { City } from "../src/core/city.ts";
import type { CitySummary, RoadView } from "../src/serving/answer.ts";
import { CompareControl, withCompare } from "./compare-control.tsx";
import { CompareLegend } from "./compare-legend.tsx";
import { clockSeconds, count, instant, levelWords, span } from "./format.ts";
import { icons } from "./icons.tsx";
import type { LayerName } from "./layers.ts";
import { layout, partial } from "./layout.tsx";
import { layerCountsNote, LayerToggles, type LayerCounts } from "./map-layers.tsx";
import { MapElement } from "./map-element.tsx";
import type { MapState } from "./map-state.ts";
import type { Frame } from "./page.ts";
import { RoadPanel } from "./road-panel.tsx";
import { Swatch } from "./swatch.tsx";
import { NotLive, TimeSlider } from "./time-slider.tsx";
import { WorstRoads } from "./worst-roads.tsx";

/** The bar is full at this age of the newest event of the whole city. */
const STALE_MS = 30_000;

export interface MapPageProps {
  frame: Frame;
  city: City;
  summary: CitySummary;
  state: MapState;
  /** Levels that the address hides. */
  hidden: ReadonlySet<CongestionLevel>;
  /** The road that the address names, when there is one. */
  selected: RoadView | null;
  /** Live states of the selected road's neighbours. */
  neighbours: Parameters<typeof RoadPanel>[0]["neighbours"];
  /** What is predicted of it; null where nothing is predicted at all. */
  selected_ahead: AheadNow | null;
  layers: { counts: LayerCounts; on: ReadonlySet<LayerName> };
  /** What the address compares with, and the whole of its query. */
  compare: Comparison | null;
  query: string;
  /** How far the address looks ahead; missing where nothing is predicted. */
  ahead?: Horizon | null;
}

export const mapTitle = (summary: CitySummary): string =>
  summary.as_of === null
    ? "○ no data yet"
    : `${summary.stale ? "○" : "●"} ${count(summary.congested)} congested`;

export function mapPage(props: MapPageProps): string {
  const {
    frame,
    city,
    summary,
    state,
    hidden,
    selected,
    selected_ahead,
    neighbours,
    layers,
    compare,
    query,
    ahead,
  } = props;
  const picture = ahead === undefined || ahead === null ? "/city/now.svg" : `/city/now.svg?ahead=${ahead}`;
  return layout({
    frame,
    title: mapTitle(summary),
    path: "/",
    page: "map",
    script: "map-page.js",
    style: "time.css",
    live: { url: "/live?page=map&topics=traffic&tick_ms=1000", cursor: state.cursor },
    children: (
      <>
        <section class="side" id="side" data-height="peek" aria-label="The city now">
          <button class="grip" id="grip" type="button" aria-expanded="false" aria-controls="worst-list">
            <span class="hidden">Show more or less of the list</span>
            {icons.more()}
          </button>
          <h1 class="hidden">{city.name}: roads now</h1>
          <p class="sentence" id="sentence">
            {sentence(summary)}
          </p>
          <div class="fresh" id="fresh">
            <Freshness summary={summary} zone={city.zone} />
          </div>
          <CompareControl value={compare} href={(name) => withCompare("/", query, name)} />
          <h2 class="columns">
            <span>Worst roads</span>
            <span class="unit">km/h</span>
            <span class="unit" id="list-lost">
              lost
            </span>
          </h2>
          <ol class="worst" id="worst-list" aria-label="Worst roads, worst first">
            <WorstRoads summary={summary} zone={city.zone} />
          </ol>
          <p class="hints">
            <kbd>j</kbd> <kbd>k</kbd> walk the list, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> closes,{" "}
            <kbd>l</kbd> layers, <kbd>t</kbd> time, <kbd>c</kbd> compare
            {ahead === undefined ? "" : [", ", <kbd>a</kbd>, " ahead"]} ·{" "}
            <a href="/roads">all roads as a table</a>
          </p>
        </section>
        <section class="stage" aria-label="Map of the roads">
          <MapElement frame={frame} city={city} />
          <small class="attribution">{city.attribution.join(" · ")}</small>
          <noscript>
            <p class="noscript">
              The live map needs a script. <a href={picture}>The city as a picture</a>, or{" "}
              <a href="/roads">the same facts as a table</a>.
            </p>
            <img
              class="picture"
              src={picture}
              alt={`Roads of the city, coloured by congestion${ahead === undefined || ahead === null ? "" : ` as predicted for in ${ahead} minutes; what is not known is dashed`}`}
            />
          </noscript>
          <p class="tip" id="tip" aria-hidden="true" hidden></p>
          {ahead === undefined ? null : <AheadControl value={ahead} query={query} />}
          <LayerToggles {...layers} />
          <Legend summary={summary} hidden={hidden} palette={frame.palette} />
          <CompareLegend />
          <NotLive />
        </section>
        <TimeSlider now_ms={frame.now_ms} zone={city.zone} />
        <aside class="panel" id="panel" aria-label="Road" tabindex={-1} hidden={selected === null}>
          {selected === null ? null : (
            <RoadPanel frame={frame} view={selected} neighbours={neighbours} ahead={selected_ahead} />
          )}
        </aside>
        <p class="hidden" id="spoken" role="status" aria-live="polite"></p>
        <p class="hidden" id="alarm" role="alert"></p>
        <script type="application/json" id="state">
          {raw(dataBlock(state))}
        </script>
      </>
    ),
  });
}

/** JSON for a data block: nothing in it can end the element. */
const dataBlock = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

const sentence = (summary: CitySummary) => (
  <data id="congested" value={summary.as_of === null ? "" : String(summary.congested)}>
    {summary.sentence}
  </data>
);

/** One thin bar: age of the newest event against the age at which the data counts as stale. */
const Freshness = ({ summary, zone }: { summary: CitySummary; zone: string }) => {
  const share = summary.age_ms === null ? 1 : Math.min(1, summary.age_ms / STALE_MS);
  const as_of = instant(summary.as_of);
  const state = summary.as_of === null ? "none" : summary.stale ? "stale" : share > 0.66 ? "ageing" : "fresh";
  return (
    <>
      <svg class={`bar ${state}`} data-full-ms={STALE_MS} width="100%" height="3" aria-hidden="true">
        <rect class="bar-ground" width="100%" height="3" />
        <rect class="bar-age" width={`${Math.max(1, Math.round(share * 100))}%`} height="3" />
      </svg>
      {as_of === null ? (
        <span>no event yet</span>
      ) : (
        <span>
          as of <time datetime={summary.as_of ?? ""}>{clockSeconds(as_of, zone)}</time>, newest{" "}
          <span data-age>{span(summary.age_ms)}</span> ago
        </span>
      )}
    </>
  );
};

/** The legend is the filter: each level with its count can be hidden. */
const Legend = ({
  summary,
  hidden,
  palette,
}: {
  summary: CitySummary;
  hidden: ReadonlySet<CongestionLevel>;
  palette: string;
}) => (
  <div class="legend" id="legend" role="group" aria-label="Levels on the map; press to hide or show">
    {congestionLevels.map((level) => (
      <button type="button" data-level={level} aria-pressed={hidden.has(level) ? "false" : "true"}>
        <Swatch level={level} />
        {level === "unknown" ? <span class="not-known">Not known</span> : null}
        <span class="known">{levelWords[level]}</span>
        <b id={`count-${level}`}>{count(summary.counts[level])}</b>
      </button>
    ))}
    <div class="legend-foot">
      <span>share of free-flow speed: free ≥ 75 %, moderate ≥ 50, heavy ≥ 25</span>
      <span class="of-ahead">
        as predicted; dashed: not known. Vehicles and other points are where they are now.
      </span>
      <button
        type="button"
        id="palette"
        aria-pressed={palette === "classic" ? "true" : "false"}
        title="Green, yellow, red instead of the colours that everybody can tell apart"
      >
        classic colours
      </button>
    </div>
  </div>
);

/** What changes on the map's page each second, for all its readers at once. */
export function renderMapNote(
  summary: CitySummary,
  counts: LayerCounts,
  { zone }: Pick<City, "zone">,
): string {
  const parts = [
    partial("#sentence", markup(sentence(summary))),
    partial("#fresh", markup(<Freshness summary={summary} zone={zone} />)),
    ...congestionLevels.map((level) => partial(`#count-${level}`, count(summary.counts[level]))),
    partial("#worst-list", markup(<WorstRoads summary={summary} zone={zone} />)),
    layerCountsNote(counts),
  ];
  return parts.join("");
}

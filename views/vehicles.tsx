/** Vehicles and emergencies: where are they, what is open? */
import { raw } from "hono/html";
import type { City } from "../src/core/city.ts";
import type { Stream } from "../src/core/stream.ts";
import { count } from "./format.ts";
import { Card, EmergencyCards } from "./emergencies.tsx";
import { layers, type LayerName } from "./layers.ts";
import { layout, partial } from "./layout.tsx";
import { MapElement } from "./map-element.tsx";
import { layerCountsNote, LayerToggles, type LayerCounts } from "./map-layers.tsx";
import { markup } from "./markup.ts";
import type { Frame } from "./page.ts";
import { SendOne } from "./send-one.tsx";
import { VehiclePanel, type VehicleView } from "./vehicle-panel.tsx";
import { severityOf, type Row } from "./vehicle-words.ts";
import { TypeChips, VehicleRows } from "./vehicles-list.tsx";

/** The layers of this page's map; the roads lie under them, pale. */
export const VEHICLE_LAYERS: readonly LayerName[] = ["vehicles", "emergencies"];

export interface VehiclesPageProps {
  frame: Frame;
  city: City;
  vehicles: readonly Row[];
  emergencies: readonly Row[];
  counts: LayerCounts;
  on: ReadonlySet<LayerName>;
  /** Types that the list shows; all of them when empty. */
  types: ReadonlySet<string>;
  selected: VehicleView | null;
  /** The emergency that the address names. */
  emergency: string;
  /** The stream of vehicles, for the line that sends one; null where the platform has none. */
  declared: Stream | null;
}

const open = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row["status"] !== "closed");
const critical = (rows: readonly Row[]): number =>
  rows.filter((row) => severityOf(row) === "critical").length;
const plural = (n: number, one: string, more: string): string => `${count(n)} ${n === 1 ? one : more}`;

export function vehiclesTitle(vehicles: readonly Row[], emergencies: readonly Row[]): string {
  const calls = open(emergencies);
  if (critical(calls) > 0) return `▲ ${count(critical(calls))} critical`;
  if (vehicles.length === 0 && calls.length === 0) return "○ no vehicles";
  return `● ${plural(vehicles.length, "vehicle", "vehicles")}`;
}

export function vehiclesSentence(vehicles: readonly Row[], emergencies: readonly Row[]): string {
  const calls = open(emergencies);
  const fleet =
    vehicles.length === 0
      ? "No vehicle has reported in the last 10 min"
      : `${plural(vehicles.length, "vehicle", "vehicles")} reported in the last 10 min`;
  const worst = critical(calls);
  const urgent =
    calls.length === 0
      ? "no emergency is open"
      : `${plural(calls.length, "emergency is", "emergencies are")} open${worst === 0 ? "" : `, ${count(worst)} critical`}`;
  return `${fleet}; ${urgent}.`;
}

/** A bus in the middle of the city. */
const sample = ({ centre }: City) => ({
  vehicle_id: "bus-12",
  latitude: centre[1],
  longitude: centre[0],
  heading: 90,
  speed: 32,
  vehicle_type: "bus",
  route_id: "12",
});

/** Follows what is declared: a topic that the platform does not have is refused. */
function liveUrl(counts: LayerCounts): string {
  const topics = layers
    .filter(({ name }) => VEHICLE_LAYERS.includes(name) && counts.has(name))
    .map(({ stream }) => stream);
  return `/live?page=vehicles${topics.length === 0 ? "" : `&topics=${topics.join(",")}`}&tick_ms=1000`;
}

export function vehiclesPage(props: VehiclesPageProps): string {
  const { frame, city, vehicles, emergencies, counts, on, types, selected, emergency, declared } = props;
  return layout({
    frame,
    title: vehiclesTitle(vehicles, emergencies),
    path: "/vehicles",
    page: "vehicles",
    script: "vehicles-page.js",
    style: "vehicles.css",
    live: { url: liveUrl(counts), cursor: "" },
    children: (
      <>
        <section class="fleet" aria-label="Vehicles and emergencies">
          <h1 class="hidden">{city.name}: vehicles and emergencies</h1>
          <p class="sentence" id="sentence">
            {vehiclesSentence(vehicles, emergencies)}
          </p>
          <div class="calls">
            <h2>
              Emergencies <small>worst first, then the longest open</small>
            </h2>
            <ol id="calls" aria-label="Emergencies, worst first">
              <EmergencyCards rows={emergencies} city={city} now_ms={frame.now_ms} selected={emergency} />
            </ol>
            <p class="empty" id="no-calls" hidden={emergencies.length > 0}>
              No emergency is open, and none was closed in the last 15 min.
            </p>
          </div>
          <div class="roster">
            <h2 class="columns">
              <span>Vehicles</span>
              <span class="unit">km/h</span>
              <span class="unit">age</span>
            </h2>
            <div
              class="chips"
              id="types"
              role="group"
              aria-label="Types of vehicles; press to show only these"
            >
              <TypeChips rows={vehicles} types={types} />
            </div>
            <ol id="vehicles" aria-label="Vehicles">
              <VehicleRows rows={vehicles} types={types} now_ms={frame.now_ms} />
            </ol>
            <p class="note" id="more-vehicles"></p>
            <div class="empty" id="no-vehicles" hidden={vehicles.length > 0}>
              <p>No vehicle has reported in the last 10 min.</p>
              {declared === null ? null : (
                <SendOne stream={declared} now_ms={frame.now_ms} more={sample(city)} />
              )}
            </div>
          </div>
        </section>
        <section class="stage" aria-label="Map of vehicles and emergencies">
          <MapElement frame={frame} city={city} />
          <noscript>
            <img
              class="picture"
              src="/city/vehicles.svg"
              alt="Vehicles and emergencies on the city's roads"
            />
          </noscript>
          <p class="tip" id="tip" aria-hidden="true" hidden></p>
          <LayerToggles counts={counts} on={on} offered={VEHICLE_LAYERS} />
        </section>
        <aside class="way" id="panel" aria-label="Vehicle" tabindex={-1} hidden={selected === null}>
          {selected === null ? null : <VehiclePanel frame={frame} view={selected} />}
        </aside>
        <p class="hidden" id="spoken" role="status" aria-live="polite"></p>
        <p class="hidden" id="alarm" role="alert"></p>
        <template id="card">
          <Card row={{}} city={city} now_ms={frame.now_ms} selected={false} />
        </template>
        <script type="application/json" id="hospitals">
          {raw(JSON.stringify(city.hospitals).replaceAll("<", "\\u003c"))}
        </script>
      </>
    ),
  });
}

/** What changes on the page each second by the server's word; the stream itself moves the rest. */
export const renderVehiclesNote = (
  vehicles: readonly Row[],
  emergencies: readonly Row[],
  counts: LayerCounts,
): string =>
  partial("#sentence", markup(<>{vehiclesSentence(vehicles, emergencies)}</>)) +
  layerCountsNote(new Map([...counts].filter(([name]) => VEHICLE_LAYERS.includes(name))));

/** The map's toggles: each layer with how much there is of it. */
import { count } from "./format.ts";
import { layerGroups, layerNames, type LayerName } from "./layers.ts";
import { partial } from "./layout.tsx";

/** How many rows each layer has now; a layer whose stream is not here is missing. */
export type LayerCounts = ReadonlyMap<LayerName, number>;

export interface LayerTogglesProps {
  counts: LayerCounts;
  on: ReadonlySet<LayerName>;
  /** Those that this map offers; all of them by default. */
  offered?: readonly LayerName[];
}

export const LayerToggles = ({ counts, on, offered = layerNames }: LayerTogglesProps) => (
  <div class="layers" id="layers" role="group" aria-label="Layers of the map">
    {layerGroups
      .map((group) => group.filter(({ name }) => counts.has(name) && offered.includes(name)))
      .filter((group) => group.length > 0)
      .map((group) => (
        <div>
          {group.map(({ name, label, stream }) => (
            <button
              type="button"
              data-layer={name}
              data-topic={stream}
              aria-pressed={on.has(name) ? "true" : "false"}
            >
              <span class="switch" aria-hidden="true"></span>
              <span>{label}</span>
              <b id={`layer-n-${name}`}>{count(counts.get(name))}</b>
            </button>
          ))}
        </div>
      ))}
  </div>
);

/** The counts, for a note. */
export const layerCountsNote = (counts: LayerCounts): string =>
  [...counts].map(([name, n]) => partial(`#layer-n-${name}`, count(n))).join("");

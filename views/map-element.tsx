/** The element that a map is drawn in, with the addresses of what it draws. */
import type { City } from "../src/core/city.ts";
import type { Frame } from "./page.ts";

export const MapElement = ({ frame: { assets }, city }: { frame: Frame; city: City }) => (
  <div
    id="map"
    data-maplibre={`${assets.vendor}/maplibre-gl.mjs`}
    data-maplibre-css={`${assets.vendor}/maplibre-gl.css`}
    data-network={assets.network}
    data-background={assets.background}
    data-bounds={city.bounds.join(",")}
    data-districts={[...new Set(city.roads.map((road) => road.district))].join("|")}
  ></div>
);

/** The whole city as one SVG with links: the map where there is no WebGL and where there is no script. */
import type { City } from "../../src/core/city.ts";
import { isCongested, type CongestionLevel } from "../../src/core/congestion.ts";
import type { CurrentRow } from "../../src/serving/answer.ts";
import { fixed, levelWords, num } from "../format.ts";
import { projection } from "./projection.ts";

/** Presentation attributes, so that it stands alone; the page's styles win where it is part of a page. */
const COLOURS: Readonly<Record<CongestionLevel, string>> = {
  free: "#2d92c5",
  moderate: "#9c833a",
  heavy: "#a23b18",
  severe: "#631c1c",
  closed: "#000000",
  unknown: "#9a9a94",
};
const GROUND = {
  land: "#f2f0eb",
  water: "#d3dfe4",
  park: "#e1e8d6",
  built: "#ebe7df",
  street: "#e2ddd2",
} as const;
const WIDTHS: Readonly<Record<string, number>> = {
  motorway: 5,
  trunk: 4,
  primary: 3.2,
  secondary: 2.4,
  tertiary: 1.8,
  residential: 1.4,
};

const escape = (s: string): string =>
  s.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** @param unknown What is said of a road without a row. */
export function citySvg(city: City, rows: readonly CurrentRow[], unknown = levelWords.unknown): string {
  const flat = projection(city.bounds, 1_600);
  const now = new Map(rows.map((row) => [row["road_id"], row]));
  const ground = city.background.map(({ kind, geometry }) => {
    if (geometry.type === "Polygon" && kind !== "label") {
      return `<path class="g-${kind}" fill="${GROUND[kind]}" d="${geometry.coordinates.map((ring) => `${flat.path(ring)}Z`).join("")}"/>`;
    }
    if (geometry.type === "LineString" && kind !== "label") {
      return `<path class="g-line-${kind}" fill="none" stroke="${GROUND[kind]}" stroke-width="${kind === "water" ? 8 : 1}" d="${flat.path(geometry.coordinates)}"/>`;
    }
    return "";
  });
  const drawn = city.roads.map((road) => {
    const row = now.get(road.road_id);
    const level: CongestionLevel =
      row === undefined ? "unknown" : (row["congestion_level"] as CongestionLevel);
    const stale = row?.stale ?? true;
    const words = `${road.road_name}: ${row === undefined ? unknown : levelWords[level]}${row === undefined ? "" : `, ${fixed(num(row["current_speed"]), 0)} km/h`}${stale && row !== undefined ? ", stale" : ""}`;
    const dash = stale || level === "closed" ? ` stroke-dasharray="5 4"` : "";
    const width = (WIDTHS[road.road_class] ?? 1.5) + (isCongested(level) ? 1.5 : 0);
    const svg = `<a href="/roads/${encodeURIComponent(road.road_id)}" data-road="${escape(road.road_id)}" aria-label="${escape(words)}"><path class="stroke l-${level}${stale ? " stale" : ""}" fill="none" stroke="${stale ? COLOURS.unknown : COLOURS[level]}" stroke-width="${width}"${dash} d="${flat.path(road.geometry)}"><title>${escape(words)}</title></path></a>`;
    return { svg, congested: isCongested(level) };
  });
  // Congested roads last: they lie above the others.
  const roads = [...drawn.filter((r) => !r.congested), ...drawn.filter((r) => r.congested)].map((r) => r.svg);
  return `<svg xmlns="http://www.w3.org/2000/svg" class="city-picture" viewBox="0 0 ${flat.width} ${flat.height}" role="group" aria-label="Roads of ${escape(city.name)}"><rect class="g-land" width="100%" height="100%" fill="${GROUND.land}"/>${ground.join("")}<g stroke-linecap="round">${roads.join("")}</g></svg>`;
}

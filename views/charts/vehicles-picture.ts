/** Vehicles and emergencies on the city's roads as one picture: the map where there is no script. */
import type { City } from "../../src/core/city.ts";
import { num } from "../format.ts";
import {
  emergencyName,
  vehicleLetter,
  vehicleName,
  vehicleWords,
  severityOf,
  type Row,
} from "../vehicle-words.ts";
import { projection } from "./projection.ts";

const escape = (s: string): string =>
  s.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

export function vehiclesSvg(city: City, vehicles: readonly Row[], emergencies: readonly Row[]): string {
  const flat = projection(city.bounds, 1_600);
  const roads = city.roads.map((road) => flat.path(road.geometry)).join("");
  const at = (row: Row): readonly [number, number] | null => {
    const [lng, lat] = [num(row["longitude"]), num(row["latitude"])];
    return lng === null || lat === null ? null : flat.project([lng, lat]);
  };
  const dots = vehicles.map((row) => {
    const place = at(row);
    if (place === null) return "";
    const [x, y] = place.map(Math.round);
    const fill = row["stale"] === true ? "#ffffff" : "#27605a";
    return `<g><title>${escape(`${vehicleName(row)}, ${vehicleWords(row)}`)}</title><circle cx="${x}" cy="${y}" r="9" fill="${fill}" stroke="#27605a" stroke-width="2"/><text x="${x}" y="${y! + 4}" font-size="11" text-anchor="middle" fill="${row["stale"] === true ? "#27605a" : "#ffffff"}">${vehicleLetter(row)}</text></g>`;
  });
  const calls = emergencies.map((row) => {
    const place = at(row);
    if (place === null || row["status"] === "closed") return "";
    const [x, y] = place.map(Math.round);
    return `<g><title>${escape(`${emergencyName(row)}, ${severityOf(row)}`)}</title><path d="M${x} ${y! - 15}l15 15l-15 15l-15 -15Z" fill="#a01c2c" stroke="#ffffff" stroke-width="2"/></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="city-picture" viewBox="0 0 ${flat.width} ${flat.height}" role="img" aria-label="Vehicles and emergencies of ${escape(city.name)}" font-family="sans-serif"><rect width="100%" height="100%" fill="#f2f0eb"/><path d="${roads}" fill="none" stroke="#c9c5bb" stroke-width="2"/>${dots.join("")}${calls.join("")}</svg>`;
}

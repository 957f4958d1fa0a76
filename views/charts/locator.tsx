/** Where in the city a road is: one picture of all main roads, shared by all pages, and the road over it. */
import type { City } from "../../src/core/city.ts";
import type { RoadInfo } from "../../src/serving/answer.ts";
import { projection } from "./projection.ts";

const WIDTH = 600;

export const Locator = ({ city, road, picture }: { city: City; road: RoadInfo; picture: string }) => {
  if (road.geometry === null) return null;
  const flat = projection(city.bounds, WIDTH);
  const line = road.geometry.type === "LineString" ? road.geometry.coordinates : [road.geometry.coordinates];
  const [x, y] = flat.project(line[line.length >> 1]!);
  return (
    <svg
      class="locator"
      viewBox={`0 0 ${flat.width} ${flat.height}`}
      role="img"
      aria-label={`Where ${road.road_name} is in ${city.name}`}
    >
      <image href={picture} width={flat.width} height={flat.height} />
      <circle class="ring" cx={Math.round(x)} cy={Math.round(y)} r="34" />
      {road.geometry.type === "LineString" ? (
        <path class="here" d={flat.path(line)} />
      ) : (
        <circle class="here" cx={x} cy={y} r="8" />
      )}
    </svg>
  );
};

/** The shared picture: water and main roads in one grey that reads on light and on dark ground. */
export function locatorSvg(city: City): string {
  const flat = projection(city.bounds, WIDTH);
  const main = new Set(["motorway", "trunk", "primary", "secondary"]);
  const water = city.background.flatMap((shape) =>
    shape.kind !== "water"
      ? []
      : shape.geometry.type === "Polygon"
        ? [`${flat.path(shape.geometry.coordinates[0]!)}Z`]
        : [],
  );
  const roads = city.roads.filter((r) => main.has(r.road_class)).map((r) => flat.path(r.geometry));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${flat.width} ${flat.height}" width="${flat.width}" height="${flat.height}"><path d="${water.join("")}" fill="#7d9bb0" fill-opacity=".25"/><path d="${roads.join("")}" fill="none" stroke="#8a8f98" stroke-opacity=".7" stroke-width="1.5"/></svg>`;
}

/** The city's geometry as the map reads it: built once, and then only bytes. */
import { Hono } from "hono";
import type { City } from "../src/core/city.ts";
import type { Position } from "../src/core/geo.ts";
import { locatorSvg } from "../views/charts/locator.tsx";
import { fixed, sendFixed, type Fixed } from "./fixed.ts";

/** 0.00001° is a metre: finer than a pixel at any zoom that a city map has. */
const short = (n: number): number => Math.round(n * 1e5) / 1e5;
const at = ([lng, lat]: Position): [number, number] => [short(lng), short(lat)];

/** Feature `id` = the road's place in the network: what the state of a road is set by. */
const networkJson = (city: City): string =>
  JSON.stringify({
    type: "FeatureCollection",
    features: city.roads.map(({ geometry, ...road }, id) => ({
      type: "Feature",
      id,
      properties: {
        road_id: road.road_id,
        road_name: road.road_name,
        road_class: road.road_class,
        free_flow_speed: road.free_flow_speed,
        length_km: road.length_km,
      },
      geometry: { type: "LineString", coordinates: geometry.map(at) },
    })),
  });

const backgroundJson = (city: City): string =>
  JSON.stringify({
    type: "FeatureCollection",
    features: city.background.map(({ kind, name, geometry }) => ({
      type: "Feature",
      properties: name === undefined ? { kind } : { kind, name },
      geometry: {
        type: geometry.type,
        coordinates:
          geometry.type === "Point"
            ? at(geometry.coordinates)
            : geometry.type === "LineString"
              ? geometry.coordinates.map(at)
              : geometry.coordinates.map((ring) => ring.map(at)),
      },
    })),
  });

export interface CityRoutes {
  app: Hono;
  network: string;
  background: string;
  locator: string;
}

export function cityRoutes(city: City): CityRoutes {
  const app = new Hono();
  const serve = (path: string, file: Fixed): string => {
    const version = file.etag.slice(3, -1);
    app.get(path, (c) => sendFixed(c, file, c.req.query("v") === version));
    return `${path}?v=${version}`;
  };
  return {
    app,
    network: serve("/city/network.geojson", fixed(networkJson(city), "application/geo+json")),
    background: serve("/city/background.geojson", fixed(backgroundJson(city), "application/geo+json")),
    locator: serve("/city/locator.svg", fixed(locatorSvg(city), "image/svg+xml")),
  };
}

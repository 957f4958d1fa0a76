/** WGS 84 onto a flat picture of a city: equirectangular about its middle, good to a pixel at this size. */
import type { Bbox, Position } from "../../src/core/geo.ts";

export interface Projection {
  width: number;
  height: number;
  project: (at: Position) => readonly [x: number, y: number];
  /** `M…L…` of a line, in whole units. */
  path: (line: readonly Position[]) => string;
}

/** @param width Of the picture, in its own units; the height follows from the box. */
export function projection([west, south, east, north]: Bbox, width: number): Projection {
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = width / Math.max(1e-9, (east - west) * squeeze);
  const project = ([lng, lat]: Position): readonly [number, number] => [
    (lng - west) * squeeze * scale,
    (north - lat) * scale,
  ];
  return {
    width,
    height: Math.round((north - south) * scale),
    project,
    path: (line) =>
      line
        .map((at, i) => {
          const [x, y] = project(at);
          return `${i === 0 ? "M" : "L"}${Math.round(x)} ${Math.round(y)}`;
        })
        .join(""),
  };
}

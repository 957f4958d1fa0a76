/**
 * How the city looks: quiet until something is wrong. Width by class and zoom; colour by level; a congested road is a little
 * wider, lies above the others and has a casing; closed is dashed; old data is grey and dashed; no data is thin grey.
 *
 * feature-state of a road: `l` level (5 = no data), `s` stale, `d` difference (compare-style.js), `hover`, `select`.
 */
import { LEVELS } from "./roads-model.js";

/** @typedef {(name: string) => string} Colour */

const NO_DATA = 5;
const CLOSED = 4;
const level = ["coalesce", ["feature-state", "l"], NO_DATA];
const stale = ["boolean", ["feature-state", "s"], false];
const is = (/** @type {string} */ name) => ["boolean", ["feature-state", name], false];

/** Half of the weight of a map is in the widths of its lines: px at zoom 10, 13 and 16. */
const widths = {
  motorway: [1.7, 4.2, 14],
  trunk: [1.4, 3.5, 12],
  primary: [1.1, 2.8, 10],
  secondary: [0.8, 2.1, 8],
  tertiary: [0.6, 1.6, 6.5],
  residential: [0.5, 1.2, 5],
};

/** @param {(width: unknown) => unknown} change of the class's width at one zoom */
export const byClass = (change) => [
  "interpolate",
  ["exponential", 1.5],
  ["zoom"],
  ...[10, 13, 16].flatMap((zoom, i) => [
    zoom,
    change([
      "match",
      ["get", "road_class"],
      ...Object.entries(widths).flatMap(([name, px]) => [name, px[i]]),
      widths.residential[i],
    ]),
  ]),
];

const worse = ["match", level, [2], 1, [3, CLOSED], 1.6, 0];
const plain = ["case", stale, 0, worse];

/** @param {Set<string>} hidden */
const shown = (hidden) => ["match", level, ...LEVELS.flatMap((name, i) => [i, hidden.has(name) ? 0 : 1]), 1];

const ofLevel = (/** @type {Colour} */ colour) => [
  "match",
  level,
  ...LEVELS.flatMap((name, i) => [i, colour(`--l-${name}`)]),
  colour("--l-unknown"),
];

/** @param {Colour} colour */
export const backgroundLayers = (colour) => [
  { id: "ground", type: "background", paint: { "background-color": colour("--map-ground") } },
  shape("land", "fill", { "fill-color": colour("--map-land") }),
  shape("built", "fill", { "fill-color": colour("--map-built") }),
  shape("park", "fill", { "fill-color": colour("--map-park") }),
  shape("water", "fill", { "fill-color": colour("--map-water") }),
  shape("water", "line", {
    "line-color": colour("--map-water"),
    "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 1.5, 16, 30],
  }),
  shape("street", "line", {
    "line-color": colour("--map-street"),
    "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 11, 0.5, 16, 5],
  }),
];

const shape = (
  /** @type {string} */ kind,
  /** @type {"fill" | "line"} */ type,
  /** @type {object} */ paint,
) => ({
  id: `${kind}-${type}`,
  type,
  source: "background",
  filter: [
    "all",
    ["==", ["get", "kind"], kind],
    ["==", ["geometry-type"], type === "fill" ? "Polygon" : "LineString"],
  ],
  paint,
});

/** @param {Colour} colour @param {Set<string>} hidden */
export const roadLayers = (colour, hidden) => [
  road("road-halo", {
    "line-color": colour("--ink"),
    "line-opacity": halo,
    "line-width": byClass((w) => ["+", w, ["+", 7, plain]]),
  }),
  road("road-casing", {
    "line-color": colour("--map-land"),
    "line-opacity": 0.9,
    "line-width": byClass((w) => ["+", w, 2]),
  }),
  road("road-calm", {
    "line-color": ofLevel(colour),
    "line-opacity": calm(hidden),
    "line-width": byClass((w) => ["*", w, ["match", level, NO_DATA, 0.6, 0, 0.8, 0.95]]),
  }),
  road("road-jam-casing", {
    "line-color": colour("--map-casing"),
    "line-opacity": jam(hidden),
    "line-width": byClass((w) => ["+", w, ["+", plain, 1.8]]),
  }),
  road("road-jam", {
    "line-color": ofLevel(colour),
    "line-opacity": jam(hidden),
    "line-width": byClass((w) => ["+", w, plain]),
  }),
  road(
    "road-dash",
    {
      "line-color": dashColour(colour),
      "line-opacity": dash(hidden),
      "line-width": byClass((w) => ["+", w, ["case", stale, 0, 0.8]]),
      "line-dasharray": [2, 1.6],
    },
    "butt",
  ),
];

const halo = ["case", is("select"), 0.95, is("hover"), 0.45, 0];
const solid = ["all", ["!", stale], ["!=", level, CLOSED]];
const calm = (/** @type {Set<string>} */ h) => [
  "*",
  shown(h),
  ["case", ["!", solid], 0, ["match", level, 0, 0.75, 1, 0.9, NO_DATA, 0.7, 0]],
];
const jam = (/** @type {Set<string>} */ h) => [
  "*",
  shown(h),
  ["case", solid, ["match", level, [2, 3], 1, 0], 0],
];
const dash = (/** @type {Set<string>} */ h) => [
  "*",
  shown(h),
  ["case", stale, 0.75, ["==", level, CLOSED], 1, 0],
];
const dashColour = (/** @type {Colour} */ colour) => [
  "case",
  stale,
  colour("--l-stale"),
  colour("--l-closed"),
];

const road = (/** @type {string} */ id, /** @type {object} */ paint, cap = "round") => ({
  id,
  type: "line",
  source: "network",
  layout: { "line-cap": cap, "line-join": "round" },
  paint,
});

/** @param {Colour} colour @param {Set<string>} hidden */
export const pointLayer = (colour, hidden) => ({
  id: "point",
  type: "circle",
  source: "points",
  paint: {
    "circle-radius": [
      "interpolate",
      ["linear"],
      ["zoom"],
      9,
      ["+", 2.6, ["*", 0.6, plain]],
      14,
      ["+", 6, plain],
    ],
    "circle-color": ["case", stale, colour("--l-stale"), ofLevel(colour)],
    "circle-opacity": ["*", shown(hidden), ["case", stale, 0.45, 1]],
    "circle-stroke-color": [
      "case",
      is("select"),
      colour("--ink"),
      is("hover"),
      colour("--ink"),
      colour("--map-casing"),
    ],
    "circle-stroke-width": ["case", is("select"), 3, is("hover"), 2, 1],
    "circle-stroke-opacity": shown(hidden),
  },
});

/** Every paint that depends on theme, palette or filter: for a change of them. @param {Colour} colour @param {Set<string>} hidden */
export function paints(colour, hidden) {
  const layers = [...backgroundLayers(colour), ...roadLayers(colour, hidden), pointLayer(colour, hidden)];
  return layers.flatMap(({ id, paint }) =>
    Object.entries(paint)
      .filter(([name]) => /color|opacity|line-width/.test(name))
      .map(([name, value]) => /** @type {const} */ ([id, name, value])),
  );
}

/** How differences look on the map: instead of levels, in the same layers. */
import { DIFFS, NONE as NO_DIFF } from "./compare-roads.js";
import { byClass, paints } from "./map-style.js";

/** @typedef {import("./map-style.js").Colour} Colour */

const diff = ["coalesce", ["feature-state", "d"], NO_DIFF];
const ofDiff = (/** @type {Colour} */ colour) => [
  "match",
  diff,
  ...DIFFS.flatMap((name, i) => [i, colour(`--d-${name}`)]),
  colour("--d-none"),
];

/** The same layers for a difference: slower is solid, faster is dashed, much of either is wider. @param {Colour} colour */
export function diffPaints(colour) {
  const much = ["match", diff, [0, 4], 1.8, [1, 3], 0.6, 0];
  /** @type {(readonly [string, string, unknown])[]} */
  const special = [
    ["road-calm", "line-color", ofDiff(colour)],
    ["road-calm", "line-opacity", ["match", diff, 2, 0.8, NO_DIFF, 0.5, 0]],
    ["road-calm", "line-width", byClass((w) => ["*", w, ["match", diff, NO_DIFF, 0.45, 0.7]])],
    ["road-jam-casing", "line-opacity", ["match", diff, [0, 1, 3, 4], 1, 0]],
    ["road-jam-casing", "line-width", byClass((w) => ["+", w, ["+", much, 1.8]])],
    ["road-jam", "line-color", ofDiff(colour)],
    ["road-jam", "line-opacity", ["match", diff, [0, 1], 1, 0]],
    ["road-jam", "line-width", byClass((w) => ["+", w, much])],
    ["road-dash", "line-color", ofDiff(colour)],
    ["road-dash", "line-opacity", ["match", diff, [3, 4], 1, 0]],
    ["road-dash", "line-width", byClass((w) => ["+", w, much])],
    ["point", "circle-color", ofDiff(colour)],
    ["point", "circle-opacity", ["match", diff, NO_DIFF, 0.45, 1]],
    // By a road's state like all of them: the library fails where a state changes while a property turns into a constant.
    ["point", "circle-stroke-opacity", ["match", diff, NO_DIFF, 1, 1]],
  ];
  const set = new Set(special.map(([layer, property]) => `${layer} ${property}`));
  return [
    ...paints(colour, new Set()).filter(([layer, property]) => !set.has(`${layer} ${property}`)),
    ...special,
  ];
}

/** Draws the layers that are on, and knows what it drew where: what the pointer may meet. */
import { serverNow } from "../clock.js";
import { ALONE_FROM_ZOOM, grouped } from "./grid.js";
import * as marks from "./marks.js";
import { openOverlay } from "./overlay.js";
import { mercatorX, mercatorY } from "./points-model.js";

/** @typedef {import("./points-model.js").Point} Point */
/** @typedef {import("./layers.js").Chosen} Chosen */
/** @typedef {import("./overlay.js").Placer} Placer */
/** @typedef {(ctx: CanvasRenderingContext2D, placer: Placer, ink: (name: string) => string) => void} Under */

/**
 * @typedef {object} Scene
 * @property {ReadonlySet<string>} on
 * @property {ReadonlyMap<string, import("./points-model.js").PointsModel>} models in the order in which they are drawn
 * @property {readonly { at: [number, number] }[]} hospitals
 * @property {Under | undefined} under
 * @property {() => { selected: Chosen | null, hovered: Chosen | null, types: ReadonlySet<string> }} now
 */

/** A point as it was drawn, or a circle of several: then without one, and with the zoom at which they part. */
/** @typedef {{ x: number, y: number, r: number, layer: string, point: Point | null, mx: number, my: number, n: number, closer: number }} Drawn */

/**
 * @typedef {object} Drawing
 * @property {() => void} ask draws in the next frame, once
 * @property {(x: number, y: number) => Drawn | null} at the topmost at a place of the map
 */

const REACH_PX = 5;
/** Hospitals are told from each other from this zoom on. */
const BEDS_FROM_ZOOM = 10.5;
/** px around the map where a mark may still reach into it. */
const MARGIN_PX = 30;

const is = (/** @type {Chosen | null} */ chosen, /** @type {string} */ layer, /** @type {string} */ id) =>
  chosen?.layer === layer && chosen.id === id;

/** @param {import("./overlay.js").Ground} ground @param {Scene} scene @returns {Drawing} */
export function openDrawing(ground, { on, models, hospitals, under, now }) {
  const beds = hospitals.map(({ at: [lng, lat] }) => ({ mx: mercatorX(lng), my: mercatorY(lat) }));
  /** @type {Drawn[]} */
  let drawn = [];

  /** @param {CanvasRenderingContext2D} ctx @param {Placer} placer */
  function draw(ctx, placer) {
    drawn = [];
    const { zoom } = placer;
    const { selected, hovered, types } = now();
    const inside = (/** @type {{ mx: number, my: number }} */ point) => {
      const [x, y] = [placer.x(point), placer.y(point)];
      return (
        x > -MARGIN_PX && y > -MARGIN_PX && x < placer.width + MARGIN_PX && y < placer.height + MARGIN_PX
      );
    };
    under?.(ctx, placer, marks.ink);
    if (on.has("emergencies") && zoom > BEDS_FROM_ZOOM)
      for (const bed of beds) if (inside(bed)) marks.hospital(ctx, placer.x(bed), placer.y(bed));
    /** @type {number[][]} */
    const taken = [];
    for (const [layer, model] of models) {
      if (!on.has(layer)) continue;
      let points = [...model.points.values()].filter(inside);
      if (layer === "vehicles" && types.size > 0)
        points = points.filter(({ row }) => types.has(row.vehicle_type ?? "other"));
      const kept = selected?.layer === layer ? selected.id : "";
      const { single, clusters } =
        layer === "vehicles" ? grouped(points, zoom, kept) : { single: points, clusters: [] };
      // What is old lies below what is fresh, and the chosen one above all.
      const rank = (/** @type {Point} */ { id, stale }) => (id === kept ? 2 : stale ? 0 : 1);
      for (const point of single.sort((a, b) => rank(a) - rank(b))) {
        const { mx, my } = point;
        const [x, y] = [placer.x(point), placer.y(point)];
        const r =
          layer === "vehicles"
            ? marks.vehicle(ctx, point, x, y, zoom, serverNow() - point.as_of_ms)
            : layer === "emergencies"
              ? marks.emergency(ctx, point, x, y)
              : marks.tag(ctx, layer, point, x, y, zoom, taken);
        if (is(selected, layer, point.id)) marks.ring(ctx, x, y, r);
        else if (is(hovered, layer, point.id)) marks.ring(ctx, x, y, r, false);
        drawn.push({ x, y, r, layer, point, mx, my, n: 1, closer: zoom });
      }
      for (const { n, mx, my } of clusters) {
        const [x, y] = [placer.x({ mx, my }), placer.y({ mx, my })];
        const r = marks.cluster(ctx, n, x, y);
        drawn.push({ x, y, r, layer, point: null, mx, my, n, closer: ALONE_FROM_ZOOM });
      }
    }
  }

  marks.readInks();
  const overlay = openOverlay(ground, draw);
  overlay.ask();
  document.addEventListener("arterial:colours", () => {
    marks.readInks();
    overlay.ask();
  });
  return {
    ask: () => overlay.ask(),
    at: (x, y) => drawn.findLast((mark) => Math.hypot(mark.x - x, mark.y - y) <= mark.r + REACH_PX) ?? null,
  };
}

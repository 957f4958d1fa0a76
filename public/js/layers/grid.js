/** Points that would lie on each other become one circle with their number. The grid is fast to the earth: panning changes none. */

/** @typedef {import("./points-model.js").Point} Point */

const CELL_PX = 40;
/** Closer than this each is drawn by itself. */
export const ALONE_FROM_ZOOM = 12.5;
const LEAST = 4;

/** @typedef {{ n: number, mx: number, my: number }} Cluster */

/**
 * @param {readonly Point[]} points
 * @param {number} zoom
 * @param {string} kept id of a point that stays by itself
 * @returns {{ single: Point[], clusters: Cluster[] }}
 */
export function grouped(points, zoom, kept) {
  if (zoom >= ALONE_FROM_ZOOM) return { single: [...points], clusters: [] };
  const size = CELL_PX / (512 * 2 ** Math.floor(zoom));
  /** @type {Map<number, Point[]>} */
  const cells = new Map();
  /** @type {Point[]} */
  const single = [];
  for (const point of points) {
    if (point.id === kept) {
      single.push(point);
      continue;
    }
    const cell = Math.floor(point.mx / size) * 4_194_304 + Math.floor(point.my / size);
    const members = cells.get(cell);
    if (members === undefined) cells.set(cell, [point]);
    else members.push(point);
  }
  /** @type {Cluster[]} */
  const clusters = [];
  for (const members of cells.values()) {
    if (members.length < LEAST) single.push(...members);
    else {
      const n = members.length;
      clusters.push({
        n,
        mx: members.reduce((sum, { mx }) => sum + mx, 0) / n,
        my: members.reduce((sum, { my }) => sum + my, 0) / n,
      });
    }
  }
  return { single, clusters };
}

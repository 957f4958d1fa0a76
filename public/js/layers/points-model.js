/** The newest state of each point of a layer. Nothing here knows how it is drawn. */
import { serverNow } from "../clock.js";

/**
 * @typedef {object} Point
 * @property {string} id
 * @property {number} lng
 * @property {number} lat
 * @property {number} mx Web Mercator, 0 to 1 from west to east
 * @property {number} my and from north to south
 * @property {number} as_of_ms
 * @property {boolean} stale
 * @property {any} row
 */

export const mercatorX = (/** @type {number} */ lng) => (lng + 180) / 360;
export const mercatorY = (/** @type {number} */ lat) =>
  0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

/** A state may be a tick older than the stream: what came within this time is newer than it. */
const YOUNG_MS = 10_000;

export class PointsModel {
  /** @type {Map<string, Point>} */ points = new Map();
  stale_ms = 90_000;
  listed_ms = 600_000;
  /** Grows with each change. */
  version = 0;
  /** The first state has come. */
  loaded = false;

  /** @param {string} key field that names a point */
  constructor(key) {
    this.key = key;
  }

  /** @param {{ rows: any[], now_ms: number, stale_ms: number, listed_ms: number }} state */
  load({ rows, now_ms, stale_ms, listed_ms }) {
    this.stale_ms = stale_ms;
    this.listed_ms = listed_ms;
    this.loaded = true;
    const held = new Set(rows.map((row) => row[this.key]));
    for (const [id, { as_of_ms }] of this.points)
      if (!held.has(id) && as_of_ms < now_ms - YOUNG_MS) this.points.delete(id);
    this.version++;
    this.apply(rows);
  }

  /** @param {any[]} rows */
  apply(rows) {
    for (const row of rows) {
      const { longitude: lng, latitude: lat } = row;
      if (typeof lng !== "number" || typeof lat !== "number") continue;
      const as_of_ms = Date.parse(row.as_of);
      const before = this.points.get(row[this.key]);
      if (before !== undefined && as_of_ms < before.as_of_ms) continue;
      const stale = as_of_ms < serverNow() - this.stale_ms;
      const id = row[this.key];
      this.points.set(id, { id, lng, lat, mx: mercatorX(lng), my: mercatorY(lat), as_of_ms, stale, row });
      this.version++;
    }
  }

  /** @param {string[]} keys */
  gone(keys) {
    for (const key of keys) if (this.points.delete(key)) this.version++;
  }

  clear() {
    this.points.clear();
    this.loaded = false;
    this.version++;
  }

  /** Data grows old by itself, and is no longer shown in the end: to be called each second. */
  age() {
    const now_ms = serverNow();
    for (const [id, point] of this.points) {
      if (point.as_of_ms < now_ms - this.listed_ms) {
        this.points.delete(id);
        this.version++;
      } else if (!point.stale && point.as_of_ms < now_ms - this.stale_ms) {
        point.stale = true;
        this.version++;
      }
    }
  }
}

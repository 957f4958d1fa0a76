/**
 * What each road is like now, by its place in the network; roads that only events know, with a place, follow after them.
 * The map asks which changed; nothing here knows how they are drawn.
 */
import { serverNow } from "./clock.js";

/** In the order of the server's list. */
export const LEVELS = ["free", "moderate", "heavy", "severe", "closed", "unknown"];
const UNKNOWN = 5;

/**
 * @typedef {object} Road
 * @property {string} id
 * @property {string} name
 * @property {number} level index into LEVELS
 * @property {number} speed km/h
 * @property {number} as_of_ms 0 = never
 * @property {boolean} stale
 * @property {[number, number] | null} place of a point sensor
 */

export class RoadsModel {
  /** @type {Road[]} */ roads = [];
  /** @type {Map<string, number>} */ places = new Map();
  /** @type {Set<number>} */ changed = new Set();
  stale_ms = 30_000;

  /** @param {{ properties: { road_id: string, road_name: string } }[]} features of the network, in order */
  constructor(features) {
    for (const { properties } of features) this.#add(properties.road_id, properties.road_name, null);
  }

  #add(/** @type {string} */ id, /** @type {string} */ name, /** @type {[number, number] | null} */ place) {
    this.places.set(id, this.roads.length);
    this.roads.push({ id, name, level: UNKNOWN, speed: 0, as_of_ms: 0, stale: true, place });
    return this.roads.length - 1;
  }

  /** @param {any} state the page's block, or the same fetched anew */
  load(state) {
    this.stale_ms = state.stale_ms;
    for (let i = 0; i < state.levels.length; i++) {
      if (state.levels[i] === "-") this.#set(i, UNKNOWN, 0, 0);
      else this.#set(i, Number(state.levels[i]), state.speeds[i], state.now_ms - state.ages_s[i] * 1000);
    }
    for (const [id, name, lng, lat, level, speed, age_s] of state.points) {
      const i = this.places.get(id) ?? this.#add(id, name, [lng, lat]);
      this.#set(i, level, speed, state.now_ms - age_s * 1000);
    }
  }

  /** @param {any[]} rows of the stream */
  apply(rows) {
    for (const row of rows) {
      let i = this.places.get(row.road_id);
      if (i === undefined) {
        if (typeof row.longitude !== "number" || typeof row.latitude !== "number") continue;
        i = this.#add(row.road_id, row.road_name ?? row.road_id, [row.longitude, row.latitude]);
      }
      const as_of_ms = Date.parse(row.timestamp);
      // A stream that resumes may tell again what is known.
      if (as_of_ms < this.roads[i].as_of_ms) continue;
      this.#set(i, LEVELS.indexOf(row.congestion_level), row.current_speed, as_of_ms);
    }
  }

  /** @param {string[]} keys */
  gone(keys) {
    for (const key of keys) {
      const i = this.places.get(key);
      if (i !== undefined) this.#set(i, UNKNOWN, 0, 0);
    }
  }

  /** Data grows old by itself: to be called each second. */
  age() {
    const limit = serverNow() - this.stale_ms;
    for (let i = 0; i < this.roads.length; i++) {
      const road = this.roads[i];
      if (!road.stale && road.as_of_ms < limit) {
        road.stale = true;
        this.changed.add(i);
      }
    }
  }

  #set(
    /** @type {number} */ i,
    /** @type {number} */ level,
    /** @type {number} */ speed,
    /** @type {number} */ as_of_ms,
  ) {
    const road = this.roads[i];
    const known = level < 0 ? UNKNOWN : level;
    const stale = as_of_ms < serverNow() - this.stale_ms;
    // Only what is drawn counts as a change: a map has nothing to do for 23 km/h instead of 24.
    if (road.level !== known || road.stale !== stale) this.changed.add(i);
    road.level = known;
    road.stale = stale;
    road.speed = Math.round(speed);
    road.as_of_ms = as_of_ms;
  }

  /** What changed since the last call. */
  take() {
    const changed = this.changed;
    this.changed = new Set();
    return changed;
  }
}

/** What is predicted of each road, by its place in the network: from one list, then from the stream. */
import { serverNow } from "./clock.js";
import { LEVELS } from "./roads-model.js";

/** Minutes ahead, in the order of the server's figures. */
export const HORIZONS = [10, 20, 30];
/** Of each horizon: speed, low and high of 90 %, percent of a jam; −1 for none. */
const EACH = 4;
const UNKNOWN = LEVELS.indexOf("unknown");

/** As core/congestion.ts; nobody predicts that a road is closed. @param {number} ratio */
const levelOf = (ratio) => (ratio >= 0.75 ? 0 : ratio >= 0.5 ? 1 : ratio >= 0.25 ? 2 : 3);

const whole = (/** @type {unknown} */ value) =>
  typeof value === "number" && Number.isFinite(value) ? Math.round(value) : -1;

/** @typedef {{ made_ms: number, figures: number[] }} Prediction */
/** @typedef {{ speed: number, low: number, high: number, jam: number, made_ms: number, level: number }} Step */

export class PredictionsModel {
  /** @type {Map<string, number>} */ #places;
  /** Free-flow speed by place, km/h; 0 where it is not known. @type {number[]} */ #free;
  /** @type {Map<number, Prediction>} */ #of = new Map();
  known_ms = 180_000;

  /** @param {Map<string, number>} places of the roads, which may grow @param {readonly number[]} free */
  constructor(places, free) {
    this.#places = places;
    this.#free = [...free];
  }

  /** @param {any} state the whole list */
  load(state) {
    this.known_ms = state.known_ms;
    const put = (/** @type {number | undefined} */ place, /** @type {number[] | 0} */ figures) => {
      if (place === undefined || figures === 0) return;
      this.#put(place, state.now_ms - figures[0] * 1000, figures.slice(1));
    };
    for (const [place, figures] of state.roads.entries()) put(place, figures);
    for (const [id, free, figures] of state.points) {
      const place = this.#places.get(id);
      if (place !== undefined) this.#free[place] = free;
      put(place, figures);
    }
  }

  /** @param {any[]} rows of the stream */
  apply(rows) {
    for (const row of rows) {
      const place = this.#places.get(row.road_id);
      if (place === undefined) continue;
      const figures = HORIZONS.flatMap((minute) => [
        whole(row[`predicted_speed_${minute}min`]),
        whole(row[`low_90_${minute}min`]),
        whole(row[`high_90_${minute}min`]),
        whole(100 * (row[`congestion_probability_${minute}min`] ?? NaN)),
      ]);
      this.#put(place, Date.parse(row.timestamp), figures);
    }
  }

  #put(/** @type {number} */ place, /** @type {number} */ made_ms, /** @type {number[]} */ figures) {
    // A list may come after an event that is newer, to within the second that its ages are told in.
    if (made_ms + 1000 < (this.#of.get(place)?.made_ms ?? 0)) return;
    this.#of.set(place, { made_ms, figures });
  }

  /** @param {string[]} keys */
  gone(keys) {
    for (const key of keys) this.#of.delete(this.#places.get(key) ?? -1);
  }

  free(/** @type {number} */ place) {
    return this.#free[place] ?? 0;
  }

  /** Null where nothing is known: none came, or it is too old to speak of what is to come. @param {number} place @param {number} minute @returns {Step | null} */
  at(place, minute) {
    const found = this.#of.get(place);
    if (found === undefined || serverNow() - found.made_ms > this.known_ms) return null;
    const from = HORIZONS.indexOf(minute) * EACH;
    const [speed = -1, low = -1, high = -1, jam = -1] = found.figures.slice(from, from + EACH);
    if (speed < 0) return null;
    const free = this.free(place);
    const level = free > 0 ? levelOf(speed / free) : UNKNOWN;
    return { speed, low, high, jam, made_ms: found.made_ms, level };
  }
}

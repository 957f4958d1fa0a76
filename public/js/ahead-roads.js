/** The roads as they are expected to be: what the map draws while it looks ahead. What nobody knows is dashed. */
import { NO_DATA } from "./compare-roads.js";
import { LEVELS } from "./roads-model.js";

const UNKNOWN = LEVELS.indexOf("unknown");
/** Drawn as old data is, which a road that never reported is not. */
const SOME_TIME_MS = 1;

/** @typedef {import("./roads-model.js").Road} Road */

export class AheadRoads {
  /** @type {Pick<import("./roads-model.js").RoadsModel, "roads">} */ #live;
  /** @type {import("./predictions-model.js").PredictionsModel} */ #predictions;
  /** @type {Road[]} */ roads = [];
  /** How far, minutes. */
  minute = 10;

  /** @param {Pick<import("./roads-model.js").RoadsModel, "roads">} live @param {import("./predictions-model.js").PredictionsModel} predictions */
  constructor(live, predictions) {
    this.#live = live;
    this.#predictions = predictions;
  }

  /** Reads the predictions anew. @returns {number[]} places that look different */
  update() {
    /** @type {number[]} */
    const changed = [];
    this.#live.roads.forEach(({ id, name, place: where }, place) => {
      const step = this.#predictions.at(place, this.minute);
      const stale = step === null || step.level === UNKNOWN;
      const level = step === null ? UNKNOWN : step.level;
      const old = this.roads[place];
      if (old === undefined || old.level !== level || old.stale !== stale) changed.push(place);
      const [speed, as_of_ms] = step === null ? [0, SOME_TIME_MS] : [step.speed, step.made_ms];
      this.roads[place] = { id, name, place: where, level, speed, as_of_ms, stale };
    });
    return changed;
  }

  /** Percent of free flow as a byte. @param {number} place */
  percent(place) {
    const road = this.roads[place];
    const free = this.#predictions.free(place);
    return road === undefined || road.stale ? NO_DATA : Math.min(200, Math.round((100 * road.speed) / free));
  }

  /** Roads that are known, their newest moment, and how many are congested then and now. */
  facts() {
    let [known, made_ms, expected, now] = [0, 0, 0, 0];
    this.roads.forEach((road, place) => {
      if (road.stale) return;
      known++;
      made_ms = Math.max(made_ms, road.as_of_ms);
      if (road.level >= 2) expected++;
      const live = this.#live.roads[place];
      if (live !== undefined && live.level >= 2 && live.level < UNKNOWN) now++;
    });
    return { known, all: this.roads.length, made_ms, expected, now };
  }
}

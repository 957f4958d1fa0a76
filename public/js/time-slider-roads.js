/**
 * The roads as the map shows them: now, at a step of a day, or as they are expected; and how they differ from what they are compared with. The map
 * reads `roads` and `diffs` by place and is told which changed; what comes live meanwhile waits in the live model.
 */
import { DIFFS, diffOf, NO_DATA, NONE } from "./compare-roads.js";
import { LEVELS } from "./roads-model.js";

const UNKNOWN = LEVELS.indexOf("unknown");
const CLOSED = LEVELS.indexOf("closed");

/** As core/congestion.ts; what stands is drawn as closed, because a window does not tell them apart. @param {number} byte */
export function levelOf(byte) {
  if (byte === NO_DATA) return UNKNOWN;
  if (byte === 0) return CLOSED;
  return byte >= 75 ? 0 : byte >= 50 ? 1 : byte >= 25 ? 2 : 3;
}

/** @typedef {import("./roads-model.js").Road} Road */
/** @typedef {{ bytes: Uint8Array, columns: Int32Array, row: number, as_of_ms: number }} Step */

export class ShownRoads {
  /** @type {import("./roads-model.js").RoadsModel} */ #live;
  /** Free-flow speed by place, km/h; 0 where it is not known. @type {readonly number[]} */ #free;
  /** @type {Road[]} */ #past = [];
  /** @type {Step | null} */ #step = null;
  /** @type {Step | null} */ #then = null;
  /** @type {import("./ahead-roads.js").AheadRoads | null} */ #ahead = null;
  comparing = false;
  /** Class of each road's difference, by place. */
  diffs = new Uint8Array(0);

  /** @param {import("./roads-model.js").RoadsModel} live @param {readonly number[]} free */
  constructor(live, free) {
    this.#live = live;
    this.#free = free;
  }

  get places() {
    return this.#live.places;
  }
  get isPast() {
    return this.#step !== null;
  }
  get isAhead() {
    return this.#ahead !== null;
  }
  /** @returns {Road[]} */
  get roads() {
    if (this.#ahead !== null) return this.#ahead.roads;
    return this.#step === null ? this.#live.roads : this.#past;
  }
  /** Shows what is expected, or now for null. @param {import("./ahead-roads.js").AheadRoads | null} ahead */
  lookAhead(ahead) {
    this.#ahead = ahead;
  }
  free(/** @type {number} */ place) {
    return this.#free[place] ?? 0;
  }

  /** Percent of free flow as a byte, at the time that is shown. @param {number} place */
  now(place) {
    if (this.#ahead !== null) return this.#ahead.percent(place);
    if (this.#step !== null) return byteAt(this.#step, place);
    const road = this.#live.roads[place];
    if (road.as_of_ms === 0 || road.stale || road.level === UNKNOWN) return NO_DATA;
    if (road.level === CLOSED) return 0;
    const free = this.free(place);
    return free > 0 ? Math.min(200, Math.round((100 * road.speed) / free)) : NO_DATA;
  }
  /** The same of what it is compared with. @param {number} place */
  before(place) {
    return this.#then === null ? NO_DATA : byteAt(this.#then, place);
  }

  /** Shows a step of a day, or now for null. @param {Step | null} step @returns {number[]} places that changed */
  show(step) {
    const before = this.roads;
    const was_past = this.#step !== null;
    this.#step = step;
    if (step === null) return was_past ? [...this.#live.roads.keys()] : [];
    /** @type {number[]} */
    const changed = [];
    const all = this.#live.roads.length;
    for (let place = 0; place < all; place++) {
      const byte = byteAt(step, place);
      const level = levelOf(byte);
      const known = byte !== NO_DATA;
      const old = before[place];
      if (!was_past || old === undefined || old.level !== level) changed.push(place);
      const { id, name, place: at } = this.#live.roads[place];
      this.#past[place] = {
        id,
        name,
        place: at,
        level,
        speed: known ? Math.round((byte * this.free(place)) / 100) : 0,
        as_of_ms: known ? step.as_of_ms : 0,
        stale: false,
      };
    }
    return changed;
  }

  /** Compares with a step from now on, or with nothing. @param {boolean} on @param {Step | null} then */
  compare(on, then) {
    this.comparing = on;
    this.#then = then;
  }

  /** Differences anew. @returns {number[]} places whose class changed */
  differ() {
    const count = this.#live.roads.length;
    if (this.diffs.length !== count) this.diffs = new Uint8Array(count).fill(255);
    /** @type {number[]} */
    const changed = [];
    for (let place = 0; place < count; place++) {
      const next = this.comparing ? diffOf(this.now(place), this.before(place)) : NONE;
      if (this.diffs[place] === next) continue;
      this.diffs[place] = next;
      changed.push(place);
    }
    return changed;
  }

  /** Roads of each level, and of each difference. */
  counts() {
    const levels = Array.from(LEVELS, () => 0);
    const diffs = Array.from(DIFFS, () => 0);
    for (const road of this.roads) levels[road.as_of_ms === 0 ? UNKNOWN : road.level]++;
    for (const diff of this.diffs) if (diff < DIFFS.length) diffs[diff]++;
    return { levels, diffs };
  }
}

const byteAt = (/** @type {Step} */ { bytes, columns, row }, /** @type {number} */ place) =>
  columns[place] === undefined || columns[place] < 0 ? NO_DATA : bytes[row + columns[place]];

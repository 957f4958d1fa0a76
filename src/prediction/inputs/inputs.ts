/**
 * The inputs of the quantile network, for training and for serving alike. All speeds are in units of their road (a quarter of what is
 * slow there), so that a street and a motorway, km/h and mph look the same. What is not known is NaN.
 *
 *     inputs.begin(moment)            the last hour of all roads, and what is usual around it
 *     inputs.write(road, out, at)     the numbers of one road
 */
import { RECENT_STEPS } from "../model.ts";
import type { Around } from "./around.ts";
import { SLOTS } from "./calendar.ts";
import { BANDS_KM, INPUT_NAMES, LAGS, NEAREST, NEAREST_WITH_PROFILE } from "./names.ts";
import { PROFILE_STATS, type ProfileTable } from "./profile.ts";
import { ROAD_STATS } from "./statistics.ts";
import { SLOW_UNITS } from "./units.ts";

/** Steps ahead whose profile is an input; steps of the view before and after now. */
const LATER = 10;
export const VIEW_STEPS = RECENT_STEPS + LATER;
const NOW = RECENT_STEPS - 1;

/** What is usual at each of `VIEW_STEPS` steps, the first 11 before now: its table, that of the classes, and its slot. */
export interface View {
  tables: ProfileTable[];
  class_tables: ProfileTable[];
  slots: Int32Array;
  free_day: number;
}

export interface RoadsKnown {
  /** Class of each road: a column of the classes' tables. */
  class_of: Int32Array;
  classes: number;
  /** `roads × ROAD_STATS` and `classes × ROAD_STATS`. */
  stats: Float32Array<ArrayBuffer>;
  class_stats: Float32Array<ArrayBuffer>;
}

/** Per road: x, its change over 1 and 3 steps, residual, slow, profile in 20 minutes. */
const BASE = 6;
/** Per road: mean, least, greatest and slow share at +10, +20, +30; mean at 0 and +50; slow share at 0; residuals of 6 and 12 steps. */
const USUAL = 3 * PROFILE_STATS + 5;
/** Steps of the three horizons. */
const AHEAD = [2, 4, 6] as const;

export class Inputs {
  /** 1 where a road is treated as one without history: its class speaks for it. */
  readonly unseen: Uint8Array;
  readonly #roads: number;
  readonly #around: Around;
  readonly #known: RoadsKnown;
  /** `RECENT_STEPS × roads`: each value, or the last one before it. */
  readonly window: Float32Array;
  /** Steps since a road was measured; `RECENT_STEPS` for never. */
  readonly age: Int32Array;
  readonly #base: Float32Array;
  readonly #usual: Float32Array;
  readonly #time = new Float32Array(8);
  readonly #all = new Float32Array(3);

  constructor(roads: number, around: Around, known: RoadsKnown) {
    this.#roads = roads;
    this.#around = around;
    this.#known = known;
    this.unseen = new Uint8Array(roads);
    this.window = new Float32Array(RECENT_STEPS * roads);
    this.age = new Int32Array(roads);
    this.#base = new Float32Array(roads * BASE);
    this.#usual = new Float32Array(roads * USUAL);
  }

  /**
   * @param speeds The last hour, oldest step first: `RECENT_STEPS × roads` from `at` on, in units, NaN where nothing was measured.
   */
  begin(speeds: Float32Array, at: number, view: View): void {
    this.#carry(speeds, at);
    this.#usualOf(view);
    this.#basesOf();
    this.#timeOf(view);
  }

  /** A value that is missing is the last one before it, as a live system has it. */
  #carry(speeds: Float32Array, at: number): void {
    const { window, age } = this;
    const roads = this.#roads;
    age.fill(RECENT_STEPS);
    for (let step = 0; step < RECENT_STEPS; step++) {
      const row = step * roads;
      for (let road = 0; road < roads; road++) {
        const value = speeds[at + row + road]!;
        if (Number.isNaN(value)) window[row + road] = step > 0 ? window[row - roads + road]! : Number.NaN;
        else {
          window[row + road] = value;
          age[road] = NOW - step;
        }
      }
    }
  }

  #usualOf({ tables, class_tables, slots }: View): void {
    const { unseen, window } = this;
    const roads = this.#roads;
    const usual = this.#usual;
    const { class_of, classes } = this.#known;
    for (let road = 0; road < roads; road++) {
      const own = unseen[road] === 0;
      const from = own ? tables : class_tables;
      const columns = own ? roads : classes;
      const column = own ? road : class_of[road]!;
      const place = (step: number): number => (slots[step]! * columns + column) * PROFILE_STATS;
      let o = road * USUAL;
      for (const ahead of AHEAD) {
        const table = from[NOW + ahead]!;
        const at = place(NOW + ahead);
        for (let stat = 0; stat < PROFILE_STATS; stat++) usual[o++] = table[at + stat]!;
      }
      usual[o++] = from[NOW]![place(NOW)]!;
      usual[o++] = from[NOW + LATER]![place(NOW + LATER)]!;
      usual[o++] = from[NOW]![place(NOW) + 3]!;
      let [sum, n] = [0, 0];
      for (let step = NOW; step >= 0; step--) {
        const residual = window[step * roads + road]! - from[step]![place(step)]!;
        if (residual === residual) {
          sum += residual;
          n++;
        }
        if (step === NOW - 5) usual[o++] = n > 0 ? sum / n : Number.NaN;
      }
      usual[o++] = n > 0 ? sum / n : Number.NaN;
    }
  }

  #basesOf(): void {
    const { window } = this;
    const roads = this.#roads;
    const base = this.#base;
    const usual = this.#usual;
    const sums = [0, 0, 0];
    const counts = [0, 0, 0];
    for (let road = 0; road < roads; road++) {
      const x = window[NOW * roads + road]!;
      const o = road * BASE;
      base[o] = x;
      base[o + 1] = x - window[(NOW - 1) * roads + road]!;
      base[o + 2] = x - window[(NOW - 3) * roads + road]!;
      base[o + 3] = x - usual[road * USUAL + 3 * PROFILE_STATS]!;
      base[o + 4] = x < SLOW_UNITS ? 1 : 0;
      base[o + 5] = usual[road * USUAL + PROFILE_STATS]!;
      for (const [i, value] of [x, base[o + 3]!, base[o + 2]!].entries()) {
        if (Number.isNaN(value)) continue;
        sums[i]! += value;
        counts[i]!++;
      }
    }
    for (let i = 0; i < 3; i++) this.#all[i] = counts[i]! > 0 ? sums[i]! / counts[i]! : Number.NaN;
  }

  #timeOf({ slots, free_day }: View): void {
    const time = this.#time;
    const slot = slots[NOW + 4]!;
    time[0] = slot / SLOTS;
    for (let k = 1; k <= 3; k++) {
      time[2 * k - 1] = Math.sin((2 * Math.PI * k * slot) / SLOTS);
      time[2 * k] = Math.cos((2 * Math.PI * k * slot) / SLOTS);
    }
    time[7] = free_day;
  }

  /** Writes `INPUT_NAMES.length` numbers of a road. */
  write(road: number, out: Float32Array, at: number): void {
    let o = this.#writeOwn(road, out, at);
    o = this.#writeUsual(road, out, o);
    for (let i = 0; i < 8; i++) out[o++] = this.#time[i]!;
    o = this.#writeNear(road, out, o);
    o = this.#writeBands(road, out, o);
    for (let i = 0; i < 3; i++) out[o++] = this.#all[i]!;
    if (o !== at + INPUT_NAMES.length)
      throw new Error(`${o - at} inputs were written, not ${INPUT_NAMES.length}`);
  }

  #writeOwn(road: number, out: Float32Array, at: number): number {
    const { window } = this;
    const roads = this.#roads;
    const x = window[NOW * roads + road]!;
    let o = at;
    out[o++] = x;
    for (let i = 0; i < LAGS.length; i++) out[o++] = x - window[(NOW - LAGS[i]!) * roads + road]!;
    let [n, sum, squares, least, greatest] = [0, 0, 0, Infinity, -Infinity];
    for (let step = NOW; step >= 0; step--) {
      const value = window[step * roads + road]! - x;
      if (value === value) {
        n++;
        sum += value;
        squares += value * value;
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      const back = NOW - step + 1;
      const mean = sum / n;
      if (back === 3) out[o] = mean;
      if (back === 6) {
        out[o + 1] = mean;
        out[o + 3] = Math.sqrt(Math.max(0, squares / n - mean * mean));
      }
      if (back === 12) {
        out[o + 2] = mean;
        out[o + 4] = Math.sqrt(Math.max(0, squares / n - mean * mean));
      }
    }
    out[o + 5] = n > 0 ? least : Number.NaN;
    out[o + 6] = n > 0 ? greatest : Number.NaN;
    out[o + 7] = this.age[road]!;
    return o + 8;
  }

  #writeUsual(road: number, out: Float32Array, at: number): number {
    const usual = this.#usual;
    const own = this.unseen[road] === 0;
    const { stats, class_stats, class_of } = this.#known;
    const from = own ? stats : class_stats;
    const s = (own ? road : class_of[road]!) * ROAD_STATS;
    const x = this.#base[road * BASE]!;
    const u = road * USUAL;
    let o = at;
    out[o++] = own ? 1 : 0;
    out[o++] = from[s]!;
    out[o++] = from[s]! - x;
    for (let stat = 1; stat < ROAD_STATS; stat++) out[o++] = from[s + stat]!;
    out[o++] = this.#base[road * BASE + 3]!;
    out[o++] = usual[u + 15]!;
    out[o++] = usual[u + 16]!;
    for (let ahead = 0; ahead < 3; ahead++) {
      const p = u + ahead * PROFILE_STATS;
      for (let stat = 0; stat < 3; stat++) out[o++] = usual[p + stat]! - x;
      out[o++] = usual[p + 3]!;
    }
    const in_20 = usual[u + PROFILE_STATS]!;
    out[o++] = in_20;
    out[o++] = in_20 - usual[u + 12]!;
    out[o++] = usual[u + 14]!;
    out[o++] = usual[u + 13]! - in_20;
    return o;
  }

  #writeNear(road: number, out: Float32Array, at: number): number {
    const { near, near_km } = this.#around;
    const base = this.#base;
    const x = base[road * BASE]!;
    let o = at;
    for (let place = road * 2 * NEAREST; place < (road + 1) * 2 * NEAREST; place++) {
      const other = near[place]!;
      const with_profile = place % NEAREST < NEAREST_WITH_PROFILE;
      if (other < 0) {
        for (let i = with_profile ? 6 : 5; i > 0; i--) out[o++] = Number.NaN;
        continue;
      }
      const b = other * BASE;
      out[o++] = base[b]! - x;
      out[o++] = base[b + 1]!;
      out[o++] = base[b + 2]!;
      out[o++] = base[b + 3]!;
      out[o++] = near_km[place]!;
      if (with_profile) out[o++] = base[b + 5]! - base[b]!;
    }
    return o;
  }

  #writeBands(road: number, out: Float32Array, at: number): number {
    const { first, member, weight } = this.#around;
    const base = this.#base;
    const x = base[road * BASE]!;
    let o = at;
    for (let band = road * 2 * BANDS_KM.length; band < (road + 1) * 2 * BANDS_KM.length; band++) {
      let [w, ahead, slow, w_since, since, w_residual, residual] = [0, 0, 0, 0, 0, 0, 0];
      for (let i = first[band]!; i < first[band + 1]!; i++) {
        const b = member[i]! * BASE;
        const of = weight[i]!;
        const value = base[b]!;
        if (value !== value) continue;
        w += of;
        ahead += of * value;
        slow += of * base[b + 4]!;
        const change = base[b + 2]!;
        if (change === change) {
          w_since += of;
          since += of * change;
        }
        const unusual = base[b + 3]!;
        if (unusual === unusual) {
          w_residual += of;
          residual += of * unusual;
        }
      }
      out[o++] = ahead / w - x;
      out[o++] = since / w_since;
      out[o++] = residual / w_residual;
      out[o++] = slow / w;
    }
    return o;
  }
}

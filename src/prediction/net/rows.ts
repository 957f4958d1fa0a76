/** Rows to learn from, a step of all roads at a time: inputs, what came, and how much it weighs. */
import { aroundOf } from "../inputs/around.ts";
import { Inputs } from "../inputs/inputs.ts";
import { INPUT_NAMES } from "../inputs/names.ts";
import { SLOW_UNITS } from "../inputs/units.ts";
import { HORIZONS_MIN, RECENT_STEPS, type RoadNetwork } from "../model.ts";
import type { Material } from "./material.ts";
import type { Random } from "./random.ts";

/** What is slow is rare, and what matters. */
const SLOW_WEIGHT = 1.5;

/** Steps that a last value may be old and still be forecast from: half an hour. */
export const AGE_MAX = 6;

/** Shares of roads that lose their last values, and their history, so that forecasts of such roads are as wide as they must be. */
const AGED = 0.02;
const UNSEEN = 0.05;

/** Steps of the horizons. */
const AHEAD = HORIZONS_MIN.map((minutes) => minutes / 5);
export const LAST_AHEAD = Math.max(...AHEAD);
const H = HORIZONS_MIN.length;
const I = INPUT_NAMES.length;

export class Rows {
  /** `rows × INPUT_NAMES`, not standardised; `rows × HORIZONS_MIN` of change in units, and of weight. */
  readonly inputs: Float32Array;
  readonly truths: Float32Array;
  readonly weights: Float32Array;
  /** Filled so far. */
  length = 0;
  readonly #material: Material;
  readonly #maker: Inputs;
  readonly #window: Float32Array;
  readonly #unit_share: Float32Array;

  /** Room for so many whole steps. */
  constructor(network: RoadNetwork, material: Material, steps_max: number) {
    const { roads, units } = material;
    this.#material = material;
    this.#maker = new Inputs(roads, aroundOf(roads, network.edges), material);
    this.#window = new Float32Array(RECENT_STEPS * roads);
    // An error counts in km/h, on a fast road as on a slow one.
    const known = units.filter((unit) => unit > 0);
    const mean = known.reduce((sum, unit) => sum + unit, 0) / Math.max(1, known.length);
    this.#unit_share = units.map((unit) => (unit > 0 ? unit / mean : 0));
    this.inputs = new Float32Array(steps_max * roads * I);
    this.truths = new Float32Array(steps_max * roads * H);
    this.weights = new Float32Array(steps_max * roads * H);
  }

  clear(): void {
    this.length = 0;
  }

  /**
   * Adds the rows of a step: of each road that has a value now or lately, and a truth.
   *
   * @param random Where given, some roads are treated as if they were not measured lately, or never before.
   */
  add(step: number, random: Random | null = null): void {
    const { roads, speeds } = this.#material;
    const maker = this.#maker;
    const first = (step - RECENT_STEPS + 1) * roads;
    this.#window.set(speeds.subarray(first, first + RECENT_STEPS * roads));
    maker.unseen.fill(0);
    if (random !== null) this.#disturb(random);
    maker.begin(this.#window, 0, this.#material.viewAt(step));
    for (let road = 0; road < roads; road++) {
      if (maker.age[road]! > AGE_MAX || !this.#addTruths(step, road)) continue;
      maker.write(road, this.inputs, this.length * I);
      this.length++;
    }
  }

  #disturb(random: Random): void {
    const { roads } = this.#material;
    for (let road = 0; road < roads; road++) {
      const chance = random.next();
      if (chance < AGED) {
        const age = 1 + random.below(AGE_MAX);
        for (let back = 0; back < age; back++)
          this.#window[(RECENT_STEPS - 1 - back) * roads + road] = Number.NaN;
      } else if (chance < AGED + UNSEEN) this.#maker.unseen[road] = 1;
    }
  }

  #addTruths(step: number, road: number): boolean {
    const { roads, speeds } = this.#material;
    const x = this.#maker.window[(RECENT_STEPS - 1) * roads + road]!;
    let any = false;
    for (let h = 0; h < H; h++) {
      const y = speeds[(step + AHEAD[h]!) * roads + road]!;
      const known = y === y;
      this.truths[this.length * H + h] = known ? y - x : 0;
      this.weights[this.length * H + h] = known
        ? this.#unit_share[road]! * (y < SLOW_UNITS ? SLOW_WEIGHT : 1)
        : 0;
      any ||= known;
    }
    return any;
  }
}

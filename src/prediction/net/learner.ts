/** One network while it learns: batches, noise, dropout and updates. */
import { INPUT_NAMES } from "../inputs/names.ts";
import { HORIZONS_MIN } from "../model.ts";
import { Adam, rateAt } from "./adam.ts";
import { copyOf, Gradients, newLayers, Pass, type Layer } from "./layers.ts";
import { pinball } from "./pinball.ts";
import { Random } from "./random.ts";
import type { Rows } from "./rows.ts";

const BATCH = 256;
const DROPOUT = 0.1;
/** Deviation of the noise on standardised inputs. */
const NOISE = 0.1;
/** Normal numbers are drawn once and used from random places on. */
const NOISE_TABLE = 1 << 16;
const I = INPUT_NAMES.length;
const H = HORIZONS_MIN.length;

export class Learner {
  static readonly batch = BATCH;
  readonly layers: Layer[];
  readonly #random: Random;
  readonly #pass: Pass;
  readonly #gradients: Gradients;
  readonly #noise: Float32Array;
  readonly #truths = new Float32Array(BATCH * H);
  readonly #weights = new Float32Array(BATCH * H);
  #adam: Adam;
  #kept: Layer[];
  #update = 0;
  #updates = 1;
  #peak = 0;

  /** @param net Networks of one seed differ by their number. */
  constructor(sizes: readonly number[], seed: number, net: number) {
    this.#random = new Random(seed, net + 1);
    this.layers = newLayers(sizes, this.#random);
    this.#pass = new Pass(this.layers, BATCH);
    this.#gradients = new Gradients(this.layers, BATCH);
    this.#noise = Float32Array.from({ length: NOISE_TABLE + I }, () => NOISE * this.#random.normal());
    this.#adam = new Adam(this.layers, this.#gradients.of);
    this.#kept = copyOf(this.layers);
  }

  /** A course of so many updates, from warm-up to rate 0. */
  begin(updates: number, peak: number): void {
    this.#adam = new Adam(this.layers, this.#gradients.of);
    this.#update = 0;
    this.#updates = updates;
    this.#peak = peak;
  }

  /** Remembers the numbers as they are, as the best so far. */
  keep(): void {
    this.#kept = copyOf(this.layers);
  }

  restore(): void {
    for (const [i, { weights, bias }] of this.#kept.entries()) {
      this.layers[i]!.weights.set(weights);
      this.layers[i]!.bias.set(bias);
    }
  }

  /** @returns Mean loss over all rows, taken in random order, before each update. */
  learn(rows: Rows): number {
    const order = Int32Array.from({ length: rows.length }, (_, i) => i);
    this.#random.shuffle(order);
    const dropout = { share: DROPOUT, random: this.#random };
    let [loss, weight] = [0, 0];
    for (let at = 0; at < order.length; at += BATCH) {
      const n = this.#take(rows, order, at, true);
      this.#pass.forward(n, dropout);
      const part = pinball(this.#pass.output, this.#truths, this.#weights, n, this.#gradients.output);
      loss += part.loss * part.weight;
      weight += part.weight;
      this.#gradients.backward(this.#pass, n, DROPOUT);
      this.#adam.update(rateAt(Math.min(this.#update++, this.#updates), this.#updates, this.#peak));
    }
    return weight > 0 ? loss / weight : 0;
  }

  /** Loss without noise and dropout. */
  judge(rows: Rows): { loss: number; weight: number } {
    const order = Int32Array.from({ length: rows.length }, (_, i) => i);
    let [loss, weight] = [0, 0];
    for (let at = 0; at < order.length; at += BATCH) {
      const n = this.#take(rows, order, at, false);
      this.#pass.forward(n);
      const part = pinball(this.#pass.output, this.#truths, this.#weights, n, null);
      loss += part.loss * part.weight;
      weight += part.weight;
    }
    return { loss: weight > 0 ? loss / weight : 0, weight };
  }

  #take(rows: Rows, order: Int32Array, at: number, noisy: boolean): number {
    const { input } = this.#pass;
    const n = Math.min(BATCH, order.length - at);
    for (let i = 0; i < n; i++) {
      const row = order[at + i]!;
      const from = row * I;
      const to = i * I;
      if (noisy) {
        const place = this.#random.below(NOISE_TABLE);
        for (let p = 0; p < I; p++) input[to + p] = rows.inputs[from + p]! + this.#noise[place + p]!;
      } else for (let p = 0; p < I; p++) input[to + p] = rows.inputs[from + p]!;
      for (let h = 0; h < H; h++) {
        this.#truths[i * H + h] = rows.truths[row * H + h]!;
        this.#weights[i * H + h] = rows.weights[row * H + h]!;
      }
    }
    return n;
  }
}

/** Sums over pairs of a prediction and what came, and the figures that they give. */
import { HORIZONS_MIN } from "../model.ts";
import type { HorizonPrediction } from "../prediction.ts";
import type { Figures, HorizonFigures } from "./verdict.ts";

export interface Pair {
  said: HorizonPrediction;
  came: number;
  /** Slow when it was predicted. */
  was_slow: boolean;
  /** Slow when it came. */
  is_slow: boolean;
  /** Of the city's day, when it was predicted. */
  hour: number;
}

const WITHIN = 0.15;

class Errors {
  n = 0;
  abs = 0;
  sum = 0;
  squares = 0;
  ape_n = 0;
  ape = 0;

  add(e: number, came: number): void {
    this.n++;
    this.abs += Math.abs(e);
    this.sum += e;
    this.squares += e * e;
    if (came > 0) {
      this.ape_n++;
      this.ape += Math.abs(e) / came;
    }
  }

  get mae(): number | null {
    return mean(this.abs, this.n);
  }

  told(): HorizonFigures["either"] {
    const mape = mean(this.ape, this.ape_n);
    return {
      n: this.n,
      mae: this.mae,
      bias: mean(this.sum, this.n),
      mape_percent: mape === null ? null : 100 * mape,
    };
  }
}

const mean = (sum: number, n: number): number | null => (n === 0 ? null : sum / n);

class OfHorizon {
  readonly #all = new Errors();
  readonly #either = new Errors();
  readonly #congested = new Errors();
  readonly #hours = Array.from({ length: 24 }, () => new Errors());
  #within = 0;
  #in_50 = 0;
  #in_90 = 0;
  #came = 0;
  #came_squares = 0;

  add({ said, came, was_slow, is_slow, hour }: Pair): void {
    const e = said.speed - came;
    this.#all.add(e, came);
    this.#hours[hour]!.add(e, came);
    if (was_slow || is_slow) this.#either.add(e, came);
    if (is_slow) this.#congested.add(e, came);
    if (Math.abs(e) <= WITHIN * said.speed) this.#within++;
    if (came >= said.low_50 && came <= said.high_50) this.#in_50++;
    if (came >= said.low_90 && came <= said.high_90) this.#in_90++;
    this.#came += came;
    this.#came_squares += came * came;
  }

  told(): HorizonFigures {
    const { n, squares } = this.#all;
    const spread = this.#came_squares - this.#came ** 2 / Math.max(1, n);
    const mse = mean(squares, n);
    return {
      ...this.#all.told(),
      rmse: mse === null ? null : Math.sqrt(mse),
      r2: spread > 0 ? 1 - squares / spread : null,
      within_15: mean(this.#within, n),
      covered_50: mean(this.#in_50, n),
      covered_90: mean(this.#in_90, n),
      either: this.#either.told(),
      congested: this.#congested.told(),
      mae_by_hour: this.#hours.map(({ mae }) => mae),
    };
  }
}

export class FigureSums {
  readonly #by_horizon = HORIZONS_MIN.map(() => new OfHorizon());

  /** @param horizon Place in `HORIZONS_MIN`. */
  add(horizon: number, pair: Pair): void {
    this.#by_horizon[horizon]!.add(pair);
  }

  told(): Figures {
    const [ten, twenty, thirty] = this.#by_horizon;
    return [ten!.told(), twenty!.told(), thirty!.told()];
  }
}

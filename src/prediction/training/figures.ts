/** Sums over pairs of a prediction and what came, and the figures that they give. */
import { ErrorSums, mean } from "../judge/errors.ts";
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

const briefly = ({ figures: { n, mae, bias, mape_percent } }: ErrorSums): HorizonFigures["either"] => ({
  n,
  mae,
  bias,
  mape_percent,
});

class OfHorizon {
  readonly #all = new ErrorSums();
  readonly #either = new ErrorSums();
  readonly #congested = new ErrorSums();
  readonly #hours = Array.from({ length: 24 }, () => new ErrorSums());
  #n = 0;
  #in_50 = 0;
  #in_90 = 0;

  add({ said, came, was_slow, is_slow, hour }: Pair): void {
    this.#all.add(said.speed, came);
    this.#hours[hour]!.add(said.speed, came);
    if (was_slow || is_slow) this.#either.add(said.speed, came);
    if (is_slow) this.#congested.add(said.speed, came);
    this.#n++;
    if (came >= said.low_50 && came <= said.high_50) this.#in_50++;
    if (came >= said.low_90 && came <= said.high_90) this.#in_90++;
  }

  told(): HorizonFigures {
    return {
      ...this.#all.figures,
      covered_50: mean(this.#in_50, this.#n),
      covered_90: mean(this.#in_90, this.#n),
      either: briefly(this.#either),
      congested: briefly(this.#congested),
      mae_by_hour: this.#hours.map(({ figures }) => figures.mae),
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

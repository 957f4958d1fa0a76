/** Sums over pairs of a prediction and what came, and the figures that they give. An error is prediction minus what came. */

export interface ErrorFigures {
  /** Pairs. Every other figure is null where there are none. */
  n: number;
  mae: number | null;
  rmse: number | null;
  /** 1 − Σe² / Σ(y − mean y)²; null too where what came never differed. */
  r2: number | null;
  /** Mean of |e| / y, percent, of the pairs with y above 0. */
  mape_percent: number | null;
  /** Mean error: above 0 where predictions are too high. */
  bias: number | null;
  /** Share with what came within ±15 % of the prediction. */
  within_15: number | null;
}

const WITHIN = 0.15;

export const mean = (sum: number, n: number): number | null => (n === 0 ? null : sum / n);

export class ErrorSums {
  #n = 0;
  #abs = 0;
  #sum = 0;
  #squares = 0;
  #ape_n = 0;
  #ape = 0;
  #within = 0;
  #came_mean = 0;
  #came_squares = 0;

  add(said: number, came: number): void {
    const e = said - came;
    this.#n++;
    this.#abs += Math.abs(e);
    this.#sum += e;
    this.#squares += e * e;
    if (came > 0) {
      this.#ape_n++;
      this.#ape += Math.abs(e) / came;
    }
    if (Math.abs(e) <= WITHIN * said) this.#within++;
    // Welford's way: a sum of squares less a square of sums loses what matters.
    const from_mean = came - this.#came_mean;
    this.#came_mean += from_mean / this.#n;
    this.#came_squares += from_mean * (came - this.#came_mean);
  }

  get figures(): ErrorFigures {
    const mse = mean(this.#squares, this.#n);
    const mape = mean(this.#ape, this.#ape_n);
    return {
      n: this.#n,
      mae: mean(this.#abs, this.#n),
      rmse: mse === null ? null : Math.sqrt(mse),
      r2: this.#came_squares > 0 ? 1 - this.#squares / this.#came_squares : null,
      mape_percent: mape === null ? null : 100 * mape,
      bias: mean(this.#sum, this.#n),
      within_15: mean(this.#within, this.#n),
    };
  }
}

/**
 * Margins from the last days served: how far what came lay outside the intervals as they were served, with the margins of those days put
 * back, says how far it lay outside the model's own; its quantile is the margin to be (conformal, as `margins.ts`, from counts in bins).
 */
import { round } from "../core/field.ts";
import { limits } from "../core/limits.ts";
import { OUTSIDE_EDGES } from "../history/scores/bins.ts";
import type { BinCount } from "../history/scores/score-store.ts";
import { HORIZONS_MIN, type HorizonMin } from "./model.ts";
import { regimes, type Margins, type Regime } from "./prediction.ts";

/** Counts of one day, with the margins that its intervals were served with. */
export interface ServedDay {
  counts: readonly BinCount[];
  margins: Margins;
}

/** A margin beyond it says that the model is wrong, not its interval, km/h. */
const MARGIN_MAX = 40;

type Pair = Margins[HorizonMin][Regime];

const pairs = (of: (horizon: HorizonMin, regime: Regime) => Pair): Margins => {
  const row = (horizon: HorizonMin) =>
    ({
      calm: of(horizon, "calm"),
      uncertain: of(horizon, "uncertain"),
      slow: of(horizon, "slow"),
    }) satisfies Record<Regime, Pair>;
  return { 10: row(10), 20: row(20), 30: row(30) };
};

export const noMargins: Margins = pairs(() => ({ margin_50: 0, margin_90: 0 }));

/**
 * @param present Kept where the days served have fewer than `limits.calibrate_pairs_min` pairs.
 * @returns The margins to be, and of how many horizons and regimes they are new.
 */
export function servedMargins(
  days: readonly ServedDay[],
  present: Margins,
): { margins: Margins; from_n: number; of_n: number } {
  let from_n = 0;
  const margins = pairs((horizon, regime) => {
    const [fifty, ninety] = ([50, 90] as const).map((interval) => quantile(days, horizon, regime, interval));
    if (typeof fifty !== "number" || typeof ninety !== "number") return present[horizon][regime];
    from_n++;
    return { margin_50: fifty, margin_90: ninety };
  });
  return { margins, from_n, of_n: HORIZONS_MIN.length * regimes.length };
}

function quantile(
  days: readonly ServedDay[],
  horizon: HorizonMin,
  regime: Regime,
  interval: 50 | 90,
): number | null {
  const parts: { from: number; to: number; n: number }[] = [];
  for (const { counts, margins } of days) {
    const served = margins[horizon][regime][`margin_${interval}`];
    for (const { kind, horizon_min, regime: of, bin, n } of counts)
      if (kind === `outside_${interval}` && horizon_min === horizon && of === regime) {
        const from = OUTSIDE_EDGES[bin - 1] ?? OUTSIDE_EDGES[0]!;
        const to = OUTSIDE_EDGES[bin] ?? OUTSIDE_EDGES.at(-1)!;
        parts.push({ from: from + served, to: to + served, n });
      }
  }
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  if (n < limits.calibrate_pairs_min) return null;
  const wanted = Math.min(n, Math.ceil(((n + 1) * interval) / 100));
  let below = 0;
  for (const part of parts.sort((a, b) => a.from + a.to - b.from - b.to)) {
    if (below + part.n >= wanted) {
      const at = part.from + ((part.to - part.from) * (wanted - below)) / part.n;
      return round(Math.max(-MARGIN_MAX, Math.min(MARGIN_MAX, at)), 2);
    }
    below += part.n;
  }
  return null;
}

/** The largest change between two sets of margins, km/h. */
export const marginsApart = (a: Margins, b: Margins): number =>
  Math.max(
    ...HORIZONS_MIN.flatMap((horizon) =>
      regimes.flatMap((regime) =>
        (["margin_50", "margin_90"] as const).map((name) =>
          Math.abs(a[horizon][regime][name] - b[horizon][regime][name]),
        ),
      ),
    ),
  );

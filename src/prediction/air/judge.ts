/** How far forecasts of the air were off, by hours ahead. */
import type { AirPoint } from "./model.ts";
import type { AirSeries } from "./series.ts";

export interface AirErrors {
  n: number;
  mae: number;
  rmse: number;
  /** Mean of said − came. */
  bias: number;
  /** Shares within the intervals; null where none were given. */
  inside_50: number | null;
  inside_90: number | null;
}

/** What is said at an hour of hours ahead; an interval may be missing. */
export type Say = (
  series: AirSeries,
  at: number,
) => readonly (Pick<AirPoint, "hours_ahead" | "aqi"> & Partial<AirPoint>)[] | null;

/**
 * @param pairs Hours at which all of them are asked, so that each is judged by the same.
 * @returns By name of who said it, then by hours ahead.
 */
export function judgeAir(
  series: AirSeries,
  span: { from: number; to: number },
  sayers: Readonly<Record<string, Say>>,
  horizons: readonly number[],
): Readonly<Record<string, ReadonlyMap<number, AirErrors>>> {
  const names = Object.keys(sayers);
  const sums = new Map(names.map((name) => [name, new Map(horizons.map((h) => [h, newSums()]))]));
  for (let at = span.from; at < span.to; at++) {
    const said = names.map((name) => sayers[name]!(series, at));
    if (said.some((points) => points === null)) continue;
    for (const h of horizons) {
      const came = at + h < span.to ? series.aqi[at + h]! : NaN;
      if (Number.isNaN(came)) continue;
      names.forEach((name, i) => {
        const point = said[i]!.find(({ hours_ahead }) => hours_ahead === h);
        if (point !== undefined) add(sums.get(name)!.get(h)!, point, came);
      });
    }
  }
  return Object.fromEntries(
    [...sums].map(([name, by]) => [name, new Map([...by].map(([h, one]) => [h, errorsOf(one)]))]),
  );
}

interface Sums {
  n: number;
  absolute: number;
  square: number;
  signed: number;
  banded: number;
  inside_50: number;
  inside_90: number;
}
const newSums = (): Sums => ({
  n: 0,
  absolute: 0,
  square: 0,
  signed: 0,
  banded: 0,
  inside_50: 0,
  inside_90: 0,
});

function add(
  sums: Sums,
  point: ReturnType<Say> extends readonly (infer P)[] | null ? P : never,
  came: number,
): void {
  const error = point.aqi - came;
  sums.n++;
  sums.absolute += Math.abs(error);
  sums.square += error * error;
  sums.signed += error;
  const { low_50, high_50, low_90, high_90 } = point;
  if (low_50 === undefined || high_50 === undefined || low_90 === undefined || high_90 === undefined) return;
  sums.banded++;
  if (came >= low_50 && came <= high_50) sums.inside_50++;
  if (came >= low_90 && came <= high_90) sums.inside_90++;
}

const errorsOf = ({ n, absolute, square, signed, banded, inside_50, inside_90 }: Sums): AirErrors => ({
  n,
  mae: absolute / n,
  rmse: Math.sqrt(square / n),
  bias: signed / n,
  inside_50: banded === 0 ? null : inside_50 / banded,
  inside_90: banded === 0 ? null : inside_90 / banded,
});

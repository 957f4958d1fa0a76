/**
 * The model of the air: for each hour ahead the change of the index's root, linear in the inputs, fitted over all locations by least
 * absolute deviations, so that its point is a median. Its intervals come from errors on every fifth block of up to three days, which a first fit did
 * not see: so all of the time has its say, not its end alone.
 */
import { AQI_MAX } from "../../core/aqi.ts";
import type { AirMethod } from "../../history/air/air-store.ts";
import { bandOf, type Band } from "./bands.ts";
import { indexOf, inputsAt, INPUTS_N, rootOf, unrestAt } from "./inputs.ts";
import { leastDeviations, product } from "./least-deviations.ts";
import { AHEAD_H, HOUR_MS, type AirSeries } from "./series.ts";

/** What is said of one hour ahead, as indices. */
export interface AirPoint {
  hours_ahead: number;
  aqi: number;
  low_50: number;
  high_50: number;
  low_90: number;
  high_90: number;
  method: AirMethod;
}

export interface AirModel {
  /** @returns null where the hour, or too much of the day before it, is not known. */
  forecast(series: AirSeries, at: number): readonly AirPoint[] | null;
  /** Rows that it learnt from. */
  rows_n: number;
}

export interface FitOptions {
  /** At most so many rows are learnt from, taken evenly over the time. */
  rows_max: number;
  /** Hours ahead to fit; all by default. */
  horizons?: readonly number[];
  /** Intervals are taken so many times as wide; as eight weeks need it by default. */
  wider?: (hours_ahead: number) => number;
  /** Awaited between pieces of work of some ms. */
  between?: () => Promise<void>;
}

/** With fewer rows than this nothing is learnt: five days of three locations, or two weeks of one; and no day is known from less than five. */
export const ROWS_MIN = 336;
export const SPAN_H_MIN = 120;
const RIDGE = 200;
/** Every fifth block of so many hours is held out, and its errors make the intervals: a tenth of the time, within these bounds. */
const BLOCK_H = [12, 72] as const;
const FOLDS = 5;

interface Moment {
  series: AirSeries;
  at: number;
  inputs: Float64Array;
}

/** Errors of calm days and of others are kept apart. */
interface Bands {
  calm: Band;
  moving: Band;
}

/** @returns null where there is too little to learn from. */
export async function fitAir(all: readonly AirSeries[], options: FitOptions): Promise<AirModel | null> {
  const { rows_max, horizons = Array.from({ length: AHEAD_H }, (_, i) => i + 1) } = options;
  const { between = async () => {}, wider = afterWeeks } = options;
  const moments = thinned(await momentsOf(all, between), rows_max);
  const span_h = moments.length === 0 ? 0 : (timeOf(moments.at(-1)!) - timeOf(moments[0]!)) / HOUR_MS;
  if (moments.length < ROWS_MIN || span_h < SPAN_H_MIN) return null;
  const block_ms = HOUR_MS * Math.max(BLOCK_H[0], Math.min(BLOCK_H[1], Math.floor(span_h / 10)));
  const begin_ms = timeOf(moments[0]!);
  const isHeldOut = (ms: number): boolean => Math.floor((ms - begin_ms) / block_ms) % FOLDS === 2;
  const scale = scaleOf(moments);
  for (const { inputs } of moments) scale.apply(inputs);
  const held = moments.filter((moment) => isHeldOut(timeOf(moment)));
  const others = moments.filter((moment) => !isHeldOut(timeOf(moment)));
  const unrests = moments.map(({ series, at }) => unrestAt(series, at)).sort((a, b) => a - b);
  const calm_below = unrests[Math.floor(unrests.length / 2)]!;
  const fits: { h: number; weights: Float64Array; bands: Bands }[] = [];
  for (const h of horizons) {
    const trial = await fit(
      // What a held-out hour is judged by must not have been learnt from.
      others.filter((moment) => !isHeldOut(timeOf(moment) + h * HOUR_MS)),
      h,
      between,
    );
    const errors: Record<keyof Bands, number[]> = { calm: [], moving: [] };
    for (const moment of held) {
      const target = targetOf(moment, h);
      if (Number.isNaN(target)) continue;
      const error = target - product(trial, moment.inputs, 0, INPUTS_N);
      errors[unrestAt(moment.series, moment.at) < calm_below ? "calm" : "moving"].push(error);
    }
    const whole = bandOf([...errors.calm, ...errors.moving]);
    if (whole === null) return null;
    const by = wider(h);
    const bands = {
      calm: times(by, bandOf(errors.calm) ?? whole),
      moving: times(by, bandOf(errors.moving) ?? whole),
    };
    fits.push({ h, weights: await fit(moments, h, between), bands });
  }
  return {
    rows_n: moments.length,
    forecast(series, at) {
      const inputs = inputsAt(series, at);
      if (inputs === null) return null;
      scale.apply(inputs);
      const now = rootOf(series.aqi[at]!);
      const regime = unrestAt(series, at) < calm_below ? "calm" : "moving";
      return fits.map(({ h, weights, bands }) =>
        pointOf(h, now + product(weights, inputs, 0, INPUTS_N), bands[regime], "model"),
      );
    },
  };
}

/** A point with its interval, as indices within their bounds, in order. */
export function pointOf(hours_ahead: number, root: number, band: Band, method: AirMethod): AirPoint {
  const index = (add: number): number => Math.min(AQI_MAX, indexOf(root + add));
  const aqi = index(0);
  const [low_90, low_50, high_50, high_90] = band;
  return {
    hours_ahead,
    aqi,
    low_50: Math.min(aqi, index(low_50)),
    high_50: Math.max(aqi, index(high_50)),
    low_90: Math.min(aqi, index(low_90)),
    high_90: Math.max(aqi, index(high_90)),
    method,
  };
}

/**
 * The weeks to come are less like eight weeks than these are like each other: by so much errors are larger then. Chosen on the held-out
 * part of the Beijing station (docs/anomalies-and-air.md).
 */
const afterWeeks = (h: number): number => 1.1 + (0.4 * h) / AHEAD_H;

const times = (by: number, [a, b, c, d]: Band): Band => [by * a, by * b, by * c, by * d];

const timeOf = ({ series, at }: Moment): number => series.from_ms + at * HOUR_MS;

/** All hours of all locations that have inputs, by time. */
async function momentsOf(all: readonly AirSeries[], between: () => Promise<void>): Promise<Moment[]> {
  const moments: Moment[] = [];
  for (const series of all) {
    for (let at = 0; at < series.aqi.length; at++) {
      const inputs = inputsAt(series, at);
      if (inputs !== null) moments.push({ series, at, inputs });
      if (at % 500 === 499) await between();
    }
    await between();
  }
  return moments.sort((a, b) => timeOf(a) - timeOf(b));
}

const thinned = (moments: readonly Moment[], most: number): Moment[] => {
  const n = Math.min(most, moments.length);
  return Array.from({ length: n }, (_, i) => moments[Math.floor((i * moments.length) / n)]!);
};

const targetOf = ({ series, at }: Moment, h: number): number =>
  rootOf(series.aqi[at + h] ?? NaN) - rootOf(series.aqi[at]!);

async function fit(
  moments: readonly Moment[],
  h: number,
  between: () => Promise<void>,
): Promise<Float64Array> {
  const inputs = new Float64Array(moments.length * INPUTS_N);
  const targets = new Float64Array(moments.length);
  moments.forEach((moment, row) => {
    inputs.set(moment.inputs, row * INPUTS_N);
    targets[row] = targetOf(moment, h);
  });
  return leastDeviations({ inputs, inputs_n: INPUTS_N, targets }, RIDGE, between);
}

/** Means and deviations of the inputs; the first is the constant. What is far out is cut at five deviations, what is missing is the mean. */
function scaleOf(moments: readonly Moment[]): { apply: (inputs: Float64Array) => void } {
  const mean = new Float64Array(INPUTS_N);
  const spread = new Float64Array(INPUTS_N);
  for (let i = 1; i < INPUTS_N; i++) {
    const values = moments.map(({ inputs }) => inputs[i]!).filter(Number.isFinite);
    const average = (of: (value: number) => number): number =>
      values.reduce((sum, value) => sum + of(value), 0) / Math.max(1, values.length);
    const middle = average((value) => value);
    mean[i] = middle;
    spread[i] = Math.sqrt(average((value) => (value - middle) ** 2));
  }
  return {
    apply(inputs) {
      for (let i = 1; i < INPUTS_N; i++) {
        const value = (inputs[i]! - mean[i]!) / spread[i]!;
        inputs[i] = Number.isFinite(value) ? Math.max(-5, Math.min(5, value)) : 0;
      }
    },
  };
}

/**
 * What a model of speeds is, whatever it is made of: from the last hour of all roads it says for each road and horizon how its speed is
 * distributed. Every kind of model stands behind this port.
 *
 * A *step* is 5 minutes. The speed "at" a minute M is the mean of what was measured in `[M − 4 min, M + 1 min)`; the speed `h` minutes
 * later is the same at `M + h`. Speeds are km/h unless a caller says otherwise: a model learns in the unit that it is given.
 */
import type { SpeedMatrix } from "../core/speed-matrix.ts";

/** Minutes ahead, in the order in which forecasts hold them. */
export const HORIZONS_MIN = [10, 20, 30] as const;
export type HorizonMin = (typeof HORIZONS_MIN)[number];

/** Levels of the quantiles, in the order in which forecasts hold them. */
export const LEVELS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** Steps of the past that a forecast is made from: the last hour. */
export const RECENT_STEPS = 12;

/** Numbers of one road in a forecast: its quantiles, horizon by horizon. */
export const FORECAST_SIZE = HORIZONS_MIN.length * LEVELS.length;

/** What a model is told of a road. */
export interface RoadFacts {
  road_id: string;
  /** Slow below this speed. */
  congested_below: number;
  /** No forecast is above it. */
  speed_max: number;
  /** Roads of one class are like each other: what is said of a road that has no history of its own. */
  road_class: string;
}

/** From the column of one road to that of another: so many km of driving, middle to middle. */
export interface RoadEdge {
  from: number;
  to: number;
  km: number;
}

/** Roads and how they hang together; a column of a matrix is a place in `roads`. */
export interface RoadNetwork {
  roads: readonly RoadFacts[];
  edges: readonly RoadEdge[];
  /** IANA name: days and hours are this zone's. */
  zone: string;
  /** Local dates, `YYYY-MM-DD`, that count as Sundays. */
  holidays: readonly string[];
}

/** The last hour of all roads of a network. */
export interface Recent {
  /** Minute of the newest step, ms: it holds `[at_ms − 4 min, at_ms + 1 min)`. */
  at_ms: number;
  /** `RECENT_STEPS × roads`, oldest first; NaN where nothing was measured. */
  speeds: Float32Array;
}

/** A model that knows for which roads it speaks. */
export interface Forecaster {
  /**
   * @param wanted Columns to forecast.
   * @returns `wanted × HORIZONS_MIN × LEVELS`: quantiles, ascending, within `[0, speed_max]`; NaN throughout for a road of which the
   *   model does not know enough.
   */
  forecast(recent: Recent, wanted: readonly number[]): Float32Array<ArrayBuffer>;
}

export const modelKinds = ["persistence", "profile", "lstm", "quantile-net", "ensemble"] as const;
export type ModelKind = (typeof modelKinds)[number];

/** What stands in a model's file beside its numbers. */
export interface ModelAbout {
  kind: ModelKind;
  /** Half-open span of the data that it learnt from, ms. */
  trained_from_ms: number;
  trained_to_ms: number;
  seed: number;
  /** Roads that it learnt from. */
  roads_n: number;
}

/** A model as it was read from its file. */
export interface TrainedModel {
  about: ModelAbout;
  /** For these roads, in this order: those it never saw too. */
  bind(network: RoadNetwork): Forecaster;
}

export interface TrainingSet {
  network: RoadNetwork;
  /** One column per road of the network. */
  matrix: SpeedMatrix;
}

export interface TrainingProgress {
  /** Passes over the rows, begun with 0. */
  pass: number;
  passes: number;
  /** Share of all the work, 0 to 1. */
  done: number;
  /** Mean loss since the last report, and of the held-out rows after a pass; null where it was not computed. */
  loss: number | null;
  held_out_loss: number | null;
}

export interface TrainingOptions {
  /** The same data, options and seed give the same file, byte for byte. */
  seed: number;
  /** When given up it throws the signal's reason. */
  signal?: AbortSignal;
  /** Called a few times a second at most, between pieces of work; awaited, so that a worker can hear that it shall stop. */
  onProgress?: (progress: TrainingProgress) => void | Promise<void>;
}

/**
 * Learns from the whole set and packs what it learnt (`artefact.ts`).
 *
 * @throws {TrainingError} for data that nothing can be learnt from, or a loss that is no number.
 */
export type Train = (set: TrainingSet, options: TrainingOptions) => Promise<Uint8Array<ArrayBuffer>>;

/** Why nothing was learnt, as a sentence. */
export class TrainingError extends Error {
  override name = "TrainingError";
}

/** A trained quantile network, bound to a network of roads, at work. */
import type { Artefact } from "../artefact.ts";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { aroundOf } from "../inputs/around.ts";
import { Calendar } from "../inputs/calendar.ts";
import { Inputs, VIEW_STEPS, type View } from "../inputs/inputs.ts";
import { speedOr } from "../inputs/measured.ts";
import { INPUT_NAMES } from "../inputs/names.ts";
import { emptyProfile, PROFILE_STATS, type ProfileTable } from "../inputs/profile.ts";
import { ROAD_STATS } from "../inputs/statistics.ts";
import { unitsOf } from "../inputs/units.ts";
import { FORECAST_SIZE, HORIZONS_MIN, LEVELS, RECENT_STEPS } from "../model.ts";
import type { Forecaster, Recent, RoadNetwork, TrainedModel } from "../model.ts";
import { readNets, type Nets } from "./file.ts";
import { Pass } from "./layers.ts";
import { AGE_MAX } from "./rows.ts";
import { standardise } from "./standard.ts";

const I = INPUT_NAMES.length;
const N = LEVELS.length;
/** Rows that go through the network at once. */
const BATCH = 64;

/** @throws {ModelFileError} for a file that was written for other inputs, or is not whole. */
export function openQuantileNet(artefact: Artefact): TrainedModel {
  const nets = readNets(artefact);
  return { about: artefact.about, bind: (network) => new NetForecaster(nets, network) };
}

/** What the model learnt of its roads, in the order and in the units of another network; roads that it never saw stay empty. */
function moved(
  nets: Nets,
  from: Int32Array,
  units: Float32Array,
): { profiles: ProfileTable[]; stats: Float32Array<ArrayBuffer> } {
  const roads = from.length;
  const stats = new Float32Array(roads * ROAD_STATS).fill(Number.NaN);
  const profiles = nets.profiles.map(() => emptyProfile(roads));
  const cells = emptyProfile(1).length / PROFILE_STATS;
  for (let road = 0; road < roads; road++) {
    const source = from[road]!;
    if (source < 0) continue;
    const ratio = nets.units[source]! / units[road]!;
    // Shares have no unit: the last of a cell, and the third number of a road.
    for (let stat = 0; stat < ROAD_STATS; stat++)
      stats[road * ROAD_STATS + stat] = nets.stats[source * ROAD_STATS + stat]! * (stat === 2 ? 1 : ratio);
    for (const [kind, table] of nets.profiles.entries())
      for (let slot = 0; slot < cells; slot++) {
        const at = (slot * nets.road_ids.length + source) * PROFILE_STATS;
        const to = (slot * roads + road) * PROFILE_STATS;
        for (let stat = 0; stat < PROFILE_STATS; stat++)
          profiles[kind]![to + stat] = table[at + stat]! * (stat === 3 ? 1 : ratio);
      }
  }
  return { profiles, stats };
}

class NetForecaster implements Forecaster {
  readonly #nets: Nets;
  readonly #network: RoadNetwork;
  readonly #units: Float32Array;
  readonly #inputs: Inputs;
  readonly #calendar: Calendar;
  readonly #profiles: ProfileTable[];
  readonly #class_of: Int32Array;
  readonly #seen: Int32Array;
  readonly #passes: Pass[];
  readonly #speeds: Float32Array;
  readonly #view: View = { tables: [], class_tables: [], slots: new Int32Array(VIEW_STEPS), free_day: 0 };

  constructor(nets: Nets, network: RoadNetwork) {
    this.#nets = nets;
    this.#network = network;
    const roads = network.roads.length;
    const places = new Map(nets.road_ids.map((road_id, place) => [road_id, place]));
    const classes = new Map(nets.class_names.map((name, place) => [name, place]));
    this.#units = unitsOf(network.roads);
    this.#class_of = Int32Array.from(
      network.roads,
      ({ road_class }) => classes.get(road_class) ?? classes.size,
    );
    // A road without a single measurement in training is one that it never saw.
    this.#seen = Int32Array.from(network.roads, ({ road_id }) => {
      const place = places.get(road_id) ?? -1;
      return place >= 0 && nets.stats[place * ROAD_STATS]! >= 0 ? place : -1;
    });
    const { profiles, stats } = moved(nets, this.#seen, this.#units);
    this.#profiles = profiles;
    this.#inputs = new Inputs(roads, aroundOf(roads, network.edges), {
      class_of: this.#class_of,
      classes: classes.size + 1,
      stats,
      class_stats: nets.class_stats,
    });
    for (let road = 0; road < roads; road++) this.#inputs.unseen[road] = this.#seen[road]! < 0 ? 1 : 0;
    this.#calendar = new Calendar(network);
    this.#passes = nets.nets.map((layers) => new Pass(layers, BATCH));
    this.#speeds = new Float32Array(RECENT_STEPS * roads);
  }

  forecast({ at_ms, speeds }: Recent, wanted: readonly number[]): Float32Array<ArrayBuffer> {
    this.#begin(at_ms, speeds);
    const out = new Float32Array(wanted.length * FORECAST_SIZE);
    const rows: number[] = [];
    for (const [place, road] of wanted.entries()) {
      if (this.#inputs.age[road]! > AGE_MAX) this.#usual(road, out, place * FORECAST_SIZE);
      else if (rows.push(place) === BATCH) this.#run(rows.splice(0), wanted, out);
    }
    this.#run(rows, wanted, out);
    return out;
  }

  #begin(at_ms: number, speeds: Float32Array): void {
    const { roads } = this.#network;
    for (let at = 0; at < this.#speeds.length; at++) {
      const road = at % roads.length;
      this.#speeds[at] = speedOr(speeds[at]!, roads[road]!.speed_max) / this.#units[road]!;
    }
    const view = this.#view;
    // The newest step began four minutes before its last minute.
    const first_ms = at_ms - 4 * 60_000 - (RECENT_STEPS - 1) * STEP_MS;
    for (let i = 0; i < VIEW_STEPS; i++) {
      const { slot, kind } = this.#calendar.at(first_ms + i * STEP_MS);
      view.tables[i] = this.#profiles[kind]!;
      view.class_tables[i] = this.#nets.class_profiles[kind]!;
      view.slots[i] = slot;
      if (i === RECENT_STEPS - 1) view.free_day = kind;
    }
    this.#inputs.begin(this.#speeds, 0, view);
  }

  /** Places of `wanted` through the networks: the mean of their quantiles, each in order. */
  #run(places: readonly number[], wanted: readonly number[], out: Float32Array): void {
    const inputs = this.#inputs;
    const now = (RECENT_STEPS - 1) * this.#network.roads.length;
    const first = this.#passes[0]!;
    for (const [row, place] of places.entries()) {
      inputs.write(wanted[place]!, first.input, row * I);
      standardise(first.input, row * I, this.#nets.standard);
    }
    for (const pass of this.#passes) {
      if (pass !== first) pass.input.set(first.input);
      pass.forward(places.length);
      for (const [row, place] of places.entries())
        for (let h = 0; h < HORIZONS_MIN.length; h++) {
          const quantiles = pass.output
            .subarray(row * FORECAST_SIZE + h * N, row * FORECAST_SIZE + (h + 1) * N)
            .sort();
          const to = place * FORECAST_SIZE + h * N;
          for (let q = 0; q < N; q++) out[to + q]! += quantiles[q]! / this.#passes.length;
        }
    }
    for (const place of places) {
      const road = wanted[place]!;
      const x = inputs.window[now + road]!;
      this.#bound(road, x, out, place * FORECAST_SIZE);
    }
  }

  /** From units above `x` to speeds. */
  #bound(road: number, x: number, out: Float32Array, at: number): void {
    const unit = this.#units[road]!;
    const { speed_max } = this.#network.roads[road]!;
    for (let i = at; i < at + FORECAST_SIZE; i++)
      out[i] = Math.max(0, Math.min(speed_max, (out[i]! + x) * unit));
  }

  /** A road that was not measured lately: what is usual, on it or in its class, as wide as that was wrong before. */
  #usual(road: number, out: Float32Array, at: number): void {
    const view = this.#view;
    const own = this.#seen[road]! >= 0;
    const of_class = this.#class_of[road]!;
    const from = own ? view.tables : view.class_tables;
    const columns = own ? this.#network.roads.length : this.#nets.class_names.length + 1;
    for (const [h, minutes] of HORIZONS_MIN.entries()) {
      const step = RECENT_STEPS - 1 + (minutes * 60_000) / STEP_MS;
      const usual = from[step]![(view.slots[step]! * columns + (own ? road : of_class)) * PROFILE_STATS]!;
      for (let q = 0; q < N; q++)
        out[at + h * N + q] = usual + this.#nets.residuals[(of_class * 2 + (own ? 0 : 1)) * N + q]!;
    }
    this.#bound(road, 0, out, at);
  }
}

/** What a training in a worker is told, says on its way, and gives. */
import type { Position } from "../../core/geo.ts";
import type { SpeedMatrix } from "../../core/speed-matrix.ts";
import type { CityOfRoads } from "../network-of.ts";
import type { Margins } from "../prediction.ts";
import type { TrainedKind } from "./kinds.ts";
import type { Verdict } from "./verdict.ts";

/** Who is champion when a training begins. */
export interface ChampionThen {
  model_version: string;
  bytes: Uint8Array;
  /** It has learnt from nothing later. */
  trained_to_ms: number;
}

export interface TrainTaskInput {
  /** Columns: the city's roads in their order, then others by name. */
  matrix: SpeedMatrix;
  city: CityOfRoads;
  /** Of the others, where they are known. */
  places: ReadonlyMap<string, Position>;
  kind: TrainedKind;
  seed: number;
  /** How many rows it looks at in all, where it shall soon be done; null for as many as are worth it. */
  rows: number | null;
  champion: ChampionThen | null;
}

export interface TrainTaskSays {
  /** What it does, for people. */
  doing: string;
  /** Share of all the work, 0 to 1. */
  done: number;
  loss: number | null;
  held_out_loss: number | null;
}

/** Why there is nothing to learn from. */
export interface TooLittle {
  too_little: string;
}

export interface TrainTaskResult {
  artefact: Uint8Array<ArrayBuffer>;
  verdict: Verdict;
  margins: Margins;
  /** Roads that were measured. */
  roads_n: number;
}

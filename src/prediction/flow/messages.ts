/** What the process and its worker of models say to each other: one request at a time, each with an answer. */
import type { ModelAbout, Recent, RoadNetwork, TrainingSet } from "../model.ts";
import type { Margins, RoadPrediction } from "../prediction.ts";

/** The model that roads are predicted with, and the one that is on trial beside it. */
export type Slot = "champion" | "challenger";

/** Newest mean speed of a road and what is said of it ahead; null where the model does not know. */
export interface Foreseen {
  now: number | null;
  ahead: RoadPrediction | null;
}

export type ModelRequest =
  | { kind: "network"; network: RoadNetwork }
  | { kind: "load"; slot: Slot; bytes: Uint8Array; margins: Margins }
  | { kind: "fit"; slot: Slot; set: TrainingSet }
  | { kind: "drop"; slot: Slot }
  | { kind: "forecast"; slot: Slot; recent: Recent; wanted: readonly number[] };

export type ModelAnswer =
  | { kind: "ready" }
  | { kind: "done" }
  | { kind: "loaded"; about: ModelAbout }
  | { kind: "foreseen"; roads: readonly Foreseen[]; took_ms: number }
  | { kind: "failed"; name: string; message: string };

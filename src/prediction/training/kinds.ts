/** How each kind of model is trained; what a kind needs is loaded when it is trained, and not before. */
import type { ModelKind, TrainingOptions, TrainingSet } from "../model.ts";

export interface TrainedWith extends TrainingOptions {
  /** Passes over the rows at most, and rows of one pass at most; left out: as many as the data asks for. Kinds without passes have none. */
  passes?: number;
  rows_max?: number;
}

type TrainKind = (set: TrainingSet, options: TrainedWith) => Promise<Uint8Array<ArrayBuffer>>;

const trains = {
  "quantile-net": async () => (await import("../net/train.ts")).trainQuantileNet,
  ensemble: async () => (await import("../net/train.ts")).trainEnsemble,
  lstm: async () => (await import("../lstm/train.ts")).trainLstm,
  profile: async () => (await import("../profile/train.ts")).trainProfile,
  persistence: async () => (await import("../persistence/train.ts")).trainPersistence,
} as const satisfies Partial<Record<ModelKind, () => Promise<TrainKind>>>;

export type TrainedKind = keyof typeof trains;

export const trainedKinds = Object.keys(trains) as readonly TrainedKind[];

export const trainOf = (kind: TrainedKind): Promise<TrainKind> => trains[kind]();

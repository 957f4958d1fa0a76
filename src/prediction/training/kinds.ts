/** How each kind of model is trained; what a kind needs is loaded when it is trained, and not before. */
import type { ModelKind, Train } from "../model.ts";

const trains = {
  persistence: async () => (await import("../persistence/train.ts")).trainPersistence,
  profile: async () => (await import("../profile/train.ts")).trainProfile,
} as const satisfies Partial<Record<ModelKind, () => Promise<Train>>>;

export type TrainedKind = keyof typeof trains;

export const trainedKinds = Object.keys(trains) as readonly TrainedKind[];

export const trainOf = (kind: TrainedKind): Promise<Train> => trains[kind]();

/** A model of whatever kind, read from its file. What a kind needs is loaded when a file of that kind is opened, and not before. */
import { type Artefact, unpackModel } from "./artefact.ts";
import type { ModelKind, TrainedModel } from "./model.ts";

type Open = (artefact: Artefact) => TrainedModel | Promise<TrainedModel>;

const opens: Readonly<Record<ModelKind, () => Promise<Open>>> = {
  persistence: async () => (await import("./persistence/open.ts")).openPersistence,
  profile: async () => (await import("./profile/open.ts")).openProfile,
  lstm: async () => (await import("./lstm/open.ts")).openLstm,
  "quantile-net": async () => (await import("./net/open.ts")).openQuantileNet,
  ensemble: async () => (await import("./net/open.ts")).openQuantileNet,
};

/** @throws {ModelFileError} for a file that was cut off, is of another release, or does not fit its kind; the sentence says which. */
export async function openModel(bytes: Uint8Array): Promise<TrainedModel> {
  const artefact = unpackModel(bytes);
  const open = await opens[artefact.about.kind]();
  return open(artefact);
}

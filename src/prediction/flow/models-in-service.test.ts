/** A model that fails is out, and tried again. */
import { expect, test } from "bun:test";
import { limits } from "../../core/limits.ts";
import type { ModelRow } from "../../history/models/model-store.ts";
import { ModelsInService } from "./models-in-service.ts";

const row: ModelRow = {
  model_version: "one",
  kind: "persistence",
  state: "champion",
  reason: "as the test says",
  trained_from_ms: 0,
  trained_to_ms: 1,
  seed: 1,
  code_version: "test",
  roads_n: 1,
  verdict: null,
  margins: { of: "another release" },
  created_ms: 0,
  promoted_ms: 0,
  ended_ms: null,
  sha256: "",
  bytes: 1,
  kept: true,
};

test("a champion whose worker ended is out for an hour, and persistence serves; then it is tried again", async () => {
  let at_ms = 0;
  let loads = 0;
  const about = { kind: "persistence", trained_from_ms: 0, trained_to_ms: 1, seed: 1, roads_n: 1 } as const;
  const models = new ModelsInService({
    store: {
      roles: async () => ({ champion: row, challenger: null }),
      artefact: async () => new Uint8Array(1),
    },
    host: {
      load: async () => (loads++, about),
      fit: async () => about,
      drop: async () => {},
    },
    clock: { monotonic: () => at_ms },
    lately: async () => ({
      network: { roads: [], edges: [], zone: "UTC", holidays: [] },
      matrix: { keys: [], from_ms: 0, steps: 0, speeds: new Float32Array(0) },
    }),
    onWarning: () => {},
  });
  await models.look();
  expect(models.version("champion")).toBe("one");
  await models.failed("champion", new Error("The worker of models ended"));
  await models.look();
  expect(models.version("champion")).toBe("persistence");
  at_ms += limits.predict_fit_ms - 1;
  await models.look();
  expect([models.version("champion"), loads]).toEqual(["persistence", 1]);
  at_ms += 1;
  await models.look();
  expect([models.version("champion"), loads]).toEqual(["one", 2]);
});

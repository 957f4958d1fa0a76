/** The champion before this one comes back. Who predicts finds it within seconds. */
import { ModelRoleError } from "../src/history/models/model-store.ts";
import { minutes } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export const rollBackModel = ({ models }: Pick<JobDeps, "models">): Job => ({
  name: "roll-back-model",
  label: "Model before",
  doc: "Takes the champion back: the model that was champion before it predicts again, within seconds.",
  schedule: null,
  longest_ms: minutes(2),
  flags: { reason: { kind: "text", usual: "by hand", doc: "why, for people" } },
  async run({ flags, signal, resume, note }) {
    // Of an attempt that was cut off nobody knows whether it went back already: once more would be one model too far.
    if (resume !== null)
      throw new ModelRoleError("It was cut off in the middle; see who is champion, and ask again");
    await note({ begun: true });
    signal.throwIfAborted();
    const { champion } = await models.roles();
    const now = await models.rollBack(
      `${champion?.model_version ?? "nobody"} taken back: ${String(flags["reason"])}`,
    );
    return {
      model: now.model_version,
      words: `${now.model_version} is champion again${champion === null ? "" : `, ${champion.model_version} is rejected`}`,
    };
  },
});

/** Compares each prediction, once, with what came: as soon as its minute is final. */
import { minutes } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export const scorePredictions = ({ scores }: Pick<JobDeps, "scores">): Job => ({
  name: "score-predictions",
  label: "Score predictions",
  doc: "Compares each prediction, served or on trial, with what came, once its minute is final; accuracy, margins and drift come from it.",
  schedule: "*/3 * * * *",
  longest_ms: minutes(30),
  async run({ clock, signal, progress }) {
    let [scored, unscored] = [0, 0];
    for (let more = true; more;) {
      signal.throwIfAborted();
      const step = await scores.score(clock.now());
      scored += step.scored;
      unscored += step.unscored;
      ({ more } = step);
      progress(scored + unscored, null, "predictions");
    }
    const words =
      scored + unscored === 0
        ? "no prediction's minute has become final"
        : `${scored} compared with what came; of ${unscored} nothing was measured`;
    return { scored, unscored, words };
  },
});

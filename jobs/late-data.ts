/** What came late is put right within minutes: views are made anew where windows below their frontier have changed. */
import { refreshViews, refreshWords } from "../src/batch/refresh-views.ts";
import { minutes } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export const lateData = ({ batch, care, duties, streams }: JobDeps): Job => ({
  name: "late-data",
  label: "Late data",
  doc: "Redoes the rows of batch views that late events, repairs or events of the past have changed.",
  schedule: "*/10 * * * *",
  longest_ms: minutes(55),
  async run({ clock, signal, progress }) {
    if ((await duties.begun("seed-history")) !== null)
      return {
        rows: 0,
        redone: 0,
        words: "the demo city's past is being written: the job hourly makes the views after it",
      };
    const states = await care.state();
    const wanted = streams.filter(({ name, rollups }) => {
      const state = states.get(name);
      return rollups.length > 0 && ((state?.dirty ?? 0) > 0 || (state?.views.length ?? 0) < rollups.length);
    });
    const did = await refreshViews({ batch, care, streams: wanted, clock, signal, progress });
    return { rows: did.rows, redone: did.redone, words: refreshWords(did) };
  },
});

/** Batch views of all streams, each hour: what the hours since are like, and what came late for those before. */
import { hours } from "../src/core/time.ts";
import { refreshViews, refreshWords } from "../src/batch/refresh-views.ts";
import { demoPast } from "./demo-past.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export const refreshHourly = ({ batch, care, duties, streams }: JobDeps): Job => ({
  name: "hourly",
  label: "Hourly views",
  doc: "Brings every batch view up to date: rows of the hours that have ended, and those that late events have changed.",
  schedule: "5 * * * *",
  longest_ms: hours(2),
  at_first: true,
  async run({ clock, signal, progress }) {
    await demoPast({ duties, clock }, { signal, progress });
    const did = await refreshViews({ batch, care, streams, clock, signal, progress });
    return { rows: did.rows, redone: did.redone, words: refreshWords(did) };
  },
});

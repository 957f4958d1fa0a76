/** Each road's week, from the hours of the last 28 days: made anew each night, in one swap. */
import { hours } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import { freshTraffic } from "./fresh-traffic.ts";
import type { Job } from "./job.ts";

export const profiles = (deps: JobDeps): Job => ({
  name: "profiles",
  label: "Road profiles",
  doc: "Folds the hours of the last 28 days into each road's week: mean, spread and percentiles by weekday and hour.",
  schedule: "25 3 * * *",
  longest_ms: hours(2),
  at_first: true,
  async run(context) {
    const { patterns, clock } = deps;
    const { signal, progress } = context;
    const stream = await freshTraffic(deps, context);
    const done = await patterns.rebuildProfiles(stream, {
      now_ms: clock.now(),
      signal,
      onProgress: (at, total) => progress(at, total, "roads"),
    });
    if (done.busy) return { rows: 0, words: "another process is at it" };
    return {
      rows: done.rows,
      words: done.from_ms === null ? "nothing is final yet" : `${done.rows} hours of weeks`,
    };
  },
});

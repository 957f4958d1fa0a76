/** Congestion episodes, from the windows of traffic: today's each hour, and all from the first day on that has changed. */
import { formatInstant, minutes, hours } from "../src/core/time.ts";
import type { Counting } from "../src/history/patterns/pattern-store.ts";
import { cameras } from "../src/streams/cameras.ts";
import type { JobDeps } from "./deps.ts";
import { freshTraffic } from "./fresh-traffic.ts";
import type { Job } from "./job.ts";

export const episodes = (deps: JobDeps): Job => ({
  name: "episodes",
  label: "Congestion episodes",
  doc: "Folds the windows of roads into episodes: today's anew, and all from the first day on whose windows have changed.",
  // After the hours of traffic are refreshed.
  schedule: "12 * * * *",
  longest_ms: hours(2),
  at_first: true,
  async run(context) {
    const { streams, history, patterns, clock } = deps;
    const { signal, progress } = context;
    const stream = await freshTraffic(deps, context);
    const done = await patterns.rebuildEpisodes(stream, {
      now_ms: clock.now(),
      counting: await countingOf(streams, history),
      signal,
      onProgress: (at_ms, total_ms) =>
        progress(Math.round(at_ms / minutes(1)), Math.round(total_ms / minutes(1)), "minutes of traffic"),
    });
    if (done.busy) return { rows: 0, words: "another process is at it" };
    return {
      rows: done.rows,
      anew: done.anew,
      words:
        done.from_ms === null
          ? "nothing is final yet"
          : `${done.rows} episodes since ${formatInstant(done.from_ms)}${done.anew ? ", all anew: their rule is another" : ""}`,
    };
  },
});

/** Which road each camera looks at, as it said last. */
async function countingOf(
  streams: JobDeps["streams"],
  history: JobDeps["history"],
): Promise<Counting | null> {
  const stream = streams.find(({ name }) => name === cameras.name);
  if (stream === undefined) return null;
  const road_of = new Map<string, string>();
  for (const { key, row } of await history.latest(stream)) {
    const road = row["road_id"];
    if (typeof road === "string") road_of.set(key, road);
  }
  return { stream, column: "vehicles_n_sum", road_of };
}

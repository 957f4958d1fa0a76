/** The papers' daily aggregation: the day that has ended, as rows of the daily views. */
import { hours, localTime, minutes } from "../src/core/time.ts";
import { pause } from "../src/core/pause.ts";
import { refreshViews, refreshWords } from "../src/batch/refresh-views.ts";
import { demoPast } from "./demo-past.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

/** Events of the day's last minutes are under way still: frontiers stand before them by the streams' lateness. */
const SETTLE_MS = minutes(3);

export const refreshDaily = ({ batch, care, city, duties, streams }: JobDeps): Job => ({
  name: "daily",
  label: "Daily aggregation",
  doc: "Brings the views of the day that has ended to its end, a few minutes after it, when its last events have come.",
  schedule: "0 0 * * *",
  longest_ms: hours(4),
  async run({ clock, scheduled_for_ms, signal, progress }) {
    const wait_ms = scheduled_for_ms + SETTLE_MS - clock.now();
    const { hour } = localTime(scheduled_for_ms, city.zone);
    // By hand at another time of day nothing is under way.
    if (hour === 0 && wait_ms > 0) {
      progress(0, null, "waits for the day's last events");
      await pause(wait_ms, signal);
      signal.throwIfAborted();
    }
    await demoPast({ duties, clock }, { signal, progress });
    const did = await refreshViews({ batch, care, streams, clock, signal, progress });
    return { rows: did.rows, redone: did.redone, words: refreshWords(did) };
  },
});

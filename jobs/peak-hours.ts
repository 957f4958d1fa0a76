/** The papers' peak hours of the day before: which hours of it were the slowest, from the batch views. */
import { refreshViews } from "../src/batch/refresh-views.ts";
import { slowestHours } from "../src/batch/slowest-hours.ts";
import { hours, startOfDay } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export const peakHours = ({ batch, care, city, streams }: JobDeps): Job => ({
  name: "peak-hours",
  label: "Peak hours",
  doc: "Brings the views that peak hours are read from to the end of the day before, and tells its slowest hours.",
  schedule: "0 1 * * *",
  longest_ms: hours(2),
  async run({ clock, scheduled_for_ms, signal, progress }) {
    const wanted = streams.filter(({ name }) => name === "traffic" || name === "readings");
    const did = await refreshViews({ batch, care, streams: wanted, clock, signal, progress });
    const to_ms = startOfDay(scheduled_for_ms, city.zone);
    const from_ms = startOfDay(to_ms - hours(12), city.zone);
    const traffic = wanted.find(({ name }) => name === "traffic");
    const words = traffic === undefined ? null : await slowestHours(batch, traffic, from_ms, to_ms);
    return { rows: did.rows, redone: did.redone, words: words ?? "no traffic on the day before" };
  },
});

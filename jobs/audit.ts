/** Each hour: do both layers say the same? What differs in the batch layer is repaired, and told. */
import { auditStream, chanceOf, type AuditOptions } from "../src/batch/audit.ts";
import { compareLive } from "../src/batch/compare-live.ts";
import { LiveUnavailableError } from "../src/core/errors.ts";
import { hours } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

const WORDS_MAX = 2_000;

export const audit = ({ batch, care, history, live, streams }: JobDeps): Job => ({
  name: "audit",
  label: "Audit",
  doc: "Compares windows with raw rows, roll-ups with windows, and the live view with history: of the last hours, and of a piece of the past. Repairs what differs.",
  schedule: "35 * * * *",
  longest_ms: hours(1),
  async run({ clock, scheduled_for_ms, signal, progress }) {
    const sum = { compared: 0, found: 0, repaired: 0, live_found: 0 };
    const words: string[] = [];
    /** Why the live view of some stream was not compared. */
    let not_live = live === null ? "the live view is another process's" : null;
    for (const [i, stream] of streams.entries()) {
      progress(i, streams.length, stream.label);
      const options: AuditOptions = {
        batch,
        care,
        clock,
        signal,
        chance: chanceOf(`${stream.name} ${scheduled_for_ms}`),
        live: live === null ? null : (one) => compareLive(one, { history, live, clock, signal }),
      };
      const did = await auditStream(stream, options).catch((error: unknown) => {
        if (!(error instanceof LiveUnavailableError)) throw error;
        not_live = "the live view was away";
        return auditStream(stream, { ...options, live: null });
      });
      if (did.live_behind)
        not_live ??= `${stream.name}: the live view or history was too far behind to be compared`;
      for (const name of ["compared", "found", "repaired", "live_found"] as const) sum[name] += did[name];
      if (did.words !== null) words.push(`${stream.name}: ${did.words}`);
    }
    const told = words.length === 0 ? ["no difference"] : words;
    return {
      ...sum,
      words: [...told, ...(not_live === null ? [] : [not_live])].join("; ").slice(0, WORDS_MAX),
    };
  },
});

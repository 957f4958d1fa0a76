/** Each hour: do both layers say the same? What differs in the batch layer is repaired, and told. */
import { auditStream, chanceOf, type AuditOptions } from "../src/batch/audit.ts";
import { compareLive } from "../src/batch/compare-live.ts";
import { LiveUnavailableError } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import { hours, seconds } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

/** Both layers store what is read within this. */
const SETTLE_MS = seconds(3);

export const audit = ({ batch, care, history, live, streams }: JobDeps): Job => ({
  name: "audit",
  label: "Audit",
  doc: "Compares windows with raw rows, roll-ups with windows, and the live view with history: of the last hours, and of a piece of the past. Repairs what differs.",
  schedule: "35 * * * *",
  longest_ms: hours(1),
  async run({ clock, scheduled_for_ms, signal, progress }) {
    const compared: NonNullable<AuditOptions["live"]> = (stream) =>
      compareLive(stream, {
        latest: () => history.latest(stream),
        live: async () => (await live!.all(stream)).rows,
        settle: () => pause(SETTLE_MS, signal),
        now_ms: clock.now(),
      });
    const sum = { compared: 0, found: 0, repaired: 0, live_found: 0 };
    const words: string[] = [];
    let live_away = false;
    for (const [i, stream] of streams.entries()) {
      progress(i, streams.length, stream.label);
      const options: AuditOptions = {
        batch,
        care,
        clock,
        signal,
        chance: chanceOf(`${stream.name} ${scheduled_for_ms}`),
        live: live === null || live_away ? null : compared,
      };
      const did = await auditStream(stream, options).catch((error: unknown) => {
        if (!(error instanceof LiveUnavailableError)) throw error;
        live_away = true;
        return auditStream(stream, { ...options, live: null });
      });
      for (const name of ["compared", "found", "repaired", "live_found"] as const) sum[name] += did[name];
      if (did.words !== null) words.push(`${stream.name}: ${did.words}`);
    }
    const not_live =
      live === null ? "; the live view is another process's" : live_away ? "; the live view was away" : "";
    return {
      ...sum,
      words: `${words.length === 0 ? "no difference" : words.slice(0, 5).join("; ")}${not_live}`.slice(
        0,
        2_000,
      ),
    };
  },
});

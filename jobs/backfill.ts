/** Makes the windows of a span anew from raw rows, then what depends on them. */
import { backfillWindows } from "../src/batch/backfill.ts";
import { refreshViews, refreshWords } from "../src/batch/refresh-views.ts";
import { formatInstant, hours } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export const backfill = ({ batch, care, streams }: JobDeps): Job => ({
  name: "backfill",
  label: "Backfill",
  doc: "Makes the windows of a span anew from raw rows, then the batch views of what changed. Live writing goes on.",
  schedule: null,
  longest_ms: hours(12),
  span: "day",
  flags: {
    stream: {
      kind: "text",
      usual: null,
      one_of: streams.filter(({ windows }) => windows !== null).map(({ name }) => name),
      doc: "which stream",
    },
  },
  async run({ from_ms, to_ms, flags, clock, signal, resume, note, progress }) {
    if (from_ms === null || to_ms === null)
      throw new Error("backfill needs a span: --from and --to, as days or instants");
    const stream = streams.find(({ name }) => name === flags["stream"])!;
    const did = await backfillWindows(stream, {
      batch,
      from_ms,
      to_ms,
      now_ms: clock.now(),
      signal,
      resume,
      note,
      progress,
    });
    const views = await refreshViews({ batch, care, streams: [stream], clock, signal });
    const short =
      did.from_ms > from_ms
        ? `; raw rows are whole from ${formatInstant(did.from_ms)} on, before it nothing was done`
        : "";
    const changes = did.added + did.changed + did.removed;
    return {
      windows: did.windows,
      added: did.added,
      changed: did.changed,
      removed: did.removed,
      words: `${changes === 0 ? "all windows were right" : `${changes.toLocaleString("en-US")} windows put right`}; views: ${refreshWords(views)}${short}`,
    };
  },
});

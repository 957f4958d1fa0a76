/** Once a day all rows are counted: the tables hold what the ledger says. */
import { recountStream } from "../src/batch/recount.ts";
import { hours } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

export const recount = ({ history, streams }: JobDeps): Job => ({
  name: "recount",
  label: "Recount",
  doc: "Counts the rows and dead letters of every stream, and fails where they are not what the ledger says.",
  schedule: "30 4 * * *",
  longest_ms: hours(2),
  async run({ signal, progress }) {
    let rows = 0;
    const wrong: string[] = [];
    let inexact = 0;
    for (const [i, stream] of streams.entries()) {
      progress(i, streams.length, stream.label);
      const did = await recountStream(stream, history, signal);
      rows += did.rows;
      if (!did.exact) inexact += 1;
      if (did.words !== null) wrong.push(did.words);
    }
    if (wrong.length > 0) throw new Error(wrong.join("; "));
    return {
      rows,
      words: `all rows are there${inexact === 0 ? "" : `; of ${inexact} streams to within what came in meanwhile`}`,
    };
  },
});

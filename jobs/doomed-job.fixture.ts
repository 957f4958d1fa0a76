/** A process that begins a run, notes how far it is, and never ends it: to be killed. `bun <this> <database url> <job>` */
import { systemClock } from "../src/core/time.ts";
import { openPostgresDuties } from "../src/history/duties.ts";
import { runAttempt } from "./runner.ts";

const [url = "", name = ""] = process.argv.slice(2);
const { runs } = openPostgresDuties({ url });
const attempt = await runs.take([name], [], "doomed", 1_000);
if (attempt === null) process.exit(1);
await runAttempt(
  {
    name,
    label: name,
    doc: "",
    schedule: null,
    longest_ms: 60_000,
    async run({ note, progress }) {
      progress(3, 10, "days");
      await note({ next: "fourth" });
      process.stdout.write("noted\n");
      return new Promise(() => {});
    },
  },
  attempt,
  {
    runs,
    clock: systemClock,
    signal: new AbortController().signal,
    on_stop: "hand-back",
    lease_ms: 1_000,
    beat_ms: 100,
  },
);

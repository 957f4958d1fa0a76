/** A process that takes the run of a training, says when it learns, and goes on: to be killed. `bun <this> <database url>` */
import { systemClock } from "../src/core/time.ts";
import { runAttempt } from "./runner.ts";
import { train } from "./train.ts";
import { trainDeps } from "./training-bed.fixture.ts";

const { deps } = trainDeps(process.argv[2] ?? "");
const { runs } = deps.duties;
const attempt = await runs.take(["train"], [], "doomed", 1_000);
if (attempt === null) process.exit(1);
let told = false;
await runAttempt(train(deps), attempt, {
  runs,
  clock: systemClock,
  signal: new AbortController().signal,
  on_stop: "hand-back",
  lease_ms: 1_000,
  beat_ms: 100,
  onProgress({ words }) {
    if (told || !words.startsWith("learns")) return;
    told = true;
    process.stdout.write("learns\n");
  },
});

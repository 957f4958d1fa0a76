/** A backup or a restore in a process of its own, which kills itself at a step: `bun doomed.fixture.ts take|restore <url> <path> [step] [table]`. */
import { systemClock } from "../core/time.ts";
import { MIGRATIONS } from "../history/postgres-bed.fixture.ts";
import { takeBackup } from "./take.ts";
import { restoreBackup } from "./restore.ts";

const [what, url, path, step, table] = process.argv.slice(2);
const common = {
  url: url!,
  path: path!,
  clock: systemClock,
  signal: new AbortController().signal,
  migrations: MIGRATIONS,
  onProgress(progress: { step: string; table: string }) {
    if (progress.step === step && progress.table === table) process.kill(process.pid, "SIGKILL");
  },
};
try {
  if (what === "take") await takeBackup({ ...common, release: "0.1.0", city: "Test", topics: [] });
  else await restoreBackup({ ...common, replace: true });
  process.exit(0);
} catch (error) {
  process.stderr.write((error as Error).message);
  process.exit(1);
}

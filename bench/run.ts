/** `bun run bench [name]`: one measurement, or all of them one after the other, each in a process of its own. */
import { join } from "node:path";

const names = [...new Bun.Glob("*.ts").scanSync({ cwd: import.meta.dir })]
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((name) => name !== "run")
  .sort();

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join(", ")}"; there are ${names.join(", ")}\n`);
  process.exit(1);
}
let failed = 0;
for (const name of asked.length > 0 ? asked : names) {
  process.stdout.write(`\n# ${name}\n`);
  const run = Bun.spawnSync([process.execPath, join(import.meta.dir, `${name}.ts`)], {
    stdout: "inherit",
    stderr: "inherit",
  });
  if (run.exitCode !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);

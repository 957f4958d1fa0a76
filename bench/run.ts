/** `bun run bench [name] [numbers] [--flags]`: one measurement, or all of them one after the other, each in a process of its own. */
import { join } from "node:path";

const names = [...new Bun.Glob("*.ts").scanSync({ cwd: import.meta.dir })]
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((name) => name !== "run")
  .sort();

const given = process.argv.slice(2);
const flags_from = given.findIndex((one) => one.startsWith("--") || /^\d/.test(one));
const asked = flags_from === -1 ? given : given.slice(0, flags_from);
const flags = flags_from === -1 ? [] : given.slice(flags_from);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join(", ")}"; there are ${names.join(", ")}\n`);
  process.exit(1);
}
let failed = 0;
for (const name of asked.length > 0 ? asked : names) {
  process.stdout.write(`\n# ${name}\n`);
  const run = Bun.spawnSync([process.execPath, join(import.meta.dir, `${name}.ts`), ...flags], {
    stdout: "inherit",
    stderr: "inherit",
  });
  if (run.exitCode !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);

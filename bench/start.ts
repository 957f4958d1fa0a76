/** A start on an empty folder: until the map lives, until the last 24 hours are there; memory and disk after some minutes. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../src/embedded-postgres.ts";
import { freshFolder, removeFolder, startInstance } from "../test/instance.ts";

const MINUTES = Number(process.argv[2] ?? 10);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const since = (began: number): string => `${((performance.now() - began) / 1_000).toFixed(1)} s`;

const bytesOf = (dir: string): number =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
    try {
      return sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0);
    } catch {
      return sum;
    }
  }, 0);
const rss_mb = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024);

const floor_dir = freshFolder("bench-floor");
const floor_began = performance.now();
const server = await startEmbeddedPostgres({ dir: floor_dir });
say(`bare embedded PostgreSQL, made and started   ${since(floor_began)}`);
await server.stop();
removeFolder(floor_dir);

const dir = freshFolder("bench-start");
const began = performance.now();
const instance = await startInstance({ dir, wait: "/healthz", deadline_ms: 60_000 });
say(`first answer                                 ${since(began)}`);
const meta = async (path: string): Promise<{ coverage: number }> =>
  ((await (await fetch(instance.url + path)).json()) as { meta: { coverage: number } }).meta;
while ((await meta("/api/traffic/current")).coverage < 1) await Bun.sleep(25);
say(`all roads live                               ${since(began)}`);
while (!instance.output().includes("100 %")) await Bun.sleep(50);
say(`the last 24 hours are in the log             ${since(began)}`);
while ((await fetch(`${instance.url}/readyz`)).status !== 200) await Bun.sleep(50);
say(`the last 24 hours are in history             ${since(began)}`);
for (let minute = 0; minute <= MINUTES; minute++) {
  if (minute > 0) await Bun.sleep(60_000);
  say(
    `after ${String(minute).padStart(2)} min: memory ${rss_mb(instance.pid)} MB, folder ${Math.round(bytesOf(instance.dir) / 1e6)} MB`,
  );
}
const { code, ms } = await instance.stop();
say(`stopped in ${(ms / 1_000).toFixed(1)} s, exit code ${code}`);
removeFolder(dir);
process.exit(0);

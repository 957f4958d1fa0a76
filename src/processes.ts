/** Processes of this machine, as far as the embedded server needs to know them. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** Process of the server that a cluster names as its own, running or not. */
export const serverPid = (cluster: string): number | null => readPid(join(cluster, "postmaster.pid"));

/** The number in a file's first line; null where there is none. */
export function readPid(file: string): number | null {
  try {
    return Number(readFileSync(file, "utf8").split("\n")[0]) || null;
  } catch {
    return null;
  }
}

/** Ends a process at once, if it is still the one whose command line names `what`. */
export function endProcess(pid: number | null, what: string): void {
  if (pid === null || !alive(pid)) return;
  const line = existsSync("/proc/self/cmdline")
    ? readFileSync(`/proc/${pid}/cmdline`, "utf8")
    : spawnSync("ps", ["-o", "args=", "-p", String(pid)]).stdout.toString();
  if (line.includes(what)) process.kill(pid, "SIGKILL");
}

/** Does a process run? One that ended but was not reaped yet does not. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Backends outlive a killed server for a moment and may still write: nothing starts in their folder before they are gone. */
export async function processesGone(cluster: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const left = processesIn(cluster);
    if (left.length === 0) return;
    if (tries > 50) for (const pid of left) process.kill(pid, "SIGKILL");
    await Bun.sleep(50);
  }
}

function processesIn(dir: string): number[] {
  if (!existsSync("/proc/self/cwd")) return [];
  const real = realpathSync(dir);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === real;
      } catch {
        return false;
      }
    });
}

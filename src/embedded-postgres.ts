/**
 * A PostgreSQL server of our own, from npm, in a data folder: made, started, watched, stopped.
 *
 * The server is a daemon of its own, so a crash of ours leaves it whole. A small shell beside it holds a pipe
 * from us: when this process ends in any way, also by SIGKILL, the pipe closes and the shell stops the server.
 * So no server is ever orphaned.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { ConfigError } from "./core/errors.ts";
import { elsewhere, serverOwner, usablePlace, type Owner, type Place } from "./embedded-place.ts";
import { alive, endProcess, processesGone, readPid, serverPid } from "./processes.ts";

export interface EmbeddedPostgres {
  url: string;
  data_dir: string;
  pid: number;
  /** Stops the server: fast (open transactions are rolled back), then at once after `deadline_ms`. Idempotent. */
  stop(deadline_ms?: number): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Folder of everything; the cluster is in `postgres` below it. */
  dir: string;
  /** Server settings beside ours, as in postgresql.conf. */
  settings?: Readonly<Record<string, string>>;
}

/** A cluster that is being made; left behind, it is thrown away. */
const MAKING = "postgres.making-";

/** Name of the shell that stops the server when we have ended, and where its process is noted. */
const WATCHDOG = "arterial-postgres-watch";
const WATCHDOG_PID = "watchdog.pid";

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "40",
  shared_buffers: "96MB",
  // A laptop's folder must stay small: recycle the WAL early.
  max_wal_size: "256MB",
  min_wal_size: "80MB",
  max_wal_senders: "0",
  wal_compression: "on",
  autovacuum_naptime: "20s",
  log_min_messages: "warning",
  timezone: "UTC",
  // Per-session statements are short; JIT costs more than it gives on them.
  jit: "off",
};

/**
 * Starts the server of a folder, making the cluster on first use. A server left behind is stopped first.
 *
 * @throws {ConfigError} if the folder cannot be used, in one sentence.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const owner = serverOwner();
  const place = usablePlace(resolve(options.dir), owner);
  const cluster = join(place.dir, "postgres");
  const pg_ctl = join(place.bin, "pg_ctl");
  const password = await makeCluster(cluster, place, owner);
  endProcess(readPid(join(place.dir, WATCHDOG_PID)), WATCHDOG);
  await stopLeftBehind(pg_ctl, cluster, owner);

  const port = await freePort();
  const settings = { ...SETTINGS, ...options.settings, port: String(port) };
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const log = join(place.dir, "postgres.log");
  // Before the server: a process that is killed in the middle of this leaves it to the watchdog.
  const watch = watchdog(pg_ctl, cluster, owner);
  writeFileSync(join(place.dir, WATCHDOG_PID), String(watch.pid));
  const started = await run(
    pg_ctl,
    ["start", "-w", "-t", "60", "-s", "-D", cluster, "-l", log, "-o", flags.join(" ")],
    owner,
  );
  if (started.code !== 0) {
    watch.kill("SIGKILL");
    throw new ConfigError(
      `The embedded PostgreSQL in ${place.dir} did not start; its log is ${log}: ${lastLine(log)}`,
    );
  }
  const pid = serverPid(cluster) ?? 0;
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    data_dir: place.dir,
    pid,
    async stop(deadline_ms = 2_000) {
      watch.kill("SIGKILL");
      const deadline = String(Math.max(1, Math.ceil(deadline_ms / 1_000)));
      const fast = await run(
        pg_ctl,
        ["stop", "-s", "-w", "-m", "fast", "-t", deadline, "-D", cluster],
        owner,
      );
      if (fast.code !== 0)
        await run(pg_ctl, ["stop", "-s", "-w", "-m", "immediate", "-t", "2", "-D", cluster], owner);
    },
  };
}

/** URL of the server that runs in a folder now, or null: for commands beside a running process. */
export function runningPostgres(dir: string): string | null {
  for (const place of [resolve(dir), elsewhere(resolve(dir))]) {
    const cluster = join(place, "postgres");
    const pid = serverPid(cluster);
    if (pid === null || !alive(pid)) continue;
    const port = readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[3];
    return `postgres://postgres:${readFileSync(join(place, "postgres-password"), "utf8")}@127.0.0.1:${port}/postgres`;
  }
  return null;
}

/** Made beside and then renamed: a folder of that name is whole, whenever this process ends. */
async function makeCluster(cluster: string, place: Place, owner: Owner): Promise<string> {
  const file = join(place.dir, "postgres-password");
  if (existsSync(join(cluster, "PG_VERSION")) && existsSync(file)) return readFileSync(file, "utf8");
  for (const name of readdirSync(place.dir)) {
    if (name.startsWith(MAKING)) rmSync(join(place.dir, name), { recursive: true, force: true });
  }
  const making = join(place.dir, `${MAKING}${process.pid}`);
  const password = randomBytes(18).toString("base64url");
  writeFileSync(file, password, { mode: 0o600 });
  if (owner.uid !== undefined) chownSync(file, owner.uid, owner.gid!);
  for (const name of ["initdb", "postgres", "pg_ctl"]) ensureExecutable(join(place.bin, name));
  const made = await run(
    join(place.bin, "initdb"),
    [
      "-D",
      making,
      "-U",
      "postgres",
      "-A",
      "scram-sha-256",
      `--pwfile=${file}`,
      "-E",
      "UTF8",
      "--locale=C",
      "--no-instructions",
    ],
    owner,
  );
  if (made.code !== 0)
    throw new ConfigError(
      `DATA_DIR is "${place.dir}", where PostgreSQL could not make its cluster: ${made.err.trim().split("\n").at(-1)}`,
    );
  // A cluster without its password is of no use: it never held anything of ours that could be read again.
  rmSync(cluster, { recursive: true, force: true });
  renameSync(making, cluster);
  return password;
}

function ensureExecutable(file: string): void {
  if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
}

async function stopLeftBehind(pg_ctl: string, cluster: string, owner: Owner): Promise<void> {
  const pid = serverPid(cluster);
  if (pid === null) return;
  if (!alive(pid)) {
    await processesGone(cluster);
    // A server that was killed and that nobody has reaped yet would keep the new one from starting.
    rmSync(join(cluster, "postmaster.pid"), { force: true });
    return;
  }
  const stopped = await run(pg_ctl, ["stop", "-s", "-w", "-m", "fast", "-t", "10", "-D", cluster], owner);
  if (stopped.code !== 0 && alive(pid))
    await run(pg_ctl, ["stop", "-s", "-w", "-m", "immediate", "-t", "5", "-D", cluster], owner);
}

function watchdog(pg_ctl: string, cluster: string, owner: Owner): ChildProcess {
  // More than once: the server may only just be starting. The next start in this folder ends this shell first.
  const script = `trap '' INT HUP TERM; read _; n=0
while [ $n -lt 10 ]; do "$1" stop -s -m fast -t 10 -D "$2" 2>/dev/null; sleep 0.5; n=$((n+1)); done`;
  const child = spawn("sh", ["-c", script, WATCHDOG, pg_ctl, cluster], {
    ...owner,
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child;
}

function run(program: string, args: string[], owner: Owner): Promise<{ code: number; err: string }> {
  return new Promise((done) => {
    // In "/": the server's user may not be able to stand in our folder. Not inherited stdio: a daemon would keep it.
    const child = spawn(program, args, { ...owner, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", (error) => done({ code: -1, err: String(error) }));
    child.on("exit", (code) => setTimeout(() => done({ code: code ?? -1, err }), 0));
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

const lastLine = (file: string): string =>
  existsSync(file) ? (readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "") : "no log";

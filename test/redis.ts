/**
 * A real Redis for tests: Debian's `redis-server` as a child of this process, on a free port, without persistence. It
 * ends with the process that started it, also when that is killed: a shell beside it holds a pipe from us.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

const HOME = join(import.meta.dir, "..", ".test");
/** Databases of a server: `freshRedis` gives them away one by one. */
const DATABASES = 4_096;

/** Why there is no Redis to test with, in a sentence for `describe.skipIf(…)`; null where there is one. */
export const redisMissing: string | null =
  spawnSync("redis-server", ["--version"]).status === 0
    ? null
    : "redis-server is not installed: install it (Debian: apt-get install redis-server), then run the tests again";
if (redisMissing !== null) process.stderr.write(`Tests on Redis are skipped: ${redisMissing}\n`);

export interface RedisServer {
  /** `redis://127.0.0.1:<port>`; the same after `start`. */
  readonly url: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** SIGKILL: at once, and everything in it is lost. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM. Resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGSTOP: connections stay open, nobody answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Again, on the same port, empty. Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it for good and removes its folder. */
  close(): Promise<void>;
}

let shared: Promise<RedisServer> | null = null;
let given = 0;

/** One server per test process, never hurt: nobody kills, pauses, floods or flushes all of it. */
export function sharedRedis(): Promise<RedisServer> {
  shared ??= startRedis();
  return shared;
}

/** Address of an empty database of the shared server that nobody else uses. */
export async function freshRedis(): Promise<string> {
  const { url } = await sharedRedis();
  if (given === DATABASES) throw new Error(`The shared Redis has ${DATABASES} databases, and all are taken`);
  return `${url}/${given++}`;
}

/** A server of one's own, to hurt. @param args Further settings, as on the command line: `["--maxmemory", "4mb"]`. */
export async function startRedis({ args = [] }: { args?: readonly string[] } = {}): Promise<RedisServer> {
  if (redisMissing !== null) throw new Error(redisMissing);
  mkdirSync(HOME, { recursive: true });
  const dir = mkdtempSync(join(HOME, "redis-"));
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const server = new Server(port, dir, args);
    try {
      await server.start();
      return server;
    } catch (error) {
      // Somebody else may have taken the port in the meantime.
      if (tries === 3) throw error;
    }
  }
}

class Server implements RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #dir: string;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;
  #watch: ChildProcess | null = null;
  #gone: Promise<void> = Promise.resolve();

  constructor(port: number, dir: string, args: readonly string[]) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#port = port;
    this.#dir = dir;
    this.#args = args;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    await this.#gone;
    const given_args = ["--port", `${this.#port}`, "--bind", "127.0.0.1", "--dir", this.#dir];
    const kept_args = ["--save", "", "--appendonly", "no", "--databases", `${DATABASES}`, ...this.#args];
    const log = join(this.#dir, "redis.log");
    const out = openSync(log, "w");
    const child = spawn("redis-server", [...given_args, ...kept_args], { stdio: ["ignore", out, out] });
    closeSync(out);
    child.unref();
    this.#child = child;
    let ended = false;
    this.#gone = new Promise((done) => {
      const end = (): void => ((ended = true), done());
      child.once("exit", end).once("error", end);
    });
    this.#watch = watchdog(child.pid ?? 0, this.#dir);
    const deadline_ms = performance.now() + 10_000;
    while (!(await answers(this.#port))) {
      if (!ended && performance.now() < deadline_ms) await Bun.sleep(10);
      else throw new Error(`redis-server did not start on port ${this.#port}: ${readFileSync(log, "utf8")}`);
    }
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#child?.kill(signal);
    await this.#gone;
    // Only now: its process id may be given to another once it is reaped.
    this.#watch?.kill("SIGKILL");
    this.#watch = null;
  }
}

/** Kills the server, and removes its folder, when the pipe from us closes: however we end. */
function watchdog(pid: number, dir: string): ChildProcess {
  const script = `trap '' INT TERM HUP; cat >/dev/null; kill -9 ${pid}; rm -rf "$1"`;
  const watch = spawn("sh", ["-c", script, "sh", dir], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watch.unref();
  return watch;
}

/** Does a server answer PING on the port? */
function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    const end = (yes: boolean): void => {
      socket.destroy();
      done(yes);
    };
    socket.setTimeout(500, () => end(false));
    socket.once("error", () => end(false));
    socket.once("data", (bytes: Buffer) => end(bytes.toString().startsWith("+PONG")));
    socket.once("connect", () => socket.write("PING\r\n"));
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** A whole Arterial as a process of its own, as a user starts it, for tests of the whole. */
import { mkdtempSync, rmSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { runningPostgres } from "../src/embedded-postgres.ts";

const ROOT = join(import.meta.dir, "..");

export interface Instance {
  url: string;
  dir: string;
  pid: number;
  /** Standard output and error so far. */
  output(): string;
  /** Address of its embedded server. */
  databaseUrl(): string | null;
  /** Ends with SIGINT as Ctrl-C does. @returns exit code and ms. */
  stop(): Promise<{ code: number; ms: number }>;
  /** SIGKILL of the process; with `server` of its PostgreSQL too, at the same moment. */
  kill(server: boolean): Promise<void>;
  exited: Promise<number>;
}

export interface InstanceOptions {
  dir?: string;
  port?: number;
  env?: Readonly<Record<string, string>>;
  /** Which address must answer 200 before the instance counts as started; null waits for nothing. */
  wait?: "/healthz" | "/openapi.json" | "/readyz" | null;
  deadline_ms?: number;
}

export function freshFolder(name: string): string {
  mkdirSync(join(ROOT, ".test"), { recursive: true });
  return mkdtempSync(join(ROOT, ".test", `${name}-`));
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const dir = options.dir ?? freshFolder("instance");
  const port = options.port ?? (await freePort());
  const child = Bun.spawn([process.execPath, join(ROOT, "src/main.ts")], {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "",
      DATA_DIR: dir,
      PORT: String(port),
      ...options.env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let text = "";
  const collect = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) text = (text + decoder.decode(chunk, { stream: true })).slice(-64_000);
  };
  const collected = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const instance: Instance = {
    url: `http://127.0.0.1:${port}`,
    dir,
    pid: child.pid,
    output: () => text,
    databaseUrl: () => runningPostgres(dir),
    async stop() {
      const start = performance.now();
      child.kill("SIGINT");
      const code = await child.exited;
      return { code, ms: performance.now() - start };
    },
    async kill(server) {
      const pid = server ? serverPid(dir) : null;
      child.kill("SIGKILL");
      if (pid !== null) process.kill(pid, "SIGKILL");
      await child.exited;
    },
    exited: child.exited.then(async (code) => {
      await collected;
      return code;
    }),
  };
  const wait = options.wait === undefined ? "/readyz" : options.wait;
  if (wait !== null) await answered(instance, wait, options.deadline_ms ?? 30_000);
  return instance;
}

function serverPid(dir: string): number | null {
  const url = runningPostgres(dir);
  if (url === null) return null;
  const file = Bun.spawnSync(["head", "-1", join(dir, "postgres", "postmaster.pid")]);
  return Number(file.stdout.toString()) || null;
}

async function answered(instance: Instance, path: string, deadline_ms: number): Promise<void> {
  const start = performance.now();
  let ended = false;
  void instance.exited.then(() => (ended = true));
  for (;;) {
    const response = await fetch(instance.url + path).catch(() => null);
    if (response?.status === 200) return;
    if (ended) throw new Error(`The instance ended before ${path} answered:\n${instance.output()}`);
    if (performance.now() - start > deadline_ms) {
      throw new Error(
        `${path} did not answer 200 within ${deadline_ms} ms (${response?.status ?? "no answer"}):\n${instance.output()}`,
      );
    }
    await Bun.sleep(25);
  }
}

export function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

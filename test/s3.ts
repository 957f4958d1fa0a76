/** A real S3 server for tests: s3rver from npm, as a process of its own. It checks keys, not signatures. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Its only account. */
export const S3_KEY = "S3RVER";

export interface S3Server {
  endpoint: string;
  bucket: string;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: it takes connections and never answers. */
  pause(): void;
  resume(): void;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startS3(bucket = "city"): Promise<S3Server> {
  const dir = mkdtempSync(join(tmpdir(), "arterial-s3-"));
  const begin = (port: number) =>
    Bun.spawn(
      [
        "node",
        "--openssl-legacy-provider",
        join(import.meta.dir, "s3-server.mjs"),
        dir,
        bucket,
        String(port),
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
  const portOf = async (process: ReturnType<typeof begin>): Promise<number> => {
    const { value } = await process.stdout.getReader().read();
    return Number(new TextDecoder().decode(value));
  };
  let running = begin(0);
  const port = await portOf(running);
  if (!(port > 0)) throw new Error("The S3 server did not start");
  const kill = async (): Promise<void> => {
    running.kill("SIGKILL");
    await running.exited;
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    kill,
    pause: () => running.kill("SIGSTOP"),
    resume: () => running.kill("SIGCONT"),
    async start() {
      // Its port may be somebody's for a moment.
      for (let tries = 0; tries < 50; tries++) {
        running = begin(port);
        if ((await portOf(running)) === port) return;
        await Bun.sleep(100);
      }
      throw new Error("The S3 server did not start again");
    },
    async close() {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** One process per data folder: a socket in it that answers while the owner lives, and is free the moment it dies. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface InstanceLock {
  release(): void;
}

/** Takes the folder, or answers null when another living process holds it. */
export async function takeFolder(dir: string): Promise<InstanceLock | null> {
  const path = socketPath(dir);
  if (existsSync(path)) {
    if (await answers(path)) return null;
    rmSync(path, { force: true });
  }
  const server = createServer((socket) => socket.end());
  const listening = await new Promise<boolean>((done) => {
    server.once("error", () => done(false));
    server.listen(path, () => done(true));
  });
  if (!listening) return null;
  server.unref();
  return { release: () => server.close() };
}

/** Does a process hold this folder now? */
export const folderIsHeld = (dir: string): Promise<boolean> => answers(socketPath(dir));

function socketPath(dir: string): string {
  // Not in the folder itself: a socket's path may have about 100 characters only.
  const home = join(tmpdir(), `arterial-${process.getuid?.() ?? 0}`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return join(home, `${createHash("sha256").update(resolve(dir)).digest("hex").slice(0, 16)}.sock`);
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}

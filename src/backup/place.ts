/**
 * Where backups are kept: a folder, or a bucket of any S3, which takes a file in parts. One counts when it is whole: in a folder
 * by its name, in a bucket by the object that lists its parts, which is written last.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ArchiveTarget } from "../archive/target.ts";
import { limits } from "../core/limits.ts";
import { BackupError } from "./manifest.ts";
import { isBackupName } from "./take.ts";

export interface BackupPlace {
  /** As it was configured. */
  location: string;
  /** Folder in which the file of a backup is written first. */
  folder: string;
  /** Keeps the file of that name in `folder`. Resolves when it is there, whole and compared. @throws {ArchiveError} {BackupError} */
  keep(name: string, signal: AbortSignal): Promise<void>;
  /** Names of the whole ones, oldest first. */
  list(): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
  /** @returns Path of a file that is there until `done` is called. @throws {BackupError} if it is not there, or not whole. */
  fetch(name: string, signal: AbortSignal): Promise<{ path: string; done: () => Promise<void> }>;
}

export function folderPlace(folder: string): BackupPlace {
  return {
    location: folder,
    folder,
    keep: async () => {},
    async list() {
      const names = await readdir(folder).catch((error: unknown) => {
        if ((error as { code?: string }).code === "ENOENT") return [];
        throw error;
      });
      return names.filter(isBackupName).sort();
    },
    remove: (name) => rm(join(folder, name), { force: true }),
    fetch: async (name) => ({ path: join(folder, name), done: async () => {} }),
  };
}

const listed = z.object({
  bytes: z.number().int().nonnegative(),
  parts: z
    .array(z.object({ bytes: z.number().int().positive(), sha256: z.string().length(64) }))
    .max(limits.backup_parts_max),
});

/** Written last, and taken away first. */
const WHOLE = "whole.json";
/** On its way from the bucket. */
const FETCHED = /\.fetched$/;
const partName = (n: number): string => `part-${String(n).padStart(5, "0")}`;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** @param folder Where a file lies while it goes there or comes from there. */
export function bucketPlace(
  target: ArchiveTarget,
  folder: string,
  part_bytes: number = limits.backup_part_bytes,
): BackupPlace {
  const { location } = target;

  async function keep(name: string, signal: AbortSignal): Promise<void> {
    const path = join(folder, name);
    await clearFolder(name);
    const file = await open(path, "r");
    try {
      await removeUnfinished(name);
      const parts: z.output<typeof listed>["parts"] = [];
      let bytes = 0;
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead, buffer } = await file.read(new Uint8Array(part_bytes), 0, part_bytes, bytes);
        if (bytesRead === 0) break;
        const part = buffer.slice(0, bytesRead);
        const at = `${name}/${partName(parts.length)}`;
        await target.put(at, part);
        const kept = await target.get(at);
        if (kept === null || sha256(kept) !== sha256(part))
          throw new BackupError(`${location}/${at} is not what was written there: nothing was kept`);
        parts.push({ bytes: bytesRead, sha256: sha256(part) });
        bytes += bytesRead;
      }
      await target.put(`${name}/${WHOLE}`, new TextEncoder().encode(JSON.stringify({ bytes, parts })));
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  }

  /** Files of processes that were killed: nothing stays here that is not on its way. */
  async function clearFolder(except: string): Promise<void> {
    for (const name of await readdir(folder))
      if (name !== except && isBackupName(name.replace(FETCHED, "")))
        await rm(join(folder, name), { force: true });
  }

  async function found(): Promise<Map<string, string[]>> {
    const names = new Map<string, string[]>();
    for (const path of await target.list("")) {
      const [name, object, ...more] = path.split("/");
      if (name === undefined || object === undefined || more.length > 0 || !isBackupName(name)) continue;
      names.set(name, [...(names.get(name) ?? []), object]);
    }
    return names;
  }

  /** What a process that was killed has left behind. */
  async function removeUnfinished(except: string): Promise<void> {
    for (const [name, objects] of await found())
      if (name !== except && !objects.includes(WHOLE)) await remove(name, objects);
  }

  async function remove(name: string, objects: readonly string[]): Promise<void> {
    await target.remove(`${name}/${WHOLE}`);
    for (const object of objects) await target.remove(`${name}/${object}`);
  }

  return {
    location,
    folder,
    keep,
    list: async () =>
      [...(await found())].flatMap(([name, objects]) => (objects.includes(WHOLE) ? [name] : [])).sort(),
    remove: async (name) => remove(name, (await found()).get(name) ?? []),
    async fetch(name, signal) {
      const text = await target.get(`${name}/${WHOLE}`);
      if (text === null) throw new BackupError(`There is no whole backup ${location}/${name}`);
      const damaged = (what: string): BackupError =>
        new BackupError(`The backup ${location}/${name} is damaged (${what}): use another one`);
      const read = listed.safeParse(parsed(text));
      if (!read.success) throw damaged(WHOLE);
      await mkdir(folder, { recursive: true });
      await clearFolder(name);
      const path = join(folder, `${name}.fetched`);
      const done = (): Promise<void> => rm(path, { force: true });
      const file = await open(path, "w", 0o600);
      try {
        for (const [n, part] of read.data.parts.entries()) {
          signal.throwIfAborted();
          const bytes = await target.get(`${name}/${partName(n)}`);
          if (bytes === null || sha256(bytes) !== part.sha256) throw damaged(partName(n));
          for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
        }
      } catch (error) {
        await done();
        throw error;
      } finally {
        await file.close();
      }
      return { path, done };
    },
  };
}

function parsed(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return null;
  }
}

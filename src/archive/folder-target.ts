/** The archive as a folder. A file gets its name once it is on the disk, so no file of that name is ever half there. */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArchiveError, type ArchiveTarget } from "./target.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk's quota is used up",
  EFBIG: "the file would be larger than this process may write",
  EACCES: "this user may not",
  EPERM: "this user may not",
  EROFS: "the disk is read-only",
  ENOENT: "there is no such folder, and none can be made there",
  ENOTDIR: "a part of its path is no folder",
  EEXIST: "a part of its path is no folder",
};
/** What a crash left of a file that was being written. */
const PARTIAL = /\.partial$/;

export function folderTarget(location: string): ArchiveTarget {
  const at = (path: string): string => join(location, path);
  const fault = (verb: string, path: string, error: unknown): ArchiveError => {
    const code = (error as { code?: string }).code ?? "";
    const reason = REASONS[code] ?? (error as Error).message;
    return new ArchiveError(
      `Cannot ${verb} ${at(path)}: ${reason}${code === "" || reason.includes(code) ? "" : ` (${code})`}`,
      { cause: error },
    );
  };

  async function put(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const name = at(path);
    const partial = `${name}.partial`;
    try {
      await mkdir(dirname(name), { recursive: true });
      const file = await open(partial, "w");
      try {
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(partial, name);
      await syncFolder(dirname(name));
    } catch (error) {
      await rm(partial, { force: true }).catch(() => {});
      throw fault("write", path, error);
    }
  }

  return {
    location,
    put,
    async check() {
      await put(".arterial", new Uint8Array(1));
      await rm(at(".arterial"), { force: true });
    },
    async get(path) {
      try {
        return new Uint8Array(await readFile(at(path)));
      } catch (error) {
        if ((error as { code?: string }).code === "ENOENT") return null;
        throw fault("read", path, error);
      }
    },
    async list(folder) {
      try {
        const names = await readdir(at(folder), { recursive: true, withFileTypes: true });
        return names
          .filter((entry) => entry.isFile() && !PARTIAL.test(entry.name))
          .map((entry) => join(entry.parentPath, entry.name).slice(join(location, "/").length))
          .sort();
      } catch (error) {
        if ((error as { code?: string }).code === "ENOENT") return [];
        throw fault("list", folder, error);
      }
    },
    async remove(path) {
      try {
        await rm(at(path), { force: true });
      } catch (error) {
        throw fault("remove", path, error);
      }
    },
  };
}

/** A new name is durable with its folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One round of backing up: takes one, keeps it, and lets the oldest go, never before the new one is whole. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BackupPlace } from "./place.ts";
import { backupName, takeBackup, type TakeOptions, type Taken } from "./take.ts";

export interface KeepOptions extends Omit<TakeOptions, "path"> {
  place: BackupPlace;
  /** How many stay, the newest ones. */
  keep: number;
}

export interface Kept extends Taken {
  name: string;
  /** Names of those that went. */
  removed: readonly string[];
}

/** @throws {BackupError} {ArchiveError} and what the file system or the server throws: the older ones are all there then. */
export async function keepBackup({ place, keep, ...options }: KeepOptions): Promise<Kept> {
  const name = backupName(options.clock.now());
  await mkdir(place.folder, { recursive: true });
  const taken = await takeBackup({ ...options, path: join(place.folder, name) });
  await place.keep(name, options.signal);
  const removed = (await place.list()).slice(0, -keep);
  for (const one of removed) await place.remove(one);
  return { ...taken, name, removed };
}

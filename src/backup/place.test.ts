/** Where backups are kept: the newest stay, a bucket's are whole or not there. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { s3Target } from "../archive/s3-target.ts";
import { folderTarget } from "../archive/folder-target.ts";
import type { ArchiveTarget } from "../archive/target.ts";
import { days } from "../core/time.ts";
import { S3_KEY, startS3, type S3Server } from "../../test/s3.ts";
import { backupBed, contentOf, type BackupBed } from "./bed.fixture.ts";
import { keepBackup } from "./keep.ts";
import { bucketPlace, folderPlace, type BackupPlace } from "./place.ts";
import { MIGRATIONS } from "../history/postgres-bed.fixture.ts";
import { backupName } from "./take.ts";

const never = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 10, 21, 3);
const dir = mkdtempSync(join(tmpdir(), "arterial-place-"));
let s3: S3Server;
let bed: BackupBed;
beforeAll(async () => {
  [s3, bed] = await Promise.all([startS3(), backupBed()]);
});
afterAll(async () => {
  await Promise.all([s3.close(), bed.drop()]);
  rmSync(dir, { recursive: true, force: true });
});

const round = (place: BackupPlace, day: number, keep: number) =>
  keepBackup({
    place,
    keep,
    url: bed.full.url,
    release: "0.1.0",
    city: "Test",
    topics: [],
    clock: { now: () => NOW_MS + days(day), monotonic: () => performance.now() },
    signal: never,
    migrations: MIGRATIONS,
  });

/** Of the file's name, with bytes in it. */
function fileIn(folder: string, day: number, bytes: Uint8Array): string {
  const name = backupName(NOW_MS + days(day));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return name;
}

describe("backups", () => {
  test("in a folder: the newest stay, and what is not a backup is left alone", async () => {
    const folder = join(dir, "folder");
    mkdirSync(folder);
    writeFileSync(join(folder, "notes.txt"), "mine");
    const place = folderPlace(folder);
    for (const day of [0, 1, 2]) await round(place, day, 2);
    expect(readdirSync(folder).sort()).toEqual([
      backupName(NOW_MS + days(1)),
      backupName(NOW_MS + days(2)),
      "notes.txt",
    ]);
  });

  test("in a bucket of a real S3 server: written, listed, and restored from there", async () => {
    const target = s3Target({
      bucket: s3.bucket,
      prefix: "nightly",
      endpoint: s3.endpoint,
      access_key_id: S3_KEY,
      secret_access_key: S3_KEY,
      region: "us-east-1",
    });
    const passing = join(dir, "passing");
    const place = bucketPlace(target, passing, 5_000);
    await round(place, 0, 1);
    const { name } = await round(place, 1, 1);
    expect(await place.list()).toEqual([name]);
    expect((await target.list("")).filter((path) => !path.startsWith(name))).toEqual([]);
    expect((await target.list("")).length).toBeGreaterThan(2);
    expect(readdirSync(passing)).toEqual([]);
    const { path, done } = await place.fetch(name, never);
    const into = await bed.empty();
    await bed.restore(into, path);
    expect((await contentOf(into.url)).get("traffic_data")).toBe(
      (await contentOf(bed.full.url)).get("traffic_data"),
    );
    await done();
    expect(readdirSync(passing)).toEqual([]);
  });

  test("in a bucket: one that was not finished does not count, and the next one clears it away", async () => {
    const target = folderTarget(join(dir, "bucket"));
    const folder = join(dir, "half");
    const broken: ArchiveTarget = {
      ...target,
      put: async (path, bytes) => {
        if (path.endsWith("part-00002")) throw new Error("killed");
        await target.put(path, bytes);
      },
    };
    const first = fileIn(folder, 0, new Uint8Array(250));
    const failed = await bucketPlace(broken, folder, 100)
      .keep(first, never)
      .then(
        () => "kept",
        (error: unknown) => (error as Error).message,
      );
    expect(failed).toBe("killed");
    const place = bucketPlace(target, folder, 100);
    expect(await place.list()).toEqual([]);
    const second = fileIn(folder, 1, new Uint8Array(250).fill(7));
    writeFileSync(join(folder, `${first}.fetched`), "of a restore that was killed");
    await place.keep(second, never);
    expect(readdirSync(folder)).toEqual([]);
    expect(await place.list()).toEqual([second]);
    expect((await target.list("")).every((path) => path.startsWith(`${second}/`))).toBe(true);
  });

  test("in a bucket: a part that is another, or missing, is refused; nothing stays behind", async () => {
    const target = folderTarget(join(dir, "damaged"));
    const folder = join(dir, "damaged-passing");
    const place = bucketPlace(target, folder, 100);
    const name = fileIn(folder, 0, new Uint8Array(250).fill(7));
    await place.keep(name, never);
    const refusal = (): Promise<string> =>
      place.fetch(name, never).then(
        () => "fetched",
        (error: unknown) => (error as Error).message,
      );
    const { path, done } = await place.fetch(name, never);
    expect([...readFileSync(path)]).toEqual([...new Uint8Array(250).fill(7)]);
    await done();
    await target.put(`${name}/part-00001`, new Uint8Array(100));
    expect(await refusal()).toMatch(/is damaged \(part-00001\): use another one$/);
    await target.remove(`${name}/part-00001`);
    expect(await refusal()).toMatch(/is damaged \(part-00001\)/);
    await target.remove(`${name}/whole.json`);
    expect(await refusal()).toMatch(/^There is no whole backup /);
    expect(readdirSync(folder)).toEqual([]);
  });
});

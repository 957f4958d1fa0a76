/** A folder and a real S3 keep the same promises; what refuses is told in a sentence. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { S3_KEY, startS3, type S3Server } from "../../test/s3.ts";
import { folderTarget } from "./folder-target.ts";
import { checkTarget, isArchiveLocation, openTarget } from "./open-target.ts";
import { s3Target } from "./s3-target.ts";
import { ArchiveError, type ArchiveTarget } from "./target.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const sentence = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "it went well",
    (error: Error) => `${error.name}: ${error.message}`,
  );

let s3: S3Server;
let dir = "";
beforeAll(async () => {
  s3 = await startS3();
  dir = mkdtempSync(join(tmpdir(), "arterial-target-"));
});
afterAll(async () => {
  await s3.close();
  rmSync(dir, { recursive: true, force: true });
});

const ofS3 = (over: Partial<Parameters<typeof s3Target>[0]> = {}): ArchiveTarget =>
  s3Target({
    bucket: s3.bucket,
    prefix: "some/where",
    endpoint: s3.endpoint,
    region: "us-east-1",
    access_key_id: S3_KEY,
    secret_access_key: S3_KEY,
    page_keys: 2,
    again_ms: 10,
    ...over,
  });

for (const [name, open] of [
  ["a folder", () => folderTarget(join(dir, "a", "b"))],
  ["S3", () => ofS3()],
] as const) {
  describe(name, () => {
    test("holds what was put, lists it sorted and page by page, and forgets what was removed", async () => {
      const target = open();
      await target.check();
      expect(await target.list("stream=a/")).toEqual([]);
      const names = Array.from({ length: 5 }, (_, i) => `stream=a/date=2026-01-0${i + 1}/part-0.parquet`);
      for (const path of [...names].reverse()) await target.put(path, bytes(path));
      await target.put("stream=ab/date=2026-01-01/part-0.parquet", bytes("x"));
      expect(await target.list("stream=a/")).toEqual(names);
      expect(await target.list("stream=a/date=2026-01-03/")).toEqual([names[2]!]);
      await target.put(names[0]!, bytes("another"));
      expect(await target.get(names[0]!)).toEqual(bytes("another"));
      expect(await target.get("stream=a/none")).toBe(null);
      await target.remove(names[0]!);
      await target.remove(names[0]!);
      expect(await target.list("stream=a/")).toEqual(names.slice(1));
    });
  });
}

describe("a folder that cannot be written", () => {
  test("is one sentence that names ARCHIVE, and nothing starts", async () => {
    const file = join(dir, "file");
    writeFileSync(file, "");
    for (const place of [file, join(file, "below"), "/proc/nowhere"]) {
      const said = await sentence(checkTarget(openTarget(place, {}), () => {}));
      expect(said).toMatch(
        /^ConfigError: ARCHIVE is ".*", which cannot be written: Cannot write .*\.arterial: /,
      );
      expect(said).not.toContain("\n");
    }
  });

  test("a file that cannot be written whole is not there, nor is a part of it", async () => {
    const target = folderTarget(join(dir, "full"));
    await target.put("a", bytes("before"));
    const limit = (size: string): void =>
      void Bun.spawnSync(["prlimit", "--pid", String(process.pid), `--fsize=${size}`]);
    limit("1000:");
    const said = await sentence(target.put("a", new Uint8Array(5_000))).finally(() => limit("unlimited:"));
    expect(said).toBe(
      `ArchiveError: Cannot write ${join(dir, "full", "a")}: the file would be larger than this process may write (EFBIG)`,
    );
    expect(readdirSync(join(dir, "full"))).toEqual(["a"]);
    expect(await target.get("a")).toEqual(bytes("before"));
  });
});

describe("an S3 that refuses, or is away", () => {
  test("is told with what mends it, without trying again", async () => {
    expect(await sentence(ofS3({ bucket: "nowhere" }).put("a", bytes("x")))).toBe(
      "ArchiveError: Cannot write s3://nowhere/some/where/a: there is no such bucket; make it, or name another in ARCHIVE",
    );
    expect(await sentence(ofS3({ access_key_id: "nobody" }).get("a"))).toBe(
      "ArchiveError: Cannot read s3://city/some/where/a: it does not know this key; mend S3_ACCESS_KEY_ID",
    );
    const said = await sentence(checkTarget(ofS3({ bucket: "nowhere" }), () => {}));
    expect(said).toStartWith('ConfigError: ARCHIVE is "s3://nowhere/some/where", which cannot be written: ');
  });

  test("at start: who is away is waited for by the job, and said so", async () => {
    const told: string[] = [];
    await checkTarget(ofS3({ endpoint: "http://127.0.0.1:1" }), (message) => told.push(message));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("ConnectionRefused");
  });

  test("killed and started again while it is written to: the write goes through", async () => {
    const target = ofS3({ again_ms: 1_500 });
    await s3.kill();
    const writing = target.put("again", bytes("x"));
    await s3.start();
    await writing;
    expect(await target.get("again")).toEqual(bytes("x"));
  });

  test("that takes the call and never answers is given up in time", async () => {
    s3.pause();
    const error: unknown = await ofS3({ call_ms_max: 100 })
      .put("hung", bytes("x"))
      .then(
        () => null,
        (e: unknown) => e,
      );
    s3.resume();
    expect(error).toBeInstanceOf(ArchiveError);
    expect((error as ArchiveError).away).toBe(true);
    expect((error as ArchiveError).message).toContain("no answer within 100 ms");
  });
});

test("what is a location, and what is none", () => {
  for (const good of ["archive", "/var/archive", "s3://city", "s3://city/", "s3://my.city-1/a/b"])
    expect([good, isArchiveLocation(good)]).toEqual([good, true]);
  for (const bad of ["s3://", "s3:city", "s3://City", "s3://c", "s3://city//x", "http://x/y", "gs://x"])
    expect([bad, isArchiveLocation(bad)]).toEqual([bad, false]);
  expect(openTarget("s3://city/a/b/", {}).location).toBe("s3://city/a/b");
  expect(() => openTarget("s3://", {})).toThrow(ConfigError);
});

/** What goes wrong on the way to the archive and back: nothing is lost, and it is said what happened. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { days } from "../core/time.ts";
import { S3_KEY, startS3 } from "../../test/s3.ts";
import { archiveBed, cutFile, DAYS, failing, lengthenFile, type Bed } from "./bed.fixture.ts";
import { dayFolder, MANIFEST, readManifest, type Manifest } from "./manifest.ts";
import type { RestorePlace } from "./restore.ts";
import { s3Target } from "./s3-target.ts";
import { ArchiveError } from "./target.ts";

const [FIRST, SECOND, THIRD] = DAYS;
const sentence = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "it went well",
    (error: Error) => `${error.name}: ${error.message}`,
  );
const folderOf = (bed: Bed, day: string): string => join(bed.dir, dayFolder("traffic", day));
const manifestOf = (bed: Bed, day: string): Manifest =>
  readManifest("m", readFileSync(join(folderOf(bed, day), MANIFEST)));
const late = (event_id: string) => ({ key: "road-00", at_ms: -1_000, event_id, speed: 5 });
const forget = (bed: Bed) =>
  bed.sql`truncate traffic_data, traffic_windows, offsets, archived_days, dropped_partitions`;

let bed: Bed;
let rebuilt: Bed["context"]["rebuildWindows"];
beforeAll(async () => {
  bed = await archiveBed();
  // Windows are looked at in one test here, and made anew in that one alone: it takes a second a day.
  rebuilt = bed.context.rebuildWindows;
  bed.context.rebuildWindows = async () => {};
});
afterAll(() => bed.close());

describe("writing", () => {
  test("a disk that is full leaves the previous archive of a day whole; with room again, all of it is there", async () => {
    await bed.archive();
    const before = readdirSync(folderOf(bed, THIRD)).map((file) => [
      file,
      readFileSync(join(folderOf(bed, THIRD), file), "hex"),
    ]);
    await bed.write(0, [late("one")]);
    let puts = 0;
    // The second part finds no room: a file may have so many bytes and no more.
    const target = failing(bed.context.target, () => {
      if (++puts === 2) Bun.spawnSync(["prlimit", "--pid", String(process.pid), "--fsize=500:"]);
      return null;
    });
    const said = await sentence(bed.archive({ target })).finally(() =>
      Bun.spawnSync(["prlimit", "--pid", String(process.pid), "--fsize=unlimited:"]),
    );
    expect(said).toMatch(
      /^ArchiveError: Cannot write .*date=2026-07-15\/part-\d\.parquet: the file would be larger .*\(EFBIG\)$/,
    );
    expect(
      readdirSync(folderOf(bed, THIRD)).map((file) => [
        file,
        readFileSync(join(folderOf(bed, THIRD), file), "hex"),
      ]),
    ).toEqual(before);
    const rows = manifestOf(bed, THIRD).rows;
    expect((await bed.archive()).map(({ day, rows: n }) => [day, n])).toEqual([[THIRD, rows + 1]]);
  });

  test("a process that dies between two parts, or before the day is noted, leaves what the next run puts right", async () => {
    for (const dies of ["part-", MANIFEST]) {
      await bed.write(0, [late(`dies at ${dies}`)]);
      let seen = 0;
      const dead = new Error("dead");
      // Nothing is done after it, also nothing tidied.
      const target = {
        ...failing(bed.context.target, (_, path) =>
          path.includes(dies) && ++seen === (dies === MANIFEST ? 1 : 2) ? dead : null,
        ),
        remove: () => Promise.reject(dead),
      };
      expect(await sentence(bed.archive({ target }))).toBe("Error: dead");
      const rows = manifestOf(bed, THIRD).rows;
      expect(await bed.archive()).toHaveLength(1);
      const now = manifestOf(bed, THIRD);
      expect(now.rows).toBe(rows + 1);
      expect(readdirSync(folderOf(bed, THIRD)).sort()).toEqual(
        [MANIFEST, ...now.parts.map(({ file }) => file)].sort(),
      );
    }
    // The manifest is there, and history does not know: the day is written once more, whole.
    await bed.sql`delete from archived_days where day = ${THIRD}::text::date`;
    expect((await bed.archive()).map(({ day }) => day)).toEqual([THIRD]);
    expect(await bed.archive()).toEqual([]);
  });

  test("an archive of another city, or one that holds more than this database, is not written over", async () => {
    const known = await bed.sql`delete from archived_days where day = ${SECOND}::text::date returning *`;
    expect(await sentence(bed.archive({ city_id: "elsewhere" }))).toMatch(
      /^ArchiveError: Cannot archive traffic 2026-07-14 to .*: the city "test" has its archive there; give each city a place of its own$/,
    );
    const gone = await bed.sql`delete from traffic_data where event_id = ${`${SECOND}/7`} returning 1`;
    expect(gone).toHaveLength(1);
    expect(await sentence(bed.archive())).toMatch(
      /it is there with 864 rows, of which this database has 863; bring it back first/,
    );
    expect(known).toHaveLength(1);
    await bed.restore({ from_ms: Date.parse(SECOND), to_ms: Date.parse(THIRD) });
    expect(await bed.archive()).toEqual([]);
    expect(await bed.rows(SECOND)).toHaveLength(864);
  });

  test("a stop in the middle is a stop: what is done is done, and the rest follows", async () => {
    await forget(bed);
    await bed.restore();
    const elsewhere = await startS3();
    const target = s3Target({
      bucket: elsewhere.bucket,
      prefix: "",
      endpoint: elsewhere.endpoint,
      access_key_id: S3_KEY,
      secret_access_key: S3_KEY,
    });
    let puts = 0;
    const stopped = failing(target, (verb, path) =>
      verb === "put" && path.includes(SECOND) && ++puts === 1 ? new Error("stop") : null,
    );
    expect(await sentence(bed.archive({ target: stopped }))).toBe("Error: stop");
    expect((await target.list("")).filter((path) => path.endsWith(MANIFEST))).toHaveLength(1);
    expect((await bed.archive({ target })).map(({ day }) => day)).toEqual([SECOND, THIRD]);
    expect(await bed.archive({ target })).toEqual([]);

    // From S3 and back, over a bucket: the same rows.
    const before = await bed.rows(FIRST);
    await forget(bed);
    const back = await bed.restore({}, { target });
    expect([back.days, back.rows, back.inserted]).toEqual([3, back.rows, back.rows]);
    expect(await bed.rows(FIRST)).toEqual(before as never);
    await elsewhere.close();
  });
});

describe("bringing back", () => {
  let whole: readonly Record<string, unknown>[];
  beforeAll(async () => {
    whole = await bed.rows(FIRST);
    await forget(bed);
    await bed.restore();
    await bed.archive();
  });

  const hurt = async (file: string, how: (path: string) => void): Promise<string> => {
    const path = join(folderOf(bed, FIRST), file);
    const kept = readFileSync(path);
    how(path);
    await forget(bed);
    const said = await sentence(bed.restore({ to_ms: Date.parse(SECOND) }));
    expect(await bed.rows(FIRST)).toEqual([]);
    writeFileSync(path, kept);
    return said;
  };

  test("a part that is cut, longer, altered or missing is named, with what was expected and found, and no row goes in", async () => {
    const part = manifestOf(bed, FIRST).parts.at(-1)!;
    const path = join(folderOf(bed, FIRST), part.file);
    expect(await hurt(part.file, cutFile)).toBe(
      `ArchiveError: ${path} has ${part.bytes - 10} bytes, but its manifest says ${part.bytes}`,
    );
    expect(await hurt(part.file, lengthenFile)).toBe(
      `ArchiveError: ${path} has ${part.bytes + 1} bytes, but its manifest says ${part.bytes}`,
    );
    const altered = await hurt(part.file, (at) => {
      const bytes = readFileSync(at);
      bytes[100]! ^= 1;
      writeFileSync(at, bytes);
    });
    expect(altered).toMatch(
      /^ArchiveError: .*part-\d\.parquet was altered: its SHA-256 is [0-9a-f]{64}, but its manifest says [0-9a-f]{64}$/,
    );
    expect(altered).toContain(part.sha256);
    expect(await hurt(part.file, (at) => rmSync(at))).toBe(
      `ArchiveError: ${path} is missing: its manifest says ${part.bytes} bytes`,
    );
  });

  test("a manifest that is cut, of another kind, or that does not add up is named", async () => {
    expect(await hurt(MANIFEST, cutFile)).toMatch(/^ArchiveError: .*_manifest\.json is no manifest: /);
    expect(await hurt(MANIFEST, (at) => writeFileSync(at, `{"format":2}`))).toMatch(
      /_manifest\.json is no manifest of ours: format: /,
    );
    const other = { ...manifestOf(bed, FIRST), rows: 5 };
    expect(await hurt(MANIFEST, (at) => writeFileSync(at, JSON.stringify(other)))).toMatch(
      /says 5 rows, but its parts have 864$/,
    );
    // Never finished, it is no day of the archive.
    expect(await hurt(MANIFEST, (at) => rmSync(at))).toMatch(
      /^ArchiveError: There is nothing at .* of what is asked for$/,
    );
  });

  test("an interrupted run goes on where it was, and what it did twice counts once", async () => {
    await forget(bed);
    const places: RestorePlace[] = [];
    const stop = new AbortController();
    const note = async (place: RestorePlace): Promise<void> => {
      places.push(place);
      if (places.length === 3) stop.abort(new Error("stopped"));
    };
    expect(await sentence(bed.restore({ note, signal: stop.signal }, { rebuildWindows: rebuilt }))).toBe(
      "Error: stopped",
    );
    expect(places.at(-1)).toEqual({ stream: "traffic", day: SECOND, parts: 1 });
    const read: string[] = [];
    const target = failing(bed.context.target, (verb, path) => {
      if (verb === "get") read.push(path);
      return null;
    });
    const rest = await bed.restore({ resume: places.at(-1)! }, { target, rebuildWindows: rebuilt });
    expect(rest.days).toBe(2);
    expect(read.some((path) => path.includes(FIRST))).toBe(false);
    expect(read).not.toContain(`${dayFolder("traffic", SECOND)}${manifestOf(bed, SECOND).parts[0]!.file}`);
    expect(await bed.rows(FIRST)).toEqual(whole as never);
    expect((await bed.rows(SECOND)).length + (await bed.rows(THIRD)).length).toBe(
      manifestOf(bed, SECOND).rows + manifestOf(bed, THIRD).rows,
    );
    await bed.ledgerAddsUp();
    const from_ms = Date.parse(FIRST);
    expect(await bed.windows()).toEqual([
      ...(await bed.history.recomputeWindows(bed.traffic, from_ms, from_ms + days(3))),
    ]);
  });

  test("a span without a day in it is said so", async () => {
    expect(
      await sentence(bed.restore({ from_ms: Date.parse("2020-01-01"), to_ms: Date.parse("2020-01-02") })),
    ).toMatch(/^ArchiveError: There is nothing at /);
    expect(
      await sentence(bed.archive({ target: failing(bed.context.target, () => new ArchiveError("x")) })),
    ).toBe("it went well");
  });
});

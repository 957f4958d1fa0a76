/** The archive's jobs: when they are due, what they say, and what they are told. */
import { describe, expect, test } from "bun:test";
import { archive, wordsOf } from "./archive.ts";
import { wholeDays, type ArchiveJobDeps } from "./archive-parts.ts";
import { declaredOf } from "./declared.ts";
import type { JobContext } from "./job.ts";
import { restoreArchive } from "./restore-archive.ts";
import { archiveBed } from "../src/archive/bed.fixture.ts";
import { openTarget } from "../src/archive/open-target.ts";
import { cityOf } from "../src/cities/index.ts";
import { readConfig } from "../src/config.ts";
import { askedFault, NOTHING_ASKED } from "../src/core/job.ts";
import { days, hours } from "../src/core/time.ts";
import { openPostgresBatch } from "../src/history/rollups/postgres-batch.ts";
import { jobsUnattached } from "../src/jobs-here.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";

const declared = (env: Record<string, string>) => {
  const city = cityOf("demo");
  const all = jobsUnattached(city, readConfig(env)).map((job) => declaredOf(job, city.zone));
  const find = (name: string) => all.find((job) => job.name === name)!;
  return { archive: find("archive"), restore: find("restore-archive") };
};

describe("the archive's jobs", () => {
  test("are due daily at 04:00 of the city where ARCHIVE is set, else never", () => {
    expect(declared({}).archive.schedule).toBe(null);
    expect(declared({ ARCHIVE: "somewhere" }).archive.schedule?.words).toBe("daily at 04:00");
    const { restore } = declared({});
    expect(restore.schedule).toBe(null);
    expect(askedFault(restore, NOTHING_ASKED)?.field).toBe("from-archive");
    expect(askedFault(declared({ ARCHIVE: "somewhere" }).restore, NOTHING_ASKED)).toBe(null);
    for (const flags of [
      { stream: "trafic" },
      { "keep-days": 0 },
      { "keep-days": 3_651 },
      { "from-archive": "" },
    ])
      expect(askedFault(restore, { ...NOTHING_ASKED, flags: { "from-archive": "x", ...flags } })).not.toBe(
        null,
      );
  });

  test("write each closed day, say so in words, and bring it back", async () => {
    const bed = await archiveBed();
    const batch = openPostgresBatch({ url: bed.url, zone: "Europe/Berlin" });
    const log = openMemoryLog({ clock: bed.clock });
    await log.createTopics([{ topic: bed.traffic.topic, partitions: 2, retention_ms: days(7) }]);
    const deps: ArchiveJobDeps = {
      streams: [bed.traffic, { ...bed.traffic, name: "own", internal: true }],
      city: cityOf("demo"),
      clock: bed.clock,
      log,
      history: bed.history,
      batch,
      archive: {
        location: bed.dir,
        open: (location) => openTarget(location, {}),
        store: bed.context.store,
        pool: bed.context.pool,
        release: "test",
      },
    };
    const told: string[] = [];
    const context = (over: Partial<JobContext> = {}): JobContext => ({
      from_ms: null,
      to_ms: null,
      scheduled_for_ms: bed.clock.now(),
      flags: { stream: "all", "from-archive": bed.dir, "keep-days": 7 },
      clock: bed.clock,
      signal: new AbortController().signal,
      progress: (done, total, words) => void told.push(`${done}/${total} ${words}`),
      resume: null,
      note: async () => {},
      ...over,
    });
    const first = await archive(deps).run(context({ to_ms: Date.parse("2026-07-14"), from_ms: 0 }));
    expect([first["days"], first["rows"]]).toEqual([1, 864]);
    expect(first["words"]).toMatch(/^traffic 2026-07-13: 864 rows, \d+ KB$/);
    expect((await archive(deps).run(context()))["days"]).toBe(2);
    expect(told).toContain("1/2 traffic 2026-07-15");
    expect((await archive(deps).run(context()))["words"]).toBe("nothing was new");
    const back = await restoreArchive(deps).run(
      context({ from_ms: Date.parse("2026-07-13"), to_ms: Date.parse("2026-07-14") }),
    );
    expect(back).toEqual({ days: 1, rows: 864, inserted: 0, words: "864 were there already" });
    expect(archive({ ...deps, archive: { ...deps.archive, location: null } }).run(context())).rejects.toThrow(
      "ARCHIVE is not set",
    );
    await Promise.all([log.close(), batch.close()]);
    await bed.close();
  });

  test("tell many days in few words", () => {
    const done = Array.from({ length: 22 }, () => ({
      stream: "traffic",
      day: "2026-11-20",
      rows: 107_712,
      bytes: 3_123_456,
    }));
    expect(wordsOf(done.slice(0, 1))).toBe("traffic 2026-11-20: 107,712 rows, 3.1 MB");
    expect(wordsOf(done)).toEndWith("; and 2 more");
  });

  test("take all UTC days that a city's days touch", () => {
    // A day in New York, of 23 hours.
    const from_ms = Date.parse("2026-03-08T05:00:00Z");
    expect(wholeDays(from_ms, from_ms + hours(23))).toEqual({
      from_ms: Date.parse("2026-03-08"),
      to_ms: Date.parse("2026-03-10"),
    });
    expect(wholeDays(null, null)).toEqual({ from_ms: null, to_ms: null });
  });
});

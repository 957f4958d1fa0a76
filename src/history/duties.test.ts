/** One does it, whatever the number of replicas: on a real PostgreSQL, by its clock. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemClock } from "../core/time.ts";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { openPostgresDuties, type Duties, type JobRun } from "./duties.ts";
import { openPostgresHistory } from "./postgres-history.ts";

let database: TestDatabase;
let replicas: Duties[];

beforeAll(async () => {
  database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  await history.close();
  replicas = Array.from({ length: 4 }, () => openPostgresDuties({ url: database.url }));
});
afterAll(async () => {
  await Promise.all(replicas.map((one) => one.close()));
  await database.drop();
});

const run = (job: string, holder: string, scheduled_for_ms = 0): JobRun => ({
  job,
  holder,
  scheduled_for_ms,
});

test("a lease has one holder, who prolongs it; another takes it when it is given up, or when it has ended", async () => {
  const won = await Promise.all(replicas.map((one, i) => one.lease("feed", `r${i}`, 60_000)));
  expect(won.filter(Boolean)).toHaveLength(1);
  const holder = won.indexOf(true);
  const other = (holder + 1) % 4;
  expect(await replicas[holder]!.lease("feed", `r${holder}`, 60_000)).toBe(true);
  await replicas[other]!.release("feed", `r${other}`);
  expect(await replicas[other]!.lease("feed", `r${other}`, 60_000)).toBe(false);
  await replicas[holder]!.release("feed", `r${holder}`);
  expect(await replicas[other]!.lease("feed", `r${other}`, 1)).toBe(true);
  await Bun.sleep(5);
  expect(await replicas[holder]!.lease("feed", `r${holder}`, 60_000)).toBe(true);
});

test("a run begins once however many ask, and never again once it is done: also for a replica that comes late", async () => {
  const begun = await Promise.all(replicas.map((one, i) => one.begin(run("daily", `r${i}`), 60_000)));
  expect(begun.filter(Boolean)).toHaveLength(1);
  const holder = begun.indexOf(true);
  await replicas[holder]!.end(run("daily", `r${holder}`), null);
  expect(await replicas[(holder + 1) % 4]!.begin(run("daily", "late"), 60_000)).toBe(false);
  // The next time it is due is another run.
  expect(await replicas[0]!.begin(run("daily", "r0", 86_400_000), 60_000)).toBe(true);
});

test("a run that failed, or whose replica died, begins again, a few times in all", async () => {
  const [one, two] = [replicas[0]!, replicas[1]!];
  expect(await one.begin(run("hourly", "r0"), 60_000)).toBe(true);
  await one.end(run("hourly", "r0"), "the disk was full");
  expect(await two.begin(run("hourly", "r1"), 1)).toBe(true);
  await Bun.sleep(5);
  // Its holder was taken for dead: what it says afterwards no longer counts.
  expect(await one.begin(run("hourly", "r0"), 60_000)).toBe(true);
  await two.end(run("hourly", "r1"), null);
  expect(await two.begin(run("hourly", "r1"), 60_000)).toBe(false);
  await one.end(run("hourly", "r0"), "again");
  expect(await two.begin(run("hourly", "r1"), 60_000)).toBe(false);
});

test("what was begun is known to whoever comes next, until it has ended", async () => {
  expect(await replicas[0]!.begun("seed")).toBeNull();
  await replicas[0]!.note("seed", { from_ms: 1 });
  await replicas[0]!.note("seed", { from_ms: 2 });
  expect(await replicas[1]!.begun("seed")).toEqual({ from_ms: 2 });
  await replicas[1]!.note("seed", null);
  expect(await replicas[0]!.begun("seed")).toBeNull();
});

/** One does it, whatever the number of replicas: on a real PostgreSQL, by its clock. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemClock } from "../core/time.ts";
import { freshDatabase, type TestDatabase } from "../../test/postgres.ts";
import { openPostgresDuties, type Duties } from "./duties.ts";
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

test("what was begun is known to whoever comes next, until it has ended", async () => {
  expect(await replicas[0]!.begun("seed")).toBeNull();
  await replicas[0]!.note("seed", { from_ms: 1 });
  await replicas[0]!.note("seed", { from_ms: 2 });
  expect(await replicas[1]!.begun("seed")).toEqual({ from_ms: 2 });
  await replicas[1]!.note("seed", null);
  expect(await replicas[0]!.begun("seed")).toBeNull();
});

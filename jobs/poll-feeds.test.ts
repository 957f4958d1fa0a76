/** Feeds on replicas that share a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { pause } from "../src/core/pause.ts";
import { hours, minutes, systemClock } from "../src/core/time.ts";
import { openPostgresDuties, type Duties } from "../src/history/duties.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import { feedDesk, feedsNow } from "../src/serving/feeds.ts";
import { CollectingLog } from "../src/sources/collecting-log.ts";
import { town } from "../src/sources/feeds/feed-bed.fixture.ts";
import type { Feed } from "../src/sources/feeds/feed.ts";
import { feedSettings } from "../src/sources/feeds/settings.ts";
import { json, KEY, openUpstream, sonar, type Upstream } from "../src/sources/feeds/upstream.fixture.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { traffic } from "../src/streams/traffic.ts";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { pollFeeds } from "./poll-feeds.ts";

let database: TestDatabase;
let duties: Duties;
let upstream: Upstream;

beforeAll(async () => {
  database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock: systemClock });
  await history.migrate();
  await history.close();
  duties = openPostgresDuties({ url: database.url });
  upstream = await openUpstream();
});
afterAll(async () => {
  await upstream.close();
  await duties.close();
  await database.drop();
});

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await what()); tries++) {
    expect(tries).toBeLessThan(1_000);
    await Bun.sleep(5);
  }
};

/** A replica whose pauses are short; it ends when it is told to. */
function replica(holder: string, feeds: readonly Feed[]) {
  const log = new CollectingLog();
  const stop = new AbortController();
  const services = pollFeeds({
    feeds: feeds.map((feed) => ({ feed, settings: feedSettings(feed, { SONAR_KEY: KEY }) })),
    duties,
    city: town,
    clock: systemClock,
    door: createDoor({ log, city: town, clock: systemClock }),
    holder,
    lease_ms: 400,
    onWarning: () => {},
    poller: { pause: (ms, signal) => pause(Math.min(ms, 10), signal) },
  });
  const running = Promise.all(services.map((service) => service.run(stop.signal)));
  return {
    values: () => log.values(traffic.topic).length,
    running,
    async end() {
      stop.abort();
      await running;
    },
  };
}

/** Another reading each time. */
function counting(): void {
  let speed = 10;
  upstream.answer((request, response) =>
    json([{ road: "town_1", speed: (speed = (speed + 1) % 90), at: new Date().toISOString() }])(
      request,
      response,
    ),
  );
}

test("a feed that dies costs the others nothing, and every process tells how each does", async () => {
  counting();
  const lost = { ...sonar(upstream.url), name: "lost", label: "Lost" };
  const unreachable: Feed = { ...lost, requests: () => [{ id: "all", url: "http://127.0.0.1:1/" }] };
  const thrower: Feed = {
    ...lost,
    name: "thrower",
    read: () => {
      throw new Error(`a fault of ours with ${KEY}`);
    },
  };
  const one = replica("a", [thrower, sonar(upstream.url), unreachable]);
  await until(() => one.values() >= 5);
  await until(async () =>
    (await feedsNow(duties, systemClock)).every(({ last_call_ms }) => last_call_ms !== null),
  );
  await until(
    async () =>
      (await feedsNow(duties, systemClock)).filter(({ failed_polls }) => failed_polls > 0).length === 2,
  );
  const told = await feedsNow(duties, systemClock);
  expect(told.map(({ feed, state }) => [feed, state])).toEqual([
    ["lost", "failing"],
    ["sonar", "ok"],
    ["thrower", "failing"],
  ]);
  expect(told[0]!.last_error).toMatchObject({ kind: "network" });
  expect(told[2]!.last_error).toMatchObject({ kind: "fault", words: "a fault of ours with •••" });
  expect(JSON.stringify(told)).not.toContain(KEY);
  await one.end();
}, 20_000);

test("of several replicas one polls, another goes on when it ends, and nothing that was counted is forgotten", async () => {
  counting();
  const feed = sonar(upstream.url);
  const [one, two] = [replica("a", [feed]), replica("b", [feed])];
  await until(() => one.values() + two.values() >= 5);
  expect(Math.min(one.values(), two.values())).toBe(0);
  const [first, second] = one.values() > 0 ? [one, two] : [two, one];
  await first.end();
  const before = (await feedsNow(duties, systemClock)).find((told) => told.feed === "sonar")!;
  await until(() => second.values() >= 5);
  await second.end();
  const after = (await feedsNow(duties, systemClock)).find((told) => told.feed === "sonar")!;
  expect(after.totals.accepted).toBe(before.totals.accepted + second.values());
  expect(after.quota.calls).toBe(before.quota.calls + after.totals.ok - before.totals.ok);
}, 20_000);

test("a feed that is polled once a day is told from one day to the next", async () => {
  const noted = await duties.begun("feed:sonar");
  const daily = {
    allBegun: async () => [{ name: "feed:sonar", value: { ...(noted as object), interval_ms: hours(24) } }],
  };
  const later = { now: () => Date.now() + hours(26) };
  expect(await feedsNow(daily, later)).toHaveLength(1);
  expect(await feedsNow(daily, { now: () => Date.now() + hours(49) })).toEqual([]);
});

test("what nobody has polled for a day is not told, nor what another release noted otherwise", async () => {
  const later = { now: () => Date.now() + minutes(60 * 25) };
  expect(await feedsNow(duties, later)).toEqual([]);
  await duties.note("feed:sonar", { feed: "sonar" });
  const names = (await feedsNow(duties, systemClock)).map(({ feed }) => feed);
  expect(names).not.toContain("sonar");
  expect(names).toContain("lost");
});

test("an operator's word reaches the poller wherever it is; a feed that is not suspect does not want it", async () => {
  const city = (factor: number): unknown =>
    Array.from({ length: 20 }, (_, i) => ({
      road: `r${i}`,
      speed: (20 + i) * factor,
      at: new Date().toISOString(),
    }));
  let factor = 1;
  upstream.answer((request, response) => json(city(factor))(request, response));
  const feed: Feed = { ...sonar(upstream.url), name: "sonar2" };
  const desk = feedDesk(duties, systemClock);
  expect(await desk.believe("sonar2")).toBeNull();
  const one = replica("a", [feed]);
  await until(() => one.values() >= 60);
  expect(await desk.believe("sonar2")).toBe(false);
  factor = 3.6;
  const suspect = async (): Promise<boolean> =>
    (await feedsNow(duties, systemClock)).some((told) => told.feed === "sonar2" && told.state === "suspect");
  await until(suspect);
  expect(await desk.believe("sonar2")).toBe(true);
  await until(async () => !(await suspect()));
  await one.end();
}, 20_000);

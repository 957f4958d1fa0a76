/** Several processes on one Kafka, one Redis, one PostgreSQL: they share the work and double nothing. */
import { afterAll, describe, expect, test } from "bun:test";
import { openBed, type Bed } from "./chaos/bed.ts";
import { sharesOf } from "./chaos/groups.ts";
import type { Replica } from "./chaos/replica.ts";
import { readTopic } from "./chaos/topic.ts";
import { allowed, until } from "./chaos/until.ts";
import { kafkaMissing } from "./kafka.ts";
import { redisMissing } from "./redis.ts";

/** Three that do everything; two that share the roles; three that only feed. */
const ROLES: readonly (string | null)[] = [
  null,
  null,
  null,
  "web",
  "speed,batch,jobs",
  "feeds",
  "feeds",
  "feeds",
];
/** Reports a road as often as this many times the demo's pace. */
const SIMULATOR_RATE = 10;

let opened: Promise<Bed> | null = null;
const theBed = (): Promise<Bed> =>
  (opened ??= openBed({
    replicas: ROLES.length,
    direct: true,
    traffic: { seed: 3 },
    env: (n) => {
      const roles = ROLES[n] ?? null;
      if (roles === null) return {};
      if (roles !== "feeds") return { ROLES: roles };
      return { ROLES: roles, FEEDS: "simulator", SIMULATOR_RATE: String(SIMULATOR_RATE) };
    },
  }));
afterAll(async () => (await opened)?.close());

const say = (text: string): void => void process.stdout.write(`  ${text}\n`);
type Five = readonly [Replica, Replica, Replica, Replica, Replica];
const GROUPS = ["arterial-batch", "speed-layer-consumer"];

/** Waits until every partition has one owner and the members share them evenly. */
async function shared(bed: Bed, members: number, deadline_ms: number): Promise<number> {
  let seen = "";
  return until(`an even share for ${members}`, deadline_ms, async () => {
    const all = await Promise.all(GROUPS.map((group) => sharesOf(bed.servers.kafka.brokers, group)));
    seen = JSON.stringify(all);
    return all.every((shares) => {
      const sizes = shares.map((held) => held.length);
      const fair = sizes.every((n) => n >= Math.floor(4 / members) && n <= Math.ceil(4 / members));
      return shares.length === members && fair && new Set(shares.flat()).size === 4;
    });
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${seen}`);
  });
}

describe.skipIf((kafkaMissing() ?? redisMissing) !== null)("replicas", () => {
  test("case 11: two share the partitions, a third takes its part, and when one is killed the others have all of it within 10 s; nothing lost, nothing twice", async () => {
    const bed = await theBed();
    const [one, two, three] = bed.replicas as Five;
    await Promise.all([one.start(), two.start()]);
    await Promise.all([one.ready(), two.ready()]);
    await shared(bed, 2, 45_000);
    bed.listeners.slice(0, 3).forEach((listener) => listener.start());
    bed.producer.start(500);
    await bed.moved();
    await three.start();
    await three.ready();
    const joined_ms = await shared(bed, 3, 45_000);
    await bed.moved();
    await two.kill();
    const stall_ms = await bed.moved();
    const killed_ms = await shared(bed, 2, 45_000);
    await bed.producer.stop();
    const { faults, records } = await bed.judge();
    expect(faults).toEqual([]);
    expect(stall_ms).toBeLessThan(allowed(10_000));
    expect([...one.ends, ...three.ends]).toEqual([]);
    say(
      `${records} records; a third shares after ${joined_ms.toFixed(0)} ms; one killed: history goes on after ${stall_ms.toFixed(0)} ms, evenly shared ${killed_ms.toFixed(0)} ms later`,
    );
    await Promise.all([one.stop(), three.stop()]);
  }, 120_000);

  test("one process with the role web alone answers everything, another with the rest fills the stores", async () => {
    const bed = await theBed();
    const [, , , web, rest] = bed.replicas as Five;
    await Promise.all([web.start(), rest.start()]);
    await Promise.all([web.ready(), rest.ready()]);
    bed.listeners[3]?.start();
    bed.producer.start(500, 1_000);
    await bed.producer.finished();
    const { faults } = await bed.judge();
    expect(faults).toEqual([]);
    expect((await fetch(`${rest.url}/api/traffic/current`)).status).toBe(404);
    expect((await fetch(`${web.url}/`, { headers: { accept: "text/html" } })).status).toBe(200);
    await Promise.all([web.stop(), rest.stop()]);
  }, 60_000);

  test("of three with a simulator one reports; another takes over when it is killed", async () => {
    const bed = await theBed();
    const feeds = bed.replicas.slice(5);
    await Promise.all(feeds.map((one) => one.start()));
    const holder = async (): Promise<string | null> => {
      const [row] = await bed.sql()`select holder from leases where name = 'simulate' and until > now()`;
      return row === undefined ? null : String(row["holder"]);
    };
    let first: string | null = null;
    await until("a holder", 45_000, async () => (first = await holder()) !== null);
    let reports = await simulated(bed);
    await until("reports", 15_000, async () => (reports = await simulated(bed)).distinct > 2 * ROADS, 200);
    // Three that report would each make the same reports, with the same ids.
    expect(reports.repeats).toBe(0);
    const killed = feeds.find((one) => one.pid === Number(String(first).split(" ").at(-2)));
    expect(killed).toBeDefined();
    const { distinct } = reports;
    await killed?.kill();
    const other_ms = await until("another holder", 45_000, async () => ((await holder()) ?? first) !== first);
    await until(
      "reports again",
      45_000,
      async () => (reports = await simulated(bed)).distinct > distinct + 2 * ROADS,
      200,
    );
    await Promise.all(feeds.map((one) => one.stop()));
    // Whoever takes over begins with the newest report of every road.
    expect(reports.repeats).toBeLessThanOrEqual(ROADS);
    expect(other_ms).toBeLessThan(allowed(10_000));
    say(`the simulator of another replica reports ${other_ms.toFixed(0)} ms after the first was killed`);
  }, 90_000);
});

const ROADS = 1_247;

/** What the simulators have appended: reports, and those that stand there more than once. */
async function simulated(bed: Bed): Promise<{ distinct: number; repeats: number }> {
  const ids = (await readTopic(bed.servers.kafka.brokers))
    .filter(({ headers }) => headers["source"] === "simulator")
    .map(({ value }) => (JSON.parse(value?.toString() ?? "{}") as { event_id: string }).event_id);
  const distinct = new Set(ids).size;
  return { distinct, repeats: ids.length - distinct };
}

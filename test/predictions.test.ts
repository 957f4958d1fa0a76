/** Paper 004's first consumer on real Kafka, Redis and PostgreSQL: two replicas, of which one predicts, and is killed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Redis } from "ioredis";
import { formatInstant, minutes, seconds } from "../src/core/time.ts";
import { openBed, type Bed } from "./chaos/bed.ts";
import type { Replica } from "./chaos/replica.ts";
import { readTopic } from "./chaos/topic.ts";
import { until } from "./chaos/until.ts";
import { kafkaMissing } from "./kafka.ts";
import { redisMissing } from "./redis.ts";

const here = (kafkaMissing() ?? redisMissing) === null;
const TOPIC = "traffic-predictions";
const ROADS = Array.from({ length: 40 }, (_, i) => `demo_${String(i + 1).padStart(4, "0")}`);
const PAST_STEPS = 24;
/** Minutes that are measured, the last of which is the current one. */
const MINUTES = 7;
const HOLDS = `select holder from leases where name = 'predict' and until > now()`;

let bed: Bed;
let redis: Redis;

beforeAll(async () => {
  if (!here) return;
  bed = await openBed({ replicas: 2, direct: true, traffic: { seed: 7 }, env: () => ({ FEEDS: "none" }) });
  redis = new Redis(bed.servers.redis.url);
}, 120_000);
afterAll(async () => {
  redis?.disconnect();
  await bed?.close();
}, 60_000);

const speedOf = (road: number, ms: number): number =>
  Math.round((35 + 15 * Math.sin(road + ms / minutes(40))) * 100) / 100;
const measured = (ms: number): object[] =>
  ROADS.map((road_id, i) => ({
    road_id,
    timestamp: formatInstant(ms),
    current_speed: speedOf(i, ms),
    free_flow_speed: 50,
  }));
async function post(to: Replica, events: readonly object[]): Promise<void> {
  const answer = await fetch(`${to.url}/api/ingest/traffic`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  expect(answer.status).toBe(202);
}
const holder = async (): Promise<number> => {
  const [row] = await bed.sql().unsafe(HOLDS);
  return row === undefined ? 0 : Number(String(row["holder"]).split(" ").at(-2));
};
const stored = async (): Promise<{ n: number; roads_and_minutes: number }> => {
  const [row] = await bed.sql()`select count(*)::int as n,
    count(distinct (road_id, event_time))::int as roads_and_minutes from predictions`;
  return row as unknown as { n: number; roads_and_minutes: number };
};

describe.skipIf(!here)("predictions", () => {
  test("paper 004: consumer 1 (ml-prediction-group): traffic-raw → predictions table, traffic-predictions, road:{road_id}:predicted", async () => {
    const [one, two] = bed.replicas as [Replica, Replica];
    await one.start();
    await one.ready();
    const now = Date.now();
    const past = Array.from({ length: PAST_STEPS }, (_, k) =>
      measured(now - minutes(15) - minutes(5) * (PAST_STEPS - k)),
    );
    await post(one, past.flat());
    // Persistence is fitted to what was measured, as soon as there is enough of it.
    await until("a first prediction", 60_000, async () => {
      await post(one, measured(Date.now()));
      return (await stored()).n > 0;
    });
    await two.start();
    await two.ready();
    const first = await holder();
    expect([one.pid, two.pid]).toContain(first);

    const begun = Math.floor(Date.now() / minutes(1)) * minutes(1);
    const send = async (to: Replica, from: number, end: number): Promise<void> => {
      for (let k = from; k < end; k++)
        await post(to, measured(begun - minutes(MINUTES - 1 - k) + seconds(1)));
    };
    const [killed, other] = one.pid === first ? [one, two] : [two, one];
    await send(other, 0, 3);
    await killed.kill();
    await send(other, 3, MINUTES);
    const taken_ms = await until("another that predicts", 60_000, async () => (await holder()) === other.pid);
    const wanted = ROADS.length * MINUTES;
    await until("each road in each minute", 60_000, async () => {
      const [row] = await bed.sql()`select count(distinct (road_id, event_time))::int as n from predictions
        where event_time > ${new Date(begun - minutes(MINUTES))} and event_time <= ${new Date(begun)}`;
      return Number(row?.["n"]) >= wanted;
    });
    const { n, roads_and_minutes } = await stored();
    expect(n).toBe(roads_and_minutes);
    process.stdout.write(
      `  ${n} predictions, each once; another predicts ${taken_ms.toFixed(0)} ms after the kill\n`,
    );

    const records = await readTopic(bed.servers.kafka.brokers, TOPIC);
    const said = JSON.parse(records.at(-1)!.value!.toString()) as Record<string, unknown>;
    expect(records.at(-1)!.key).toBe(String(said["road_id"]));
    for (const field of ["predicted_speed_10min", "predicted_speed_20min", "predicted_speed_30min"])
      expect(said[field]).toBeNumber();
    expect(said["prediction_confidence"]).toBeWithin(0, 1.000_001);
    // One road, one partition: its predictions keep their order.
    const partitions = new Map<string, Set<number>>();
    for (const { key, partition } of records)
      partitions.set(key!, (partitions.get(key!) ?? new Set()).add(partition));
    expect([...partitions.values()].every((all) => all.size === 1)).toBe(true);

    const hash = await redis.hgetall(`road:${ROADS[0]}:predicted`);
    expect(Number(hash["predicted_speed_10min"])).toBeGreaterThan(0);
    const ttl = await redis.ttl(`road:${ROADS[0]}:predicted`);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(minutes(30) / 1_000);
    const answer = await fetch(`${other.url}/api/traffic/predictions/${ROADS[0]}`);
    expect(((await answer.json()) as { data: { road_id: string } }).data.road_id).toBe(ROADS[0]!);
  }, 180_000);
});

/** SIGKILL at random moments under load: nothing lost, nothing twice, windows equal a rebuild. */
import { afterAll, expect, test } from "bun:test";
import { openSql, type Sql } from "../src/postgres.ts";
import { formatInstant } from "../src/core/time.ts";
import { freePort, freshFolder, removeFolder, startInstance, type Instance } from "./instance.ts";

/** More, where there is time: `KILLS=20 bun test test/kill.test.ts`. */
const ROUNDS = Number(process.env["KILLS"] ?? 8);
const RATE_PER_S = 2_000;
const TICK_MS = 50;
const ROADS = 200;

const dir = freshFolder("kill");
let instance: Instance | null = null;
afterAll(async () => {
  await instance?.stop();
  removeFolder(dir);
});

/** Every id is sent once; those that were answered 202 must be stored, those that were not may be. */
class Producer {
  readonly acknowledged = new Set<string>();
  readonly sent = new Set<string>();
  #seq = 0;
  #stop = false;
  #ended: Promise<void> = Promise.resolve();

  start(url: string): void {
    this.#stop = false;
    this.#ended = this.#run(url);
  }
  stop(): Promise<void> {
    this.#stop = true;
    return this.#ended;
  }
  async #run(url: string): Promise<void> {
    const pending: Promise<void>[] = [];
    while (!this.#stop) {
      pending.push(this.#post(url));
      await Bun.sleep(TICK_MS);
    }
    await Promise.all(pending);
  }
  async #post(url: string): Promise<void> {
    const now = Date.now();
    const events = Array.from({ length: (RATE_PER_S * TICK_MS) / 1_000 }, () => {
      const seq = this.#seq++;
      const event_id = `k${seq}`;
      this.sent.add(event_id);
      return {
        event_id,
        road_id: `road-${seq % ROADS}`,
        timestamp: formatInstant(now - (seq % 7) * 1_000),
        current_speed: (seq * 37) % 120,
        free_flow_speed: 100,
      };
    });
    const response = await fetch(`${url}/api/ingest/traffic`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => null);
    if (response?.status === 202) for (const e of events) this.acknowledged.add(e.event_id);
    await response?.body?.cancel().catch(() => {});
  }
}

const start = async (port: number): Promise<Instance> =>
  startInstance({ dir, port, wait: "/readyz", env: { FEEDS: "none", SEED_HOURS: "0" } });

/** Waits until all of the log is in history. */
async function settled(sql: Sql): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const [row] = await sql`
      select (select coalesce(sum(next_offset), 0) from log_partitions where topic = 'traffic-raw')::int8 as ends,
             (select coalesce(sum(next_offset), 0) from offsets where stream = 'traffic')::int8 as stored`;
    if (row!["ends"] === row!["stored"]) return;
    await Bun.sleep(25);
  }
  throw new Error("Cannot wait longer: history does not reach the end of the log");
}

test("case 1: SIGKILL at a random moment under 2,000 events/s, again and again, the process alone and with its server: nothing lost, nothing twice", async () => {
  const port = await freePort();
  const producer = new Producer();
  for (let round = 0; round < ROUNDS; round++) {
    instance = await start(port);
    producer.start(instance.url);
    await Bun.sleep(150 + Math.random() * 900);
    await instance.kill(round % 2 === 1);
    await producer.stop();
  }
  instance = await start(port);
  const sql = openSql(instance.databaseUrl()!, { max: 1, application_name: "test" });
  await settled(sql);

  const rows = await sql`select event_id from traffic_data`;
  const stored = new Set(rows.map((row) => row["event_id"] as string));
  expect(rows.length).toBe(stored.size);
  expect([...producer.acknowledged].filter((id) => !stored.has(id))).toEqual([]);
  expect([...stored].filter((id) => !producer.sent.has(id))).toEqual([]);
  expect(producer.acknowledged.size).toBeGreaterThan(ROUNDS * 100);

  const [ledger] = await sql`
      select sum(consumed)::int8 as consumed, sum(stored)::int8 as stored, sum(duplicate)::int8 as duplicate, sum(dead)::int8 as dead, sum(next_offset)::int8 as next
      from offsets where stream = 'traffic'`;
  expect(ledger!["consumed"]).toBe(
    (ledger!["stored"] as number) + (ledger!["duplicate"] as number) + (ledger!["dead"] as number),
  );
  expect(ledger!["consumed"]).toBe(ledger!["next"]);
  expect(ledger!["stored"]).toBe(rows.length);

  const different = await sql`
      with anew as (
        select road_id, date_bin('5 minutes', event_time, timestamptz '1970-01-01Z') as window_start, count(*) as n,
               sum(round(current_speed::float8 * 100)::int8)::int8 as speed, min(current_speed) as least
        from traffic_data group by 1, 2)
      select count(*)::int8 as n from anew full join traffic_windows w using (road_id, window_start)
      where anew.n is distinct from w.n or anew.speed is distinct from w.current_speed_sum
         or round(anew.least::float8 * 100)::int8 is distinct from w.current_speed_min`;
  expect(different[0]!["n"]).toBe(0);
  await sql.end();
}, 180_000);

/** Anomalies through the log, on the log in memory and on PostgreSQL's: told once, whatever is sent twice, stopped or killed. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { decodeRecords } from "../src/core/records.ts";
import { pause } from "../src/core/pause.ts";
import { formatInstant, minutes, type Clock } from "../src/core/time.ts";
import { openMemoryHistory } from "../src/history/memory-history.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import type { Log } from "../src/log/log.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { openPostgresLog } from "../src/log/postgres-log.ts";
import type { Door } from "../src/sources/door.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { notifications } from "../src/streams/notifications.ts";
import { predictions } from "../src/streams/predictions.ts";
import { traffic } from "../src/streams/traffic.ts";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { cityOf } from "../test/serving-scene.ts";
import { detectAnomalies } from "./detect-anomalies.ts";

setDefaultTimeout(30_000);

const STREAMS = [traffic, predictions, notifications];
const ROADS = ["a", "b", "c", "d"];
const city = cityOf(ROADS);
const NOW_MS = Date.UTC(2026, 10, 20, 8, 0);
const clock: Clock & { ms: number } = {
  ms: NOW_MS,
  now: () => clock.ms,
  monotonic: () => performance.now(),
};

const opened: Log[] = [];
const databases: TestDatabase[] = [];
afterEach(async () => {
  clock.ms = NOW_MS;
  await Promise.all(opened.splice(0).map((log) => log.close()));
  await Promise.all(databases.splice(0).map((database) => database.drop()));
});

const logs: Readonly<Record<string, () => Promise<Log>>> = {
  memory: async () => openMemoryLog({ clock }),
  PostgreSQL: async () => {
    const database = await freshDatabase();
    databases.push(database);
    const { url } = database;
    const history = openPostgresHistory({ url, clock });
    await history.migrate();
    await history.close();
    return openPostgresLog({ url, clock, lease_ms: 800 });
  },
};

async function bedOf(name: string) {
  const log = await logs[name]!();
  opened.push(log);
  const specs = STREAMS.map(({ topic, partitions }) => ({ topic, partitions, retention_ms: 1e9 }));
  await log.createTopics([...specs, { topic: "dead-letters", partitions: 1, retention_ms: 1e9 }]);
  const door = createDoor({ log, city, clock });
  const history = openMemoryHistory({ clock });

  function start(using: Pick<Door, "accept"> = door) {
    const stop = new AbortController();
    const { service } = detectAnomalies({
      log,
      history,
      door: using,
      streams: STREAMS,
      city,
      clock,
      onWarning: () => {},
      wait_ms: 500,
    })!;
    const running = service.run(stop.signal);
    // What ends it is asked for later.
    running.catch(() => {});
    return {
      running,
      async stop() {
        stop.abort();
        await running;
      },
    };
  }

  /** Anomalies that stand in the log. */
  async function told() {
    const records = await log.read(notifications.topic, 0, 0, 1_000);
    return decodeRecords(notifications, 0, records, { city, now_ms: clock.now() }).flatMap((one) =>
      one.ok ? [one.event] : [],
    );
  }

  /** Waits until so many are told. */
  async function until(n: number) {
    const signal = AbortSignal.timeout(20_000);
    for (;;) {
      const all = await told();
      if (all.length >= n || signal.aborted) return all;
      await pause(20, signal);
    }
  }

  return { door, start, told, until };
}

interface Sending {
  road: string;
  /** Minutes before the clock from which on it is slow; never without it. */
  slow_from?: number;
  from?: number;
  backfill?: boolean;
  offset_ms?: number;
}

/** A road's last minutes, an event each, with forecasts of 41 to 55 km/h. */
async function send(
  door: Pick<Door, "accept">,
  { road, slow_from = -1, from = 38, backfill = false, offset_ms = 0 }: Sending,
): Promise<void> {
  const ago = Array.from({ length: from }, (_, i) => from - i);
  const at = (minute: number): string => formatInstant(clock.now() - minutes(minute) + offset_ms);
  const said = ago.map((minute) => ({
    event_id: `p ${road} ${at(minute + 12)}`,
    road_id: road,
    timestamp: at(minute + 12),
    predicted_speed_10min: 48,
    predicted_speed_20min: 48,
    predicted_speed_30min: 48,
    low_90_10min: 41,
    high_90_10min: 55,
  }));
  const measured = ago.map((minute) => ({
    event_id: `t ${road} ${at(minute)}`,
    road_id: road,
    timestamp: at(minute),
    current_speed: minute <= slow_from ? 12 : 47 + (minute % 4),
    free_flow_speed: 60,
  }));
  await door.accept(predictions, said, { source: "test", backfill });
  await door.accept(traffic, measured, { source: "test", backfill });
}

describe.each(Object.keys(logs))("on the log of %s", (name) => {
  test("a road that goes slow is told of once, though all is sent twice, backwards in time, too far ahead, and as a backfill", async () => {
    const { door, start, until, told } = await bedOf(name);
    await send(door, { road: "b", slow_from: 18, backfill: true });
    await send(door, { road: "a", slow_from: 18 });
    await send(door, { road: "a", slow_from: 18 });
    await send(door, { road: "c", slow_from: 18, offset_ms: -minutes(300) });
    const ahead = { road_id: "c", timestamp: formatInstant(clock.now() + minutes(60)), current_speed: 1 };
    expect((await door.accept(traffic, [ahead], { source: "test" })).accepted).toBe(0);
    const service = start();
    const [one] = await until(1);
    expect(one!.row).toMatchObject({
      alert_type: "anomaly",
      road_id: "a",
      road_name: "Road A",
      message: "Road A: 12 km/h at 08:50, expected 41 to 55",
    });
    // Another road's anomaly, sent after all that, is the second and last one.
    await send(door, { road: "d", slow_from: 18 });
    await until(2);
    await service.stop();
    expect((await told()).map(({ row }) => row["road_id"])).toEqual(["a", "d"]);
  });

  test("after a clock that was ahead goes back, roads are told of as before", async () => {
    const { door, start, until } = await bedOf(name);
    const service = start();
    clock.ms += minutes(180);
    await send(door, { road: "a", slow_from: 18 });
    await until(1);
    clock.ms -= minutes(180);
    await send(door, { road: "a", slow_from: 18 });
    const times = (await until(2)).map(({ event_time_ms }) => event_time_ms);
    await service.stop();
    expect(times).toEqual([clock.ms + minutes(170), clock.ms - minutes(10)]);
  });

  test("stopped and started again it tells nothing twice, and what happened meanwhile once", async () => {
    const { door, start, until, told } = await bedOf(name);
    await send(door, { road: "a", slow_from: 18 });
    const first = start();
    await until(1);
    await first.stop();
    await send(door, { road: "b", slow_from: 18 });
    const second = start();
    await until(2);
    await second.stop();
    await send(door, { road: "c", slow_from: 18 });
    const third = start();
    await until(3);
    await third.stop();
    expect((await told()).map(({ row }) => row["road_id"])).toEqual(["a", "b", "c"]);
  });

  test("killed before, or right after, it was told: told by the next one, once", async () => {
    const { door, start, until, told } = await bedOf(name);
    await send(door, { road: "a", slow_from: 18 });
    const dies = (after: boolean): Pick<Door, "accept"> => ({
      async accept(...asked) {
        if (after) await door.accept(...asked);
        throw new Error("killed");
      },
    });
    const before: unknown = await start(dies(false)).running.catch((error: unknown) => error);
    expect(String(before)).toContain("killed");
    expect(await told()).toEqual([]);
    await start(dies(true)).running.catch(() => {});
    expect(await told()).toHaveLength(1);
    const last = start();
    await send(door, { road: "b", slow_from: 18 });
    await until(2);
    await last.stop();
    const ids = (await told()).map(({ event_id }) => event_id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  test("what is found half an hour late is no news", async () => {
    const { door, start, until, told } = await bedOf(name);
    await send(door, { road: "a", slow_from: 18 });
    clock.ms += minutes(25);
    await send(door, { road: "b", slow_from: 18 });
    const service = start();
    await until(1);
    await service.stop();
    expect((await told()).map(({ row }) => row["road_id"])).toEqual(["b"]);
  });
});

test("an installation without predictions has no such service", () => {
  const log = openMemoryLog({ clock });
  opened.push(log);
  const history = openMemoryHistory({ clock });
  const door = createDoor({ log, city, clock });
  const options = { log, history, door, city, clock, onWarning: () => {} };
  expect(detectAnomalies({ ...options, streams: [traffic, notifications] })).toBeNull();
});

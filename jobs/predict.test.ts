/** Predictions as they flow: a log in memory, a real PostgreSQL, a real worker with real models. */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { batchConsumer } from "../src/batch/consumer.ts";
import { pause } from "../src/core/pause.ts";
import { formatInstant, minutes, seconds, type Clock } from "../src/core/time.ts";
import { openPostgresMinutes, type MinuteStore } from "../src/history/minutes/minute-rows.ts";
import type { ModelStore, NewModel } from "../src/history/models/model-store.ts";
import { openPostgresModels } from "../src/history/models/postgres-models.ts";
import { openPostgresHistory } from "../src/history/postgres-history.ts";
import type { Log } from "../src/log/log.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { openSql } from "../src/postgres.ts";
import { networkOf } from "../src/prediction/network-of.ts";
import { trainPersistence } from "../src/prediction/persistence/train.ts";
import { aDay, aMatrix } from "../src/prediction/scene.fixture.ts";
import type { Stranger } from "../src/prediction/flow/known-roads.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import type { Door } from "../src/sources/door.ts";
import { predictions, shadowPredictions } from "../src/streams/predictions.ts";
import { traffic } from "../src/streams/traffic.ts";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { cityOf, NOW_MS } from "../test/serving-scene.ts";
import { predict, type Predict, type PredictOptions } from "./predict.ts";

setDefaultTimeout(30_000);

const STREAMS = [traffic, predictions, shadowPredictions];
const ROADS = ["a", "b", "c", "d", "e", "f"];
const START_MS = Math.floor(NOW_MS / minutes(5)) * minutes(5);

const clock: Clock & { ms: number } = {
  ms: START_MS,
  now: () => clock.ms,
  monotonic: () => performance.now(),
};
const city = cityOf(ROADS);

let database: TestDatabase;
let log: Log;
let door: Door;
let minuteStore: MinuteStore;
let models: ModelStore;
let warnings: string[];
let running: { stop: () => Promise<void> }[];

beforeAll(async () => {
  database = await freshDatabase();
  const history = openPostgresHistory({ url: database.url, clock });
  await history.migrate();
  await history.close();
  minuteStore = openPostgresMinutes({ url: database.url });
  models = openPostgresModels({ url: database.url });
});
afterAll(async () => {
  await models.close();
  await minuteStore.close();
  await database.drop();
});
beforeEach(async () => {
  const sql = openSql(database.url, { max: 1, application_name: "test" });
  await sql`truncate models, traffic_data, traffic_windows, predictions, shadow_predictions, offsets, dead_letters`;
  await sql.end();
  clock.ms = START_MS;
  log = openMemoryLog({ clock });
  await log.createTopics([
    ...STREAMS.map(({ topic, partitions }) => ({ topic, partitions, retention_ms: 1e9 })),
    DEAD,
  ]);
  door = createDoor({ log, city, clock });
  warnings = [];
  running = [];
});
afterEach(async () => {
  for (const one of running) await one.stop();
  await log.close();
});
const DEAD = { topic: "dead-letters", partitions: 1, retention_ms: 1e9 };

const speedAt = aDay(1);
/** Persistence as it was learnt from so many steps; each number of steps is another model. */
const aModel = (steps: number): Promise<Uint8Array<ArrayBuffer>> =>
  trainPersistence(
    { network: networkOf(city), matrix: { ...aMatrix(ROADS.length, steps, speedAt), keys: ROADS } },
    { seed: 1 },
  );
const asModel = (model_version: string, state: NewModel["state"]): NewModel => ({
  model_version,
  kind: "persistence",
  state,
  reason: "as the test says",
  trained_from_ms: START_MS - 1,
  trained_to_ms: START_MS,
  seed: 1,
  code_version: "test",
  roads_n: ROADS.length,
  verdict: null,
  margins: null,
});

function start(over: Partial<PredictOptions> = {}): Predict {
  const one = predict({
    log,
    history: minuteStore,
    models,
    door,
    streams: STREAMS,
    city,
    clock,
    trial_share: 0,
    network: async (strangers: readonly Stranger[]) =>
      networkOf(
        city,
        strangers.map(({ road_id, free_flow_speed }) => ({ road_id, free_flow_speed, at: null })),
      ),
    lately: async () => null,
    onWarning: (_, message) => warnings.push(message),
    gather_ms: 5,
    look_ms: 20,
    ...over,
  })!;
  const stop = new AbortController();
  const done = one.service.run(stop.signal);
  done.catch(() => {});
  running.push({
    stop: async () => {
      stop.abort();
      await done.catch(() => {});
    },
  });
  return one;
}

interface Sent {
  road_id: string;
  at_ms: number;
  speed?: number;
  backfill?: boolean;
  road_closed?: boolean;
}
const send = async (events: readonly Sent[]): Promise<void> => {
  for (const backfill of [false, true]) {
    const some = events.filter((one) => (one.backfill ?? false) === backfill);
    if (some.length === 0) continue;
    await door.accept(
      traffic,
      some.map(({ road_id, at_ms, speed = 40, road_closed }) => ({
        road_id,
        timestamp: formatInstant(at_ms),
        current_speed: speed,
        free_flow_speed: 60,
        ...(road_closed === undefined ? {} : { road_closed }),
      })),
      { source: "test", backfill },
    );
  }
};
const everyRoad = (at_ms: number): Sent[] => ROADS.map((road_id) => ({ road_id, at_ms }));

interface Said {
  road_id: string;
  timestamp: string;
  event_id: string;
  model_version: string;
  [field: string]: unknown;
}
/** All that stands on a topic. */
async function said(topic: string): Promise<Said[]> {
  const ends = await log.ends([topic]);
  const records = await Promise.all(ends.map(({ partition }) => log.read(topic, partition, 0, 10_000)));
  return records.flat().map(({ value }) => JSON.parse(new TextDecoder().decode(value!)) as Said);
}
async function untilSaid(n: number, topic = predictions.topic): Promise<Said[]> {
  for (let tries = 0; ; tries++) {
    const all = await said(topic);
    if (all.length >= n) return all;
    if (tries > 500) throw new Error(`${all.length} of ${n} on ${topic}; ${warnings.join("; ")}`);
    await Bun.sleep(20);
  }
}
const marks = (all: readonly Said[]): string[] => all.map((one) => `${one.road_id} ${one.timestamp}`);

/** Sends a minute of measurements of all roads, every ten seconds. */
async function aMinute(): Promise<void> {
  for (let second = 0; second < 60; second += 10) await send(everyRoad(clock.ms + seconds(second)));
  clock.ms += minutes(1);
}

async function store(): Promise<void> {
  const stop = new AbortController();
  // A new one: each test has another log.
  const history = openPostgresHistory({ url: database.url, clock });
  const consumer = batchConsumer({ log, history, streams: STREAMS, city, clock, batch_ms: 5 });
  const done = consumer.run(stop.signal);
  const ends = await log.ends(STREAMS.map(({ topic }) => topic));
  const behind = async (): Promise<boolean> => {
    const applied = await history.applied(STREAMS);
    return STREAMS.some((stream) =>
      ends.some(
        ({ topic, partition, end_offset }) =>
          topic === stream.topic && (applied[stream.name]?.[partition] ?? 0) < end_offset,
      ),
    );
  };
  for (let tries = 0; await behind(); tries++) {
    if (tries > 500) throw new Error("history does not come up with the log");
    await Bun.sleep(20);
  }
  stop.abort();
  await done;
  await history.close();
}

async function stored(
  table: "predictions" | "shadow_predictions",
): Promise<{ road_id: string; n: number }[]> {
  const sql = openSql(database.url, { max: 1, application_name: "test" });
  const rows = await sql.unsafe<{ road_id: string; n: number }[]>(
    `select road_id || ' ' || to_char(event_time at time zone 'UTC', 'HH24:MI') as road_id, count(*)::int as n from ${table} group by 1 order by 1`,
  );
  await sql.end();
  return [...rows];
}

describe("predictions", () => {
  test("each road is predicted once a minute, from its first measurement in it; what was predicted says how sure it is", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    start();
    await aMinute();
    await aMinute();
    const all = await untilSaid(2 * ROADS.length);
    await send(everyRoad(clock.ms));
    const more = await untilSaid(3 * ROADS.length);
    expect(marks(more).toSorted()).toEqual([...new Set(marks(more))].toSorted());
    for (const one of all) {
      expect(one.model_version).toBe("one");
      expect(one["predicted_speed_10min"]).toBe(40);
      expect(one["low_90_30min"] as number).toBeLessThanOrEqual(one["low_50_30min"] as number);
      expect(one["prediction_confidence"] as number).toBeGreaterThan(0);
      expect(one.timestamp).toMatch(/:00Z$/);
    }
    await store();
    expect((await stored("predictions")).map(({ n }) => n)).toEqual(Array<number>(3 * ROADS.length).fill(1));
  });

  test("killed before it told the group, it predicts again, and the table has each prediction once", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    // A process that is killed leaves no commit.
    const forgetful: Log = Object.create(log, {
      consume: {
        value: async (options: Parameters<Log["consume"]>[0]) => {
          const consumer = await log.consume(options);
          return Object.create(consumer, {
            commit: { value: async () => {} },
            close: { value: () => consumer.close() },
            assignment: { value: () => consumer.assignment() },
            done: { value: consumer.done },
          });
        },
      },
    });
    start({ log: forgetful });
    await aMinute();
    await untilSaid(ROADS.length);
    await running.pop()!.stop();
    start();
    await aMinute();
    const all = await untilSaid(3 * ROADS.length);
    expect(new Set(all.map(({ event_id }) => event_id)).size).toBe(2 * ROADS.length);
    await store();
    expect((await stored("predictions")).map(({ n }) => n)).toEqual(Array<number>(2 * ROADS.length).fill(1));
  });

  test("a restart has the last hour from history: what it says is what it would have said", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    for (const speed of [30, 50]) {
      await send(ROADS.map((road_id) => ({ road_id, at_ms: clock.ms, speed })));
      clock.ms += seconds(10);
    }
    await store();
    start();
    // Read again from the log, and not counted twice beside what history held: the mean of the five minutes is 40.
    const all = await untilSaid(ROADS.length);
    expect(all.map(({ current_speed }) => current_speed)).toEqual(ROADS.map(() => 40));
  });

  test("what is replayed, closed, or long ago is not predicted; a road that is new is, once the model was told of it", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    start();
    await send([
      { road_id: "a", at_ms: clock.ms, backfill: true },
      { road_id: "b", at_ms: clock.ms, road_closed: true },
      { road_id: "c", at_ms: clock.ms - minutes(11) },
      { road_id: "d", at_ms: clock.ms },
    ]);
    expect(marks(await untilSaid(1))).toEqual([`d ${formatInstant(clock.ms)}`]);
    await running.pop()!.stop();
    await send([{ road_id: "stranger", at_ms: clock.ms }]);
    await store();
    start({ rebind_ms: 0 });
    await send([{ road_id: "stranger", at_ms: clock.ms + minutes(1) }]);
    const all = await untilSaid(3);
    expect(all.map(({ road_id }) => road_id)).toEqual(["d", "stranger", "stranger"]);
  });

  test("another champion is taken over between two turns: no minute of any road is missed", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    const one = start();
    for (let minute = 0; minute < 12; minute++) {
      await aMinute();
      if (minute === 3) {
        await untilSaid(1);
        await models.save(asModel("two", "challenger"), await aModel(200));
        await models.promote("two", "as the test says");
      }
      if (minute >= 3) await Bun.sleep(10);
      if (minute === 7)
        for (let t = 0; one.status()?.model_version !== "two" && t < 500; t++) await Bun.sleep(10);
    }
    const all = await untilSaid(12 * ROADS.length);
    expect(new Set(marks(all)).size).toBe(12 * ROADS.length);
    expect(all.length).toBe(12 * ROADS.length);
    expect(new Set(all.map(({ model_version }) => model_version))).toEqual(new Set(["one", "two"]));
    expect(warnings).toEqual([]);
  });

  test("a clock that was ahead and goes back: it begins anew with the hour that was measured, and predicts", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    start();
    for (let minute = 0; minute < 5; minute++) await aMinute();
    await untilSaid(5 * ROADS.length);
    await store();
    clock.ms += minutes(60);
    await aMinute();
    await untilSaid(6 * ROADS.length);
    clock.ms -= minutes(60);
    await aMinute();
    // What made it begin anew is read again: it was not told to be done.
    const minute = formatInstant(clock.ms - minutes(1));
    const ofMinute = (all: readonly Said[]): unknown[] =>
      all.filter(({ timestamp }) => timestamp === minute).map(({ road_id }) => road_id);
    let all: Said[] = [];
    for (let n = 7 * ROADS.length; new Set(ofMinute(all)).size < ROADS.length; n++) all = await untilSaid(n);
    expect(warnings.join()).toContain("clock went back");
  });

  test("a champion whose file is broken is named, and the one before goes on; without one, what was measured lately serves", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    const one = start();
    await aMinute();
    await untilSaid(ROADS.length);
    await models.save(asModel("broken", "challenger"), (await aModel(288)).slice(0, 5_000));
    await models.promote("broken", "as the test says");
    for (let t = 0; !warnings.join().includes("goes on") && t < 500; t++) await Bun.sleep(10);
    expect(warnings.join()).toContain("Model broken cannot be loaded, one goes on");
    expect(warnings.join()).toContain("cut off");
    await aMinute();
    const all = await untilSaid(2 * ROADS.length);
    expect(all.map(({ model_version }) => model_version)).toEqual(Array<string>(12).fill("one"));
    expect(one.status()?.model_version).toBe("one");
    await running.pop()!.stop();
    start({
      lately: async () => ({
        network: networkOf(city),
        matrix: { ...aMatrix(ROADS.length, 288, speedAt), keys: ROADS },
      }),
    });
    await aMinute();
    const last = await untilSaid(3 * ROADS.length);
    expect(new Set(last.map(({ model_version }) => model_version))).toEqual(new Set(["one", "persistence"]));
  });

  test("with no model and nothing measured nothing is predicted, and it says what it waits for", async () => {
    const one = start();
    await aMinute();
    for (let t = 0; one.status()?.waits_for?.includes("nothing") !== true && t < 500; t++)
      await Bun.sleep(10);
    expect(one.status()).toMatchObject({ model_version: null, predicted: 0 });
    expect(one.status()!.waits_for).toBe("there is nothing to predict from: nothing was measured yet");
    await pause(50, new AbortController().signal);
    expect(await said(predictions.topic)).toEqual([]);
  });

  test("a challenger predicts all roads beside the champion; of a share of them its predictions are shown", async () => {
    await models.save(asModel("one", "champion"), await aModel(288));
    await models.save(asModel("two", "challenger"), await aModel(200));
    start({ trial_share: 0.5 });
    await aMinute();
    const shown = await untilSaid(ROADS.length);
    const of = (version: string): string[] =>
      shown.filter(({ model_version }) => model_version === version).map(({ road_id }) => road_id);
    const trial = await untilSaid(of("one").length, shadowPredictions.topic);
    expect(of("one").length).toBeGreaterThan(0);
    expect(of("two").length).toBeGreaterThan(0);
    expect([...of("one"), ...of("two")].toSorted()).toEqual(ROADS);
    // Judged on all roads: on the topic of trials, or on that of all.
    expect(trial.map(({ road_id }) => road_id).toSorted()).toEqual(of("one").toSorted());
    expect(new Set(trial.map(({ model_version }) => model_version))).toEqual(new Set(["two"]));
  });
});

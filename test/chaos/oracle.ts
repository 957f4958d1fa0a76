/** Judges what a run has left behind: nothing lost, nothing twice, everybody shows the same newest state. */
import { Redis } from "ioredis";
import { openSql, type Sql } from "../../src/postgres.ts";
import { expectedOf, type Expected } from "./expected.ts";
import type { Listener } from "./listener.ts";
import { faultsInHistory } from "./oracle-history.ts";
import { readTopic, topicEnds } from "./topic.ts";
import type { Producer } from "./producer.ts";
import type { Traffic } from "./traffic.ts";
import { messageOf, until } from "./until.ts";

export interface Judged {
  traffic: Traffic;
  producer: Producer;
  /** Straight to the servers, past any proxy. */
  brokers: string;
  database_url: string;
  redis_url: string;
  /** Of the instances that answer pages. */
  web: readonly string[];
  listeners: readonly Listener[];
}

export interface Verdict {
  faults: readonly string[];
  records: number;
  stored: number;
  duplicate: number;
  dead: number;
  /** How long it took after the last record until history held everything, ms. */
  settled_ms: number;
}

const QUIET_MS = 60_000;
const SAME_MS = 20_000;
const TTL_MS = 600_000;
const SHOWN_MAX = 4;

export async function judge(judged: Judged): Promise<Verdict> {
  const sql = openSql(judged.database_url, { max: 2, application_name: "oracle" });
  try {
    return await verdictOf(judged, sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function verdictOf(judged: Judged, sql: Sql): Promise<Verdict> {
  const faults: string[] = [];
  const fault = (text: string): void => void faults.push(text);
  const ends = await topicEnds(judged.brokers);
  const settled_ms = await settled(sql, ends).catch((error: unknown) => {
    fault(messageOf(error));
    return QUIET_MS;
  });
  const expected = expectedOf(await readTopic(judged.brokers), judged.traffic);
  for (const stranger of expected.strangers.slice(0, SHOWN_MAX)) fault(`nobody sent ${stranger}`);
  const lost = [...judged.producer.confirmed].filter((id) => !expected.events.has(id));
  if (lost.length > 0) fault(`${lost.length} confirmed events are not in the topic: ${some(lost)}`);
  const history = await faultsInHistory(sql, expected);
  history.faults.forEach(fault);
  for (const check of [redisFaults, ...judged.web.map(webFaults), ...judged.listeners.map(listenerFaults)])
    (await sameSoon(() => check(judged, expected))).forEach(fault);
  for (const { name, older, connections, resumed, resyncs } of judged.listeners)
    if (older.length > 0)
      fault(
        `${name} (${connections} connections, ${resumed} resumed, ${resyncs} resyncs) was sent ${older.length} older states after newer: ${some(older)}`,
      );
  return { faults, settled_ms, records: expected.records, ...history.terms };
}

/** Waits until history has read the topic to its end. */
async function settled(sql: Sql, ends: ReadonlyMap<number, number>): Promise<number> {
  let at = "";
  const holds = async (): Promise<boolean> => {
    const rows = await sql`select partition, next_offset from offsets where stream = 'traffic'`;
    const next = new Map(rows.map((row) => [Number(row["partition"]), Number(row["next_offset"])]));
    at = [...ends].map(([partition, end]) => `${next.get(partition) ?? 0}/${end}`).join(" ");
    return [...ends].every(([partition, end]) => (next.get(partition) ?? 0) >= end);
  };
  try {
    return await until("everything in history", QUIET_MS, () => holds().catch(() => false), 50);
  } catch {
    throw new Error(`history did not reach the end of the topic within ${QUIET_MS} ms: ${at}`);
  }
}

type Check = (judged: Judged, expected: Expected) => Promise<readonly string[]> | readonly string[];

/** What must become true: asked again until there is no fault, or the time is up. */
async function sameSoon(check: () => ReturnType<Check>): Promise<readonly string[]> {
  let faults: readonly string[] = [];
  await until(
    "the same state",
    SAME_MS,
    async () => {
      try {
        faults = await check();
      } catch (error) {
        faults = [messageOf(error)];
      }
      return faults.length === 0;
    },
    250,
  ).catch(() => {});
  return faults;
}

/** The roads that are still live, and those that are not. */
function liveRoads({ newest }: Expected): Map<string, string | null> {
  const now_ms = Date.now();
  // Near the end of its time a road may be seen either way.
  const near = (ms: number): boolean => Math.abs(now_ms - ms - TTL_MS) < 5_000;
  return new Map(
    [...newest]
      .filter(([, event]) => !near(event.event_time_ms))
      .map(([road, event]) => [road, event.event_time_ms + TTL_MS > now_ms ? event.event_id : null]),
  );
}

function differences(where: string, expected: Expected, has: (road: string) => string | null): string[] {
  const wrong = [...liveRoads(expected)].filter(([road, id]) => has(road) !== id);
  if (wrong.length === 0) return [];
  const shown = wrong.map(([road, id]) => `${road}: ${has(road)}, not ${id}`);
  return [`${where} shows another newest event for ${wrong.length} roads: ${some(shown)}`];
}

const redisFaults: Check = async ({ redis_url }, expected) => {
  const redis = new Redis(redis_url, { maxRetriesPerRequest: 1, connectTimeout: 1_000 });
  redis.on("error", () => {});
  try {
    const held = new Map<string, string | null>();
    for (const road of expected.newest.keys())
      held.set(road, (await redis.hget(`road:${road}:current`, "event_id")) ?? null);
    return differences("Redis", expected, (road) => held.get(road) ?? null);
  } finally {
    redis.disconnect();
  }
};

const webFaults =
  (url: string): Check =>
  async (_, expected) => {
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
    if (ready.status !== 200) return [`${url}/readyz answers ${ready.status}: ${await ready.text()}`];
    const response = await fetch(`${url}/api/traffic/current`, { signal: AbortSignal.timeout(3_000) });
    const { data, meta } = (await response.json()) as {
      data: readonly { road_id: string; event_id: string }[];
      meta: { layer: string };
    };
    if (meta.layer !== "speed") return [`${url} answers from layer ${meta.layer}`];
    const shown = new Map(data.map((row) => [row.road_id, row.event_id]));
    return differences(url, expected, (road) => shown.get(road) ?? null);
  };

/** A client keeps what it has seen, also of roads that are no longer live. */
const listenerFaults =
  (listener: Listener): Check =>
  (_, expected) => {
    const live = liveRoads(expected);
    return differences(`${listener.name} (${listener.connections} connections)`, expected, (road) =>
      live.get(road) === null ? null : (listener.last.get(road)?.event_id ?? null),
    );
  };

export const some = (list: readonly string[]): string =>
  list.slice(0, SHOWN_MAX).join("; ") + (list.length > SHOWN_MAX ? "; …" : "");

/**
 * A small platform for tests of the pages: the demo city, the real door, log, hub, routes and pages; reads are answered from
 * what was told. Nothing moves unless the test tells it to.
 */
import { createApp } from "../src/app.ts";
import { demo } from "../src/cities/demo/index.ts";
import type { City } from "../src/core/city.ts";
import { congestionLevels, isCongested, type CongestionLevel } from "../src/core/congestion.ts";
import { formatCursor } from "../src/core/cursor.ts";
import { decoderOf } from "../src/core/decode.ts";
import { ProblemError } from "../src/core/errors.ts";
import { answerRow } from "../src/core/json.ts";
import { formatInstant, localTime, systemClock } from "../src/core/time.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { hubFeed } from "../src/push/feed.ts";
import { createHub } from "../src/push/hub.ts";
import type {
  Answer,
  CitySummary,
  CurrentRow,
  Meta,
  RoadView,
  Serving,
  StreamStatus,
  WindowRow,
} from "../src/serving/answer.ts";
import type { StoredDeadLetter } from "../src/serving/dead-letters.ts";
import type { RoadExplanation } from "../src/serving/explain-answer.ts";
import { levelRule } from "../src/serving/explain-rule.ts";
import { explainSentence } from "../src/serving/explain-sentence.ts";
import type { TrafficDay, TrafficDayQuery } from "../src/serving/traffic-day-answer.ts";
import { createDoor } from "../src/sources/gather-door.ts";
import { createTraffic } from "../src/sources/simulator/traffic.ts";
import { unobserved, type Delivery } from "../src/serving/delivery.ts";
import { traffic } from "../src/streams/traffic.ts";
import { fakePatterns } from "./patterns-fixture.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { liveRoutes } from "../routes/live.ts";
import { pageGroups, pageNotes, pageRoutes } from "../routes/pages/index.ts";

/** Place of the road that stood a while ago, by the day that the platform tells. */
export const DAY_JAM = 15;

export interface Reading {
  road_id: string;
  road_name?: string;
  current_speed: number;
  free_flow_speed?: number;
  road_closed?: boolean;
  latitude?: number;
  longitude?: number;
  timestamp?: string;
}

export interface BrowserPlatform {
  url: string;
  city: City;
  /** Through the door, the log and the hub, as any source's events. */
  tell(readings: readonly Reading[]): Promise<void>;
  /** What the job does each second. */
  note(): Promise<void>;
  /** Readings of all roads as the simulator has them at an instant. */
  simulated(ms: number): Reading[];
  replayed: string[];
  /** Stops answering, as a killed process does, and comes back on the same port. */
  kill(): Promise<void>;
  revive(): void;
  close(): Promise<void>;
}

const SLOT_MS = 300_000;

export async function browserPlatform(
  options: { port?: number; windows?: boolean; admin_token?: string; delivery?: () => Delivery } = {},
): Promise<BrowserPlatform> {
  const clock = systemClock;
  const city = demo();
  const flow = createTraffic(city, 7);
  const log = openMemoryLog({ clock });
  await log.createTopics([
    { topic: traffic.topic, partitions: traffic.partitions, retention_ms: traffic.log_retention_ms },
  ]);
  const epoch = await log.epoch();
  const door = createDoor({ log, city, clock });
  const hub = createHub({ streams: [traffic], clock, epoch });
  const feed = await hubFeed({ log, hub, streams: [traffic], city, clock });
  const latest = new Map<string, CurrentRow>();
  const replayed: string[] = [];

  const cursor = (): string =>
    formatCursor(epoch, {
      traffic: Array.from({ length: traffic.partitions }, (_, p) => hub.position(traffic, p) ?? 0),
    });
  const metaOfRows = (rows: readonly CurrentRow[]): Meta => {
    const newest = Math.max(...rows.map((row) => Date.parse(row.as_of)));
    const age_ms = rows.length === 0 ? null : Math.max(0, clock.now() - newest);
    return {
      cursor: cursor(),
      layer: "speed",
      as_of: age_ms === null ? null : formatInstant(newest),
      age_ms,
      stale: age_ms === null || age_ms > 30_000,
      coverage: 1,
    };
  };
  const now = (): CurrentRow[] =>
    [...latest.values()].map((row) => ({ ...row, stale: clock.now() - Date.parse(row.as_of) > 30_000 }));
  const answer = <T>(data: T, rows: readonly CurrentRow[]): Answer<T> => ({ data, meta: metaOfRows(rows) });

  const summary = async (): Promise<CitySummary> => {
    const rows = now();
    const counts = Object.fromEntries(congestionLevels.map((level) => [level, 0])) as Record<
      CongestionLevel,
      number
    >;
    for (const row of rows) counts[row["congestion_level"] as CongestionLevel]++;
    const ids = new Set(city.roads.map((road) => road.road_id));
    const roads = ids.size + rows.filter((row) => !ids.has(String(row["road_id"]))).length;
    counts.unknown += roads - rows.length;
    const bad = rows.filter((row) => isCongested(row["congestion_level"] as CongestionLevel));
    const length = new Map(city.roads.map((road) => [road.road_id, road.length_km]));
    const lost = (row: CurrentRow): number => {
      const km = length.get(String(row["road_id"])) ?? 0;
      return Math.max(
        0,
        (km / Math.max(1, Number(row["current_speed"])) - km / Number(row["free_flow_speed"])) * 3_600,
      );
    };
    const { as_of, age_ms, stale } = metaOfRows(rows);
    return {
      as_of,
      age_ms,
      stale,
      roads,
      counts,
      congested: bad.length,
      usual: { congested: 8, days: 3, basis: "any-day" },
      sentence:
        as_of === null
          ? "No road has reported yet."
          : `${bad.length} of ${roads.toLocaleString("en-US")} roads congested, ${Math.abs(bad.length - 8)} ${bad.length >= 8 ? "more" : "fewer"} than usual for ${["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][localTime(clock.now(), city.zone).weekday - 1]}`,
      worst: bad
        .sort((a, b) => lost(b) - lost(a))
        .slice(0, 50)
        .map((row) => ({
          road_id: String(row["road_id"]),
          road_name: String(row["road_name"] ?? row["road_id"]),
          congestion_level: row["congestion_level"] as CongestionLevel,
          current_speed: Number(row["current_speed"]),
          free_flow_speed: Number(row["free_flow_speed"]),
          delay_s: lost(row),
          as_of: row.as_of,
          stale: row.stale,
        })),
    };
  };

  const status = (): StreamStatus => {
    const rows = now();
    const { as_of, age_ms } = metaOfRows(rows);
    const partitions = Array.from({ length: traffic.partitions }, (_, partition) => {
      const end = hub.position(traffic, partition) ?? 0;
      return {
        partition,
        next_offset: end,
        end_offset: end,
        lag_events: 0,
        lag_ms: 0,
        age_ms,
        consumed: end,
        stored: end,
        duplicate: 0,
        dead: 0,
        late: 0,
        unknown_fields: 0,
        watermark: as_of,
      };
    });
    const sum = partitions.reduce((all, p) => all + p.consumed, 0);
    return {
      stream: "traffic",
      label: traffic.label,
      topic: traffic.topic,
      internal: false,
      state: as_of === null ? "empty" : "live",
      as_of,
      age_ms,
      events_per_s: 124.7,
      consumed: sum,
      stored: sum,
      duplicate: 0,
      dead: 0,
      late: 0,
      unknown_fields: 0,
      rejected: [{ source: "http", count: 3 }],
      log: "there",
      lag_events: 0,
      lag_ms: 0,
      watermark: as_of,
      ledger_difference: 0,
      open_dead_letters: letters().filter((l) => l.state === "open").length,
      layer: "speed",
      live_keys: rows.length,
      expected_keys: city.roads.length,
      partitions,
    };
  };

  const letters = (): StoredDeadLetter[] =>
    ["-1", '"fast"', "412"].map((value, i) => ({
      dead_letter_id: String(i + 1),
      stream: "traffic",
      topic: "dead-letters",
      partition: 0,
      offset: 40 + i,
      source: i === 1 ? "replay" : "http",
      received_at_ms: clock.now() - 60_000 * (i + 1),
      reason: i === 1 ? "schema" : "range",
      pointer: "/current_speed",
      value,
      rule: i === 1 ? "must be a number" : i === 0 ? "must be at least 0" : "must be at most 300",
      state: replayed.includes(String(i + 1)) ? "replayed" : "open",
      attempts: replayed.includes(String(i + 1)) ? 1 : 0,
      payload: new Uint8Array(),
      payload_bytes: 0,
      payload_sha256: "",
    }));

  const windowsOf = (index: number, hours: number): WindowRow[] => {
    const end = Math.floor(clock.now() / SLOT_MS) * SLOT_MS;
    const road = city.roads[index]!;
    return Array.from({ length: hours * 12 }, (_, i) => {
      const start = end - (hours * 12 - i - 1) * SLOT_MS;
      const speeds = [0, 1, 2, 3, 4].map((m) => flow.at(start + m * 60_000).speed(index));
      const mean = speeds.reduce((a, b) => a + b, 0) / speeds.length;
      return {
        window_start: formatInstant(start),
        window_end: formatInstant(start + SLOT_MS),
        road_id: road.road_id,
        n: 30,
        current_speed_mean: mean,
        current_speed_stddev: 1.2,
        current_speed_min: Math.min(...speeds) * 0.94,
        current_speed_max: Math.max(...speeds) * 1.04,
        free_flow_speed_mean: road.free_flow_speed,
        congested_n: 0,
      };
    });
  };

  const road = async (road_id: string, hours: number): Promise<RoadView> => {
    const index = city.roads.findIndex((r) => r.road_id === road_id);
    const row = now().find((r) => r["road_id"] === road_id) ?? null;
    if (index < 0 && row === null)
      throw new ProblemError({
        name: "not-found",
        detail: `There is no road ${JSON.stringify(road_id)}: it is not in the network, and no event names it`,
      });
    const base = city.roads[index];
    const place: [number, number] | null =
      row !== null && typeof row["longitude"] === "number"
        ? [row["longitude"], Number(row["latitude"])]
        : null;
    const midnight = Math.floor(clock.now() / 86_400_000) * 86_400_000;
    return {
      road:
        base === undefined
          ? {
              road_id,
              road_name: String(row?.["road_name"] ?? road_id),
              road_class: null,
              district: null,
              free_flow_speed: null,
              length_km: null,
              geometry: place === null ? null : { type: "Point", coordinates: place },
              neighbours: [],
            }
          : { ...base, geometry: { type: "LineString", coordinates: base.geometry } },
      now: row,
      windows: index < 0 || options.windows === false ? [] : windowsOf(index, hours),
      typical: Array.from({ length: 288 }, (_, slot) =>
        index < 0 ? null : flow.at(midnight - 7 * 86_400_000 + slot * SLOT_MS).speed(index),
      ),
      typical_days: 3,
      meta: metaOfRows(row === null ? [] : [row]),
    };
  };

  const explain = async (road_id: string): Promise<Answer<RoadExplanation>> => {
    const view = await road(road_id, 1);
    const { as_of, stale, ...event } = view.now ?? { as_of: null, stale: true };
    const level = as_of === null ? null : levelRule(event);
    const window = view.windows.at(-1);
    const data: RoadExplanation = {
      road_id,
      road_name: view.road.road_name,
      sentence: explainSentence(level, stale, view.meta.age_ms),
      level,
      event: as_of === null ? null : { ...event, source: "test" },
      log:
        as_of === null
          ? null
          : {
              topic: traffic.topic,
              partition: 2,
              offset: 48_211,
              received_at: as_of,
              stored: true,
              first: null,
            },
      window:
        as_of === null || window === undefined
          ? null
          : {
              ...window,
              holds_event: true,
              final: false,
              final_from: formatInstant(Date.parse(String(window["window_end"])) + traffic.lateness_ms),
              watermark: as_of,
            },
      layer: as_of === null ? null : "speed",
      why_layer:
        as_of === null
          ? "The live view does not hold the road, and history has no event of it either"
          : "The live view answers, and holds the road",
      breaker: "closed",
      raw_url: as_of === null ? null : `/api/data/traffic?key=${encodeURIComponent(road_id)}`,
    };
    return { data, meta: view.meta };
  };

  /** Fixed: everywhere 90 % of free flow, and a road that stood for an hour, two hours before the range's end. Typically nothing stands. */
  const trafficDay = async ({ from_ms, to_ms, of }: TrafficDayQuery): Promise<TrafficDay> => {
    const step_ms = traffic.windows!.size_ms;
    const steps = Array.from({ length: (to_ms - from_ms) / step_ms }, (_, i) => from_ms + i * step_ms);
    const roads = city.roads.map(({ road_id }) => road_id);
    const stood = (at: number): boolean =>
      of === null && at >= to_ms - 36 * step_ms && at < to_ms - 24 * step_ms;
    const percent = new Uint8Array(steps.length * roads.length).fill(90);
    for (const [i, at] of steps.entries()) if (stood(at)) percent[i * roads.length + DAY_JAM] = 20;
    return {
      roads,
      steps,
      step_ms,
      percent,
      congested: steps.map((at) => (stood(at) ? 1 : 0)),
      reporting: steps.map(() => roads.length),
      days: of === "typical" ? 4 : 1,
      closed: false,
      meta: answer([], now()).meta,
    };
  };

  const none = (): Promise<never> => Promise.reject(new Error("not asked by pages"));
  const serving: Serving = {
    async current(_, query) {
      const rows = now().filter(
        (row) => query.keys === undefined || query.keys.includes(String(row["road_id"])),
      );
      return answer(rows, rows);
    },
    async shared() {
      const rows = now();
      return {
        etag: 'W/"x"',
        json: new Uint8Array(),
        gzip: new Uint8Array(),
        max_age_ms: 500,
        answer: answer(rows, rows),
      };
    },
    one: none,
    history: async (_, road_id, { from_ms, to_ms }) => {
      // The same day again and again: making windows of a week would take longer than the page.
      const { windows, meta } = await road(road_id, 24);
      const days = Array.from({ length: Math.ceil((to_ms - from_ms) / 86_400_000) }, (_day, back) => back);
      const at = (text: unknown, back: number): string =>
        formatInstant(Date.parse(String(text)) - back * 86_400_000);
      return {
        data: days.flatMap((back) =>
          windows.map((row) => ({ ...row, window_start: at(row["window_start"], back) })),
        ),
        meta,
      };
    },
    patterns: fakePatterns(metaOfRows([]), () => {}),
    windows: none,
    data: none,
    export: none,
    roads: none,
    road,
    explain,
    summary,
    track: () => Promise.reject(new Error("not asked by these pages")),
    emergency: () => Promise.reject(new Error("not asked by these pages")),
    categorySales: () => Promise.reject(new Error("not asked by these pages")),
    trafficDay,
    streams: async () => answer([status()], now()),
    delivery: options.delivery ?? (() => unobserved),
    cursor: async () => cursor(),
  };

  const deadLetters = {
    list: async () => ({ letters: letters(), cursor: cursor() }),
    async replay(ids: readonly string[]) {
      replayed.push(...ids);
      return { replayed: ids, skipped: [], cursor: cursor() };
    },
  };
  const app = createApp({
    serving,
    streams: [traffic],
    city,
    clock,
    deadLetters,
    readiness: { waitingFor: async () => [] },
    admin_token: options.admin_token,
    allowed_hosts: [],
    version: "test",
    ingest: ingestRoutes({ door, streams: [traffic], cursor: async () => () => cursor() }),
    live: liveRoutes({ hub, streams: [traffic], pages: pageGroups, ready: feed.ready }),
    pages: pageRoutes({ serving, streams: [traffic], city, clock, deadLetters }),
  });
  let port = options.port ?? 0;
  const serve = () => Bun.serve({ hostname: "127.0.0.1", port, idleTimeout: 60, fetch: app.fetch });
  let server = serve();
  port = server.port ?? 0;

  return {
    url: `http://127.0.0.1:${port}`,
    city,
    replayed,
    async tell(readings) {
      const values = readings.map((reading) => ({ timestamp: formatInstant(clock.now()), ...reading }));
      const raw = {
        value: null,
        source: "test",
        received_at_ms: clock.now(),
        partition: 0,
        offset: 0,
        backfill: false,
        dead_letter_id: null,
      };
      for (const value of values) {
        const decoded = decoderOf(traffic).check(value, raw, { city, now_ms: clock.now() });
        if (!decoded.ok)
          throw new Error(
            `Cannot tell ${JSON.stringify(value)}: ${decoded.reject.pointer} ${decoded.reject.rule}`,
          );
        const row = answerRow(traffic, decoded.event);
        latest.set(decoded.event.key, { ...row, as_of: String(row["timestamp"]), stale: false });
      }
      await door.accept(traffic, values, { source: "test" });
    },
    async note() {
      const deps = { serving, streams: [traffic], city, clock };
      await Promise.all(pageNotes.map(async ({ group, render }) => hub.note(group, await render(deps))));
    },
    simulated: (ms) =>
      city.roads.map((r, i) => {
        const moment = flow.at(ms);
        const reading = {
          road_id: r.road_id,
          road_name: r.road_name,
          current_speed: Math.round(moment.speed(i) * 100) / 100,
          free_flow_speed: r.free_flow_speed,
        };
        return moment.closed(i) ? { ...reading, road_closed: true } : reading;
      }),
    kill: () => server.stop(true),
    revive() {
      server = serve();
    },
    async close() {
      await hub.close();
      await feed.close();
      await server.stop(true);
      await log.close();
    },
  };
}

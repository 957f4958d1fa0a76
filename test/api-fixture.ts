/** An app on a serving layer with known rows: for what the HTTP side itself decides. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { gzipSync } from "node:zlib";
import { Hono } from "hono";
import { createApp, type Deps } from "../src/app.ts";
import type { City } from "../src/core/city.ts";
import { ProblemError } from "../src/core/errors.ts";
import type { Stream } from "../src/core/stream.ts";
import type { AnswerRow } from "../src/core/json.ts";
import type { Answer, CurrentRow, Meta, Serving, SharedAnswer, StreamStatus } from "../src/serving/answer.ts";
import type { AirForecastRow } from "../src/serving/air-forecast.ts";
import type { StoredDeadLetter } from "../src/serving/dead-letters.ts";
import { unobserved } from "../src/serving/delivery.ts";
import type { RoadExplanation } from "../src/serving/explain-answer.ts";
import { nearestHospitals } from "../src/serving/hospitals.ts";
import { levelRule } from "../src/serving/explain-rule.ts";
import { openMemoryHistory } from "../src/history/memory-history.ts";
import { openMemoryLive } from "../src/live/memory-live.ts";
import { openMemoryLog } from "../src/log/memory-log.ts";
import { createServing } from "../src/serving/serving.ts";
import { foldBatch } from "./fold-batch.ts";
import { streams } from "../src/streams/index.ts";
import { traffic } from "../src/streams/traffic.ts";
import { exampleRows, exampleWindow } from "./example-rows.ts";
import { fixedScores } from "./scores-fixture.ts";
import { fakePatterns } from "./patterns-fixture.ts";
import { ingestRoutes } from "../routes/ingest.ts";
import { qualityDesk } from "./quality-desk.ts";

export const NOW_MS = Date.UTC(2026, 10, 21, 10, 20);
const TIME = "2026-11-21T10:19:55Z";

const road = (road_id: string, road_name: string): City["roads"][number] => ({
  road_id,
  road_name,
  road_class: "primary",
  district: "Old Town",
  free_flow_speed: 50,
  length_km: 0.8,
  geometry: [
    [1, 51],
    [1.01, 51.01],
  ],
  neighbours: [],
});

export const city: City = {
  city_id: "test",
  name: "Test",
  zone: "UTC",
  rush_hours: [],
  peak_hours: [],
  holidays: [],
  centre: [1, 51],
  bounds: [0, 50, 2, 52],
  hospitals: [
    { hospital_id: "h1", name: "General", at: [1.2, 51.2] },
    { hospital_id: "h2", name: "=HYPERLINK(1)", at: [1.4, 51.4] },
    { hospital_id: "h3", name: "Saint Mary", at: [1.5, 51.5] },
    { hospital_id: "h4", name: "Children's", at: [0.2, 50.2] },
  ],
  roads: [road("r1", "High Street"), road("r2", `<script>alert(1)</script> "A", B`)],
  background: [],
  attribution: ["=cmd()|' /C calc'!A0"],
};

const row = (road_id: string, road_name: string | null): CurrentRow => ({
  event_id: `e-${road_id}`,
  timestamp: TIME,
  road_id,
  road_name,
  current_speed: 25,
  free_flow_speed: 50,
  jam_factor: 5,
  road_closed: null,
  latitude: null,
  longitude: null,
  speed_ratio: 0.5,
  congestion_level: "moderate",
  is_congested: false,
  is_rush_hour: false,
  as_of: TIME,
  stale: false,
});

export const rows: readonly CurrentRow[] = [
  row("r1", "High Street"),
  row("r2", `<script>alert(1)</script> "A", B`),
  { ...row("=1+1", "@SUM(A1)"), longitude: 1.5, latitude: 51.5 },
];

const meta: Meta = {
  cursor: "Y3Vyc29y",
  layer: "speed",
  as_of: TIME,
  age_ms: 5_000,
  stale: false,
  coverage: 1,
};
const answer = <T>(data: T, more: Partial<Meta> = {}): Answer<T> => ({ data, meta: { ...meta, ...more } });
const window: AnswerRow = {
  window_start: "2026-11-21T10:15:00Z",
  window_end: "2026-11-21T10:20:00Z",
  road_id: "r1",
  n: 30,
  current_speed_mean: 25.1,
  current_speed_stddev: 1.25,
  current_speed_min: 20,
  current_speed_max: 30,
  free_flow_speed_mean: 50,
  congested_n: 0,
};
const ledger = { consumed: 3, stored: 2, duplicate: 1, dead: 0, late: 0, unknown_fields: 0 };
const status: StreamStatus = {
  stream: "traffic",
  label: "Road traffic",
  topic: "traffic-raw",
  internal: false,
  state: "live",
  as_of: TIME,
  age_ms: 5_000,
  events_per_s: 12.5,
  ...ledger,
  rejected: [{ source: "http", count: 2 }],
  log: "there",
  lag_events: 0,
  lag_ms: 0,
  watermark: TIME,
  ledger_difference: 0,
  open_dead_letters: 1,
  layer: "speed",
  live_keys: 3,
  expected_keys: 3,
  partitions: [
    {
      partition: 0,
      next_offset: 3,
      end_offset: 3,
      lag_events: 0,
      lag_ms: 0,
      watermark: TIME,
      age_ms: 5_000,
      ...ledger,
    },
  ],
};

const KEYS = rows.map((r) => String(r["road_id"]));
const rowsOf = (stream: Stream): readonly CurrentRow[] =>
  stream.name === traffic.name ? rows : exampleRows(stream, KEYS, TIME);
const windowOf = (stream: Stream): AnswerRow =>
  stream.name === traffic.name
    ? window
    : exampleWindow(stream, rowsOf(stream)[0]!, "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z");
const known = (key: string, stream: Stream = traffic): void => {
  if (!KEYS.includes(key))
    throw new ProblemError({ name: "not-found", detail: `There is no ${stream.key} "${key}"` });
};
const ours = (cursor: string | undefined): void => {
  if (cursor !== undefined && cursor !== "Y3Vyc29y") {
    throw new ProblemError({
      name: "invalid-parameter",
      detail: "cursor is not ours",
      errors: [{ parameter: "cursor", value: cursor, rule: "must be ours" }],
    });
  }
};
const plain = (r: CurrentRow): AnswerRow =>
  Object.fromEntries(Object.entries(r).filter(([name]) => name !== "as_of" && name !== "stale"));
const explanation: RoadExplanation = {
  road_id: "r1",
  road_name: "High Street",
  sentence: "Moderate, because traffic moves at 25 km/h where 50 km/h is free flow.",
  level: levelRule(rows[0]!),
  event: { ...plain(rows[0]!), source: "http" },
  log: { topic: "traffic-raw", partition: 0, offset: 2, received_at: TIME, stored: true, first: null },
  window: { ...window, holds_event: true, final: false, final_from: TIME, watermark: null },
  layer: "speed",
  why_layer: "The live view answers, and holds the road",
  breaker: "none",
  raw_url: "/api/data/traffic?key=r1",
};

const airRow = (location: string): AirForecastRow => ({
  location,
  timestamp: "2026-11-21T11:00:00Z",
  hours_ahead: 2,
  aqi: 84,
  aqi_category: "Moderate",
  low_50: 71,
  high_50: 98,
  low_90: 40,
  high_90: 160,
  method: "model",
  made_at: "2026-11-21T10:00:00Z",
  as_of: "2026-11-21T10:00:00Z",
  stale: false,
  accuracy_mae: 9.5,
  accuracy_persistence_mae: 11.2,
  accuracy_inside_50: 0.51,
  accuracy_inside_90: 0.89,
  accuracy_n: 144,
});

/** Asked `count`s show what a request cost. */
export function fakeServing(): Serving & { calls: string[] } {
  const calls: string[] = [];
  const lists = new Map<string, SharedAnswer>();
  const sharedOf = (stream: Stream): SharedAnswer => {
    let made = lists.get(stream.name);
    if (made === undefined) {
      const list = answer(rowsOf(stream));
      const json = new TextEncoder().encode(JSON.stringify(list));
      made = {
        etag: 'W/"t1"',
        json,
        gzip: new Uint8Array(gzipSync(json)),
        max_age_ms: 800,
        answer: list,
      };
      lists.set(stream.name, made);
    }
    return made;
  };
  return {
    calls,
    async current(stream, query) {
      calls.push("current");
      ours(query.cursor ?? query.since);
      const all = rowsOf(stream);
      const page = all.slice(0, query.limit ?? all.length);
      return answer(page, page.length < all.length ? { next_cursor: "Y3Vyc29y" } : {});
    },
    shared: async (stream) => ({ ...sharedOf(stream) }),
    async one(stream, key) {
      known(key, stream);
      return answer(rowsOf(stream).find((r) => r[stream.key] === key)!);
    },
    async trafficDay({ from_ms, to_ms }) {
      calls.push("trafficDay");
      const step_ms = traffic.windows!.size_ms;
      const steps = Array.from({ length: (to_ms - from_ms) / step_ms }, (_, i) => from_ms + i * step_ms);
      const percent = new Uint8Array(steps.length * 2).fill(255);
      percent[0] = 40;
      return {
        roads: ["r1", "r2"],
        steps,
        step_ms,
        percent,
        congested: steps.map((_, i) => (i === 0 ? 1 : 0)),
        reporting: steps.map((_, i) => (i === 0 ? 1 : 0)),
        days: 1,
        closed: to_ms <= NOW_MS,
        meta,
      };
    },
    async history(stream, key, query) {
      known(key, stream);
      ours(query.cursor);
      return answer(
        query.step === undefined
          ? rowsOf(stream)
              .filter((r) => r[stream.key] === key)
              .map((r) => ({ ...plain(r), source: "http" }))
          : [windowOf(stream)],
      );
    },
    async windows(stream, key, query) {
      if (key !== null) known(key, stream);
      ours(query.cursor);
      return answer([windowOf(stream)], { layer: "merged" });
    },
    async data(stream, query) {
      calls.push(`data ${query.from_ms} ${query.to_ms} ${query.limit}`);
      ours(query.cursor);
      return answer(rowsOf(stream).map((r) => ({ ...plain(r), source: "http" })));
    },
    async export(stream, { key, ...range }) {
      calls.push(`export ${range.from_ms} ${range.to_ms}`);
      if (key !== undefined) known(key, stream);
      const page = rowsOf(stream).map((r) => ({ ...plain(r), source: "http" }));
      return {
        ...range,
        cursor: meta.cursor,
        pages: (async function* () {
          yield page;
        })(),
      };
    },
    async roads(query) {
      ours(query.cursor);
      return answer(
        city.roads.map(({ geometry, ...r }) => ({
          ...r,
          geometry: { type: "LineString" as const, coordinates: geometry },
        })),
      );
    },
    async road(road_id) {
      known(road_id);
      const { geometry, ...r } = city.roads[0]!;
      return {
        road: { ...r, road_id, geometry: { type: "LineString", coordinates: geometry } },
        now: rows[0]!,
        windows: [window],
        typical: Array.from({ length: 288 }, (_, i) => (i % 2 === 0 ? 40 : null)),
        typical_days: 3,
        meta,
      };
    },
    async explain(road_id) {
      known(road_id);
      return answer(explanation);
    },
    async track(stream, key, query) {
      calls.push(`track ${query.from_ms} ${query.to_ms} ${query.simplify_m}`);
      known(key, stream);
      ours(query.cursor);
      const points = rowsOf(stream).map((r, n) => ({ ...plain(r), source: "http", jump: n === 1 }));
      const lines = [[city.centre, city.roads[0]!.geometry[1]!], city.roads[1]!.geometry];
      const totals = { points_n: 9, distance_km: 1.5, jumps_n: 1, jump_km: 50.2, moving_s: 90, stopped_s: 3 };
      return answer({ totals: { ...totals, delay_s: -0.5 }, points, lines }, { layer: "batch" });
    },
    async emergency(stream, emergency_id) {
      known(emergency_id, stream);
      const [first, second] = rowsOf(stream).map((r) => ({ ...plain(r), source: "http" }));
      return answer({
        emergency_id,
        status: "on_scene",
        opened_at: TIME,
        closed_at: null,
        response_s: 421.5,
        newest: first!,
        events: [
          { ...first!, from: null, to: "dispatched", valid: true, reason: null },
          { ...second!, from: "closed", to: "en_route", valid: false, reason: "en_route after closed" },
        ],
        hospitals: nearestHospitals(city.hospitals, city.centre, 3),
      });
    },
    async categorySales(stream, { from_ms, to_ms, step }) {
      calls.push(`sales ${from_ms} ${to_ms}${step === undefined ? "" : ` ${step}`}`);
      return answer(
        stream.fields[stream.key]!.values!.map((category) => ({
          window_start: TIME,
          window_end: TIME,
          category,
          total_sales: -0.1,
          transaction_count: 3,
          cancellation_count: 1,
        })),
      );
    },
    streams: async () => answer([status]),
    delivery: () => unobserved,
    summary: () => Promise.reject(new Error("not asked over the API")),
    ...scored(),
    patterns: fakePatterns(meta, known),
    async airForecast({ location }) {
      if (location !== undefined) known(location);
      return answer([airRow(location ?? "r1")]);
    },
    cursor: async () => meta.cursor,
  };
}

/** The real analytics over no events, and scores that stay the same: what they answer then is as much as the HTTP side needs. */
function scored(): Pick<Serving, "analytics" | "predictionScores"> {
  const clock = { now: () => NOW_MS, monotonic: () => 0 };
  const history = openMemoryHistory({ clock });
  const { analytics, predictionScores } = createServing({
    streams,
    live: openMemoryLive({ clock }),
    history,
    batch: foldBatch(history, city.zone),
    accuracy: fixedScores,
    log: openMemoryLog({ clock }),
    city,
    clock,
  });
  return { analytics: analytics!, predictionScores: predictionScores! };
}

const letter: StoredDeadLetter = {
  dead_letter_id: "7",
  stream: "traffic",
  state: "open",
  attempts: 0,
  reason: "range",
  pointer: "/current_speed",
  value: "-1",
  rule: "must be at least 0",
  topic: "traffic-raw",
  partition: 0,
  offset: 12,
  source: "http",
  received_at_ms: NOW_MS - 60_000,
  payload: new TextEncoder().encode(`{"road_id":"r1","current_speed":-1}`),
  payload_bytes: 35,
  payload_sha256: "00",
};

export interface Fixture {
  app: OpenAPIHono;
  serving: ReturnType<typeof fakeServing>;
  faults: unknown[];
  replayed: string[][];
}

export async function fixture(more: Partial<Deps> = {}): Promise<Fixture> {
  const serving = fakeServing();
  const faults: unknown[] = [];
  const replayed: string[][] = [];
  const pages = new Hono();
  pages.get("/", (c) => c.html("<!doctype html><title>Map</title>"));
  const app = createApp({
    serving,
    streams,
    city,
    clock: { now: () => NOW_MS, monotonic: () => 0 },
    readiness: { waitingFor: async () => [] },
    metrics: {
      text: { text: async () => "arterial_postgresql_up 1\n", content_type: "text/plain; version=0.0.4" },
      measure() {},
    },
    feeds: { believe: async () => true },
    quality: qualityDesk,
    deadLetters: {
      list: async () => ({ letters: [letter], cursor: meta.cursor }),
      async replay(ids) {
        replayed.push([...ids]);
        return { replayed: ["7"], skipped: [{ dead_letter_id: "8", why: "not-found" }], cursor: meta.cursor };
      },
    },
    allowed_hosts: [],
    version: "test",
    ingest: ingestRoutes({
      door: {
        accept: async (_, values) => ({
          accepted: values.length,
          rejected: 0,
          rejects: [],
          applied: new Map([[0, 1]]),
        }),
        acceptBytes: async (_, values) => ({
          accepted: values.length,
          rejected: 0,
          rejects: [],
          applied: new Map([[0, 1]]),
        }),
      },
      streams,
      cursor: async () => () => meta.cursor,
    }),
    live: new Hono(),
    pages,
    onFault: (error) => faults.push(error),
    ...more,
  });
  return { app, serving, faults, replayed };
}

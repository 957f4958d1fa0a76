/** What `/metrics` prints is what history, log and live view really hold; nobody's keys are in it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { formatInstant, systemClock } from "../src/core/time.ts";
import { canary as canaryStream } from "../src/streams/canary.ts";
import { traffic } from "../src/streams/traffic.ts";
import { canary } from "../jobs/canary.ts";
import { observed, type Observed } from "../test/observed.ts";
import { parsePrometheus } from "../test/prometheus-text.ts";
import { measureRequests, metricsRoutes } from "./metrics.ts";
import { guard } from "./middleware/guard.ts";
import { problemOf, problemResponse } from "./problem.ts";

const TOKEN = "a-token-of-some-length";
let bed: Observed;
let app: Hono;

const appOf = (admin_token?: string): Hono => {
  const made = new Hono();
  made.use(measureRequests(bed.meters.request, systemClock));
  made.use(guard({ allowed_hosts: [], admin_token, scopes: new Map([["GET /metrics", "operate"]]) }));
  made.onError((error, c) => problemResponse(c, problemOf(error)));
  made.route("/", metricsRoutes(bed.observation));
  made.get("/api/roads/:road_id", (c) => c.text(c.req.param("road_id")));
  made.get("/broken", () => new Response("", { status: 503 }));
  return made;
};

beforeAll(async () => {
  bed = await observed({ clock: systemClock });
  app = appOf();
});
afterAll(() => bed.stop());

const scrape = async () => {
  await bed.observation.look();
  const response = await app.request("/metrics");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
  return parsePrometheus(await response.text());
};

const now = Date.now();
const event = (road_id: string, ago_s: number, more: object = {}) => ({
  event_id: `${road_id}-${ago_s}`,
  timestamp: formatInstant(now - ago_s * 1_000),
  road_id,
  current_speed: 20,
  free_flow_speed: 50,
  ...more,
});

/** Everything in the log is in history, and the live view has it. */
async function settled(): Promise<void> {
  for (;;) {
    const { data } = await bed.serving.streams();
    const status = data.find(({ stream }) => stream === "traffic");
    const speed = bed.speed().find(({ stream }) => stream === "traffic");
    if (status?.lag_events === 0 && status.live_keys > 0 && speed?.lag_events === 0) return;
    await Bun.sleep(20);
  }
}

describe("/metrics", () => {
  test("tells of each partition what the ledger says, and what was refused at the door by source", async () => {
    const sent = [event("a", 400), event("a", 30), event("b", 20), event("c", 10)];
    await bed.door.accept(traffic, sent, { source: "http" });
    await bed.door.accept(traffic, [sent[1]], { source: "http" });
    await bed.door.accept(traffic, [event("a", 5, { current_speed: -1 })], { source: "http" });
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    await bed.log.append(traffic.topic, [{ key: "z", value: bytes("no event"), headers: {} }]);
    await bed.log.append(traffic.topic, [{ key: "z", value: null }]);
    const strange = JSON.stringify(event("a", 3, { colour: "red" }));
    await bed.log.append(traffic.topic, [{ key: "a", value: bytes(strange) }]);
    await settled();
    // The door's rejects have a topic of their own, and come a moment later.
    let text = await scrape();
    for (let tries = 0; text.all("arterial_rejected_total").length === 0 && tries < 200; tries++) {
      await Bun.sleep(20);
      text = await scrape();
    }

    const ledger = await bed.history.ledger(traffic);
    expect(ledger.reduce((sum, { dead }) => sum + dead, 0)).toBe(2);
    expect(ledger.reduce((sum, { duplicate }) => sum + duplicate, 0)).toBe(1);
    for (const row of ledger) {
      const at = { stream: "traffic", partition: String(row.partition) };
      for (const outcome of ["stored", "duplicate", "dead", "late"] as const)
        expect(text.value("arterial_events_total", { ...at, outcome })).toBe(row[outcome]);
      expect(text.value("arterial_events_consumed_total", at)).toBe(row.consumed);
      expect(text.value("arterial_consumer_offset", at)).toBe(row.next_offset);
      expect(text.value("arterial_log_end_offset", at)).toBe(row.next_offset);
      expect(text.value("arterial_consumer_lag_events", at)).toBe(0);
      expect(text.value("arterial_consumer_lag_seconds", at)).toBe(0);
      if (row.watermark_ms !== null)
        expect(text.value("arterial_watermark_seconds", at)).toBe(row.watermark_ms / 1_000);
    }
    expect(text.value("arterial_rejected_total", { stream: "traffic", source: "http" })).toBe(1);
    expect(text.value("arterial_dead_letters_total", { stream: "traffic" })).toBe(2);
    expect(text.value("arterial_ledger_difference", { stream: "traffic" })).toBe(0);
    expect(text.value("arterial_live_keys", { stream: "traffic" })).toBe(3);
    const unknown = text.all("arterial_unknown_fields_total").reduce((sum, { value }) => sum + value, 0);
    expect(unknown).toBe(1);
  });

  test("tells of the process, its clients, its disk and its database", async () => {
    const text = await scrape();
    expect(text.value("process_resident_memory_bytes")).toBeGreaterThan(20e6);
    expect(text.value("process_cpu_seconds_total")).toBeGreaterThan(0.01);
    expect(Math.abs(text.value("process_start_time_seconds") - Date.now() / 1_000)).toBeLessThan(3_600);
    expect(text.value("arterial_disk_size_bytes")).toBeGreaterThan(text.value("arterial_disk_free_bytes"));
    expect(text.value("arterial_database_bytes")).toBeGreaterThan(1e6);
    expect(text.value("arterial_postgresql_up")).toBe(1);
    expect(text.value("arterial_sse_clients")).toBe(0);
    expect(text.value("arterial_pool_max", { pool: "history-reader" })).toBe(4);
    expect(text.value("arterial_restart_budget_remaining", { service: "history-from-log" })).toBe(5);
    expect(text.value("arterial_batch_events_count", { stream: "traffic" })).toBeGreaterThan(0);
    expect(text.value("arterial_query_duration_seconds_count", { query: "ledger" })).toBeGreaterThan(0);
    // No Redis here: no line says that it is down.
    expect(text.all("arterial_redis_up")).toEqual([]);
    expect(text.types.get("arterial_redis_up")).toBe("gauge");
    expect(text.all("arterial_breaker_state")).toEqual([]);
  });

  test("sees a loop that was held up", async () => {
    await Bun.sleep(20);
    const end = performance.now() + 250;
    while (performance.now() < end);
    await Bun.sleep(50);
    const text = await scrape();
    expect(text.value("arterial_event_loop_lag_seconds", { percentile: "100" })).toBeGreaterThan(0.2);
    expect(text.value("arterial_event_loop_lag_seconds", { percentile: "50" })).toBeLessThan(0.2);
  });

  test("measures requests by the pattern of their route, whatever was asked", async () => {
    for (const road of ["r1", "r2", "' or 1=1 --"])
      await app.request(`/api/roads/${encodeURIComponent(road)}`);
    await app.request("/wp-login.php");
    await app.request("/broken");
    await app.request("/api/roads/r1", { method: "PROPFIND" });
    const text = await scrape();
    const name = "arterial_http_request_duration_seconds_count";
    expect(text.value(name, { method: "GET", route: "/api/roads/:road_id", status: "2xx" })).toBe(3);
    expect(text.value(name, { method: "GET", route: "unmatched", status: "4xx" })).toBe(1);
    expect(text.value(name, { route: "/broken", status: "5xx" })).toBe(1);
    expect(text.value(name, { method: "OTHER" })).toBe(1);
    expect(text.value(name, { route: "/metrics" })).toBeGreaterThan(0);
  });

  test("counts answers by the layer that they come from, and how clients came back", async () => {
    await bed.serving.shared(traffic);
    await bed.serving.one(traffic, "a");
    const text = await scrape();
    expect(text.value("arterial_served_total", { layer: "speed" })).toBe(2);
    for (const result of ["resumed", "too_old", "slow"])
      expect(text.value("arterial_live_resume_total", { result })).toBe(0);
  });

  test("tells how long the canary took to each hop", async () => {
    const abort = new AbortController();
    await canary({
      ...bed,
      stream: canaryStream,
      clock: systemClock,
      every_ms: 1,
      onTurn(turn) {
        bed.meters.canary(turn);
        abort.abort();
      },
    }).run(abort.signal);
    const text = await scrape();
    for (const hop of ["log", "history", "live", "sse"]) {
      expect(text.value("arterial_canary_hop_seconds", { hop })).toBeGreaterThanOrEqual(0);
      expect(text.value("arterial_canary_missed_total", { hop })).toBe(0);
    }
    expect(text.value("arterial_live_event_age_seconds_count")).toBe(1);
  });

  test("case 17: thousands of keys add no line, and no key is named", async () => {
    // A few first, so that each partition has a watermark to tell.
    const some = Array.from({ length: 50 }, (_, i) => event(`road-${i}`, 4));
    await bed.door.accept(traffic, some, { source: "http" });
    await settled();
    const before = (await scrape()).samples.length;
    const flood = Array.from({ length: 3_000 }, (_, i) => event(`flooding-road-${i}`, 3));
    await bed.door.accept(traffic, flood, { source: "http" });
    await settled();
    await bed.serving.one(traffic, "flooding-road-7");
    const text = await scrape();
    expect(text.samples.length).toBe(before);
    expect(JSON.stringify(text.samples)).not.toContain("flooding");
  });

  test("sources that producers make up are added up beyond a bound", async () => {
    for (let i = 0; i < 50; i++)
      await bed.door.accept(traffic, [event("a", 5, { current_speed: -1 })], { source: `made-up-${i}` });
    let total = 0;
    let sources = 0;
    for (let tries = 0; total < 51 && tries < 300; tries++) {
      const rejected = (await scrape()).all("arterial_rejected_total");
      total = rejected.reduce((sum, { value }) => sum + value, 0);
      sources = rejected.length;
      if (total < 51) await Bun.sleep(20);
    }
    expect(total).toBe(51);
    expect(sources).toBe(33);
  });

  test("is open where there is no token, and wants it where there is one", async () => {
    const guarded = appOf(TOKEN);
    expect((await guarded.request("/metrics")).status).toBe(401);
    expect((await guarded.request("/metrics", { headers: { authorization: "Bearer wrong" } })).status).toBe(
      401,
    );
    const allowed = await guarded.request("/metrics", { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(allowed.status).toBe(200);
    expect(await allowed.text()).not.toContain(TOKEN);
    expect((await app.request("/metrics")).status).toBe(200);
  });

  test("every line that is printed is declared, named by the rules, and has bounded labels", async () => {
    const text = await scrape();
    const base = (name: string): string => name.replace(/_(bucket|sum|count)$/, "");
    for (const [name, type] of text.types) {
      expect(name).toMatch(/^(arterial|process)_[a-z_]+$/);
      if (type === "counter") expect(name).toEndWith("_total");
      else expect(name).not.toEndWith("_total");
    }
    for (const { name } of text.samples)
      expect(text.types.has(name) || text.types.get(base(name)) === "histogram").toBe(true);
    const labels = new Set(text.samples.flatMap((sample) => Object.keys(sample.labels)));
    expect([...labels].sort()).toEqual([
      "hop",
      "layer",
      "le",
      "method",
      "outcome",
      "partition",
      "percentile",
      "pool",
      "query",
      "reason",
      "result",
      "route",
      "rule",
      "service",
      "source",
      "status",
      "stream",
      "version",
    ]);
  });
});

/** Metrics of this process: its stores, its clients, itself. */
import { hops } from "../serving/delivery.ts";
import { counter, gauge, one, toSeconds, type Metric, type Sample } from "./metric.ts";
import { rules } from "./warning-rules.ts";

const states = ["closed", "half-open", "open"] as const;

const stores: readonly Metric[] = [
  gauge(
    "arterial_breaker_state",
    ["state"],
    "1 at the state of the breaker around the live view.",
    ({ breaker }) =>
      breaker === "none" ? [] : states.map((state): Sample => [[state], state === breaker ? 1 : 0]),
  ),
  counter("arterial_breaker_opened_total", [], "Times that the breaker opened.", ({ breaker_counts }) =>
    one(breaker_counts?.opened),
  ),
  counter(
    "arterial_live_calls_spared_total",
    [],
    "Calls to the live view that failed at once, because the breaker was open.",
    ({ breaker_counts }) => one(breaker_counts?.spared),
  ),
  counter(
    "arterial_live_write_errors_total",
    ["kind"],
    "Writes that the live view's server refused: its memory is full, or it is a replica.",
    ({ breaker_counts }) => (breaker_counts === null ? [] : [[["refused"], breaker_counts.refused]]),
  ),
  gauge("arterial_redis_up", [], "1 while Redis answers.", ({ live_server }) =>
    one(live_server === null ? null : Number(live_server.up)),
  ),
  gauge("arterial_redis_memory_bytes", [], "Memory that Redis uses.", ({ live_server }) =>
    one(live_server?.memory?.used_bytes),
  ),
  gauge("arterial_redis_memory_max_bytes", [], "Memory that Redis may use.", ({ live_server }) =>
    one(live_server?.memory?.max_bytes),
  ),
  gauge("arterial_postgresql_up", [], "1 while PostgreSQL answers.", ({ postgresql_up }) =>
    one(postgresql_up === null ? null : Number(postgresql_up)),
  ),
  gauge("arterial_database_bytes", [], "Bytes on disk of the whole database.", (f) => one(f.database_bytes)),
  gauge("arterial_disk_free_bytes", [], "Bytes free on the disk of DATA_DIR.", (f) =>
    one(f.disk?.free_bytes),
  ),
  gauge("arterial_disk_size_bytes", [], "Bytes of the disk of DATA_DIR.", (f) => one(f.disk?.size_bytes)),
  gauge(
    "arterial_pool_in_use",
    ["pool"],
    "Questions to the database that are open now, waiting ones too.",
    (f) => f.pools.map(({ pool, in_use }): Sample => [[pool], in_use]),
  ),
  gauge("arterial_pool_max", ["pool"], "Connections of the pool.", (f) =>
    f.pools.map(({ pool, max }): Sample => [[pool], max]),
  ),
];

const delivery: readonly Metric[] = [
  gauge(
    "arterial_delivery_known_timestamp_seconds",
    [],
    "When ledger and log were last read: the metrics of streams and partitions are as of then. Unix seconds.",
    (f) => one(f.streams_at_ms === null ? null : toSeconds(f.streams_at_ms)),
  ),
  gauge("arterial_batch_queued_events", [], "Events decoded that wait for history's writer.", ({ batch }) =>
    one(batch?.queued),
  ),
  counter(
    "arterial_fenced_batches_total",
    [],
    "Batches dropped because another process had written.",
    ({ batch }) => one(batch?.fenced),
  ),
  gauge(
    "arterial_canary_hop_seconds",
    ["hop"],
    "How long the last canary took, from sent to: in the log, in history, live, at a client.",
    ({ canary }) =>
      hops.flatMap((hop): Sample[] => {
        const ms = canary?.took_ms[hop] ?? null;
        return ms === null ? [] : [[[hop], toSeconds(ms)]];
      }),
  ),
  counter(
    "arterial_canary_missed_total",
    ["hop"],
    "Canaries that had not arrived in time.",
    ({ canary_missed }) => hops.map((hop): Sample => [[hop], canary_missed[hop]]),
  ),
  gauge("arterial_canary_last_timestamp_seconds", [], "When the last canary was sent, Unix seconds.", (f) =>
    one(f.canary === null ? null : toSeconds(f.canary.sent_at_ms)),
  ),
  gauge("arterial_warning", ["rule"], "Subjects of which the rule warns now, as on the Streams page.", (f) =>
    rules.map(({ rule }): Sample => [[rule], f.warnings.filter((warning) => warning.rule === rule).length]),
  ),
];

const clients: readonly Metric[] = [
  gauge("arterial_sse_clients", [], "Clients of the live feed.", ({ hub }) => one(hub?.clients)),
  gauge("arterial_sse_blocked_clients", [], "Clients that do not read.", ({ hub }) => one(hub?.blocked)),
  counter(
    "arterial_live_resume_total",
    ["result"],
    "Clients that came back, and how they went on.",
    ({ hub }) =>
      hub === null
        ? []
        : [
            [["resumed"], hub.resumed],
            [["too_old"], hub.resync_too_old],
            [["slow"], hub.resync_slow],
          ],
  ),
  counter("arterial_live_closed_total", ["reason"], "Clients that the hub closed.", ({ hub }) =>
    hub === null ? [] : [[["slow"], hub.closed_slow]],
  ),
];

const itself: readonly Metric[] = [
  gauge("arterial_build_info", ["version"], "1, with the release.", ({ version }) => [[[version], 1]]),
  gauge(
    "arterial_restart_budget_remaining",
    ["service"],
    "Crashes that are still forgiven before the process ends.",
    ({ restarts }) => restarts.map(({ service, remaining }): Sample => [[service], remaining]),
  ),
  counter("arterial_service_crashes_total", ["service"], "Crashes of a service.", ({ restarts }) =>
    restarts.map(({ service, crashes }): Sample => [[service], crashes]),
  ),
  gauge(
    "arterial_event_loop_lag_seconds",
    ["percentile"],
    "How late the event loop was, over the last 15 to 30 s; 100 is the worst.",
    ({ loop_lag }) =>
      loop_lag === null
        ? []
        : [
            [["50"], toSeconds(loop_lag.p50_ms)],
            [["99"], toSeconds(loop_lag.p99_ms)],
            [["100"], toSeconds(loop_lag.max_ms)],
          ],
  ),
  gauge("process_resident_memory_bytes", [], "Memory that the process holds.", (f) =>
    one(f.process.resident_bytes),
  ),
  counter("process_cpu_seconds_total", [], "Processor time that the process took.", (f) =>
    one(f.process.cpu_s),
  ),
  gauge("process_start_time_seconds", [], "When the process started, Unix seconds.", (f) =>
    one(f.process.started_s),
  ),
];

export const processMetrics: readonly Metric[] = [...stores, ...delivery, ...clients, ...itself];

/** Metrics of each stream and partition. The ledger's terms are the installation's: every replica tells the same. */
import { limits } from "../core/limits.ts";
import type { Facts } from "./facts.ts";
import { counter, gauge, toSeconds, type Metric, type Sample } from "./metric.ts";

type Stream = Facts["streams"][number];
type Partition = Stream["partitions"][number];

const PARTITION = ["stream", "partition"] as const;

/** A line per partition; null where the value is not known. */
const perPartition =
  (value: (partition: Partition, stream: Stream) => number | null): Metric["samples"] =>
  ({ streams }) =>
    streams.flatMap((stream) =>
      stream.partitions.flatMap((partition): Sample[] => {
        const number = value(partition, stream);
        return number === null ? [] : [[[stream.stream, partition.partition], number]];
      }),
    );

const perStream =
  (value: (stream: Stream) => number | null): Metric["samples"] =>
  ({ streams }) =>
    streams.flatMap((stream): Sample[] => {
      const number = value(stream);
      return number === null ? [] : [[[stream.stream], number]];
    });

const perSpeed =
  (value: (progress: Facts["speed"][number]) => number): Metric["samples"] =>
  ({ speed }) =>
    speed.map((progress): Sample => [[progress.stream], value(progress)]);

/** `2026-11-21T10:20:00Z` as Unix seconds. */
const unix = (text: string | null): number | null => (text === null ? null : toSeconds(Date.parse(text)));

const outcomes = ["stored", "duplicate", "dead", "late"] as const;

export const streamMetrics: readonly Metric[] = [
  counter(
    "arterial_events_total",
    [...PARTITION, "outcome"],
    "Events read from the log and what became of each: stored, duplicate or dead. Late ones are among the stored.",
    ({ streams }) =>
      streams.flatMap(({ stream, partitions }) =>
        partitions.flatMap((p) =>
          outcomes.map((outcome): Sample => [[stream, p.partition, outcome], p[outcome]]),
        ),
      ),
  ),
  counter(
    "arterial_events_consumed_total",
    PARTITION,
    "Events that history has read from the log.",
    perPartition((p) => p.consumed),
  ),
  gauge(
    "arterial_ledger_difference",
    ["stream"],
    "consumed - stored - duplicate - dead: anything but 0 is a fault.",
    perStream((s) => s.ledger_difference),
  ),
  gauge(
    "arterial_consumer_lag_events",
    PARTITION,
    "Events in the log that history has not stored.",
    perPartition((p) => p.lag_events),
  ),
  gauge(
    "arterial_consumer_lag_seconds",
    PARTITION,
    "How long the log's end has been beyond where history is.",
    perPartition((p) => toSeconds(p.lag_ms)),
  ),
  gauge(
    "arterial_log_end_offset",
    PARTITION,
    "Offset that the next event of the log will get.",
    perPartition((p) => p.end_offset),
  ),
  gauge(
    "arterial_consumer_offset",
    PARTITION,
    "Offset after the last event that history stored.",
    perPartition((p) => p.next_offset),
  ),
  gauge(
    "arterial_watermark_seconds",
    PARTITION,
    "Greatest event time stored, Unix seconds.",
    perPartition((p) => unix(p.watermark)),
  ),
  gauge(
    "arterial_event_time_lag_seconds",
    PARTITION,
    "Age of the newest event that is stored.",
    perPartition((p) => (p.age_ms === null ? null : toSeconds(p.age_ms))),
  ),
  gauge(
    "arterial_stream_last_event_timestamp_seconds",
    ["stream"],
    "Event time of the newest event, stored or live, Unix seconds.",
    perStream((s) => unix(s.as_of)),
  ),
  gauge(
    "arterial_stream_expected_period_seconds",
    ["stream"],
    "How often a healthy key of the stream reports.",
    perStream((s) => toSeconds(s.expected_period_ms)),
  ),
  counter(
    "arterial_unknown_fields_total",
    PARTITION,
    "Fields that the stream does not declare, dropped.",
    perPartition((p) => p.unknown_fields),
  ),
  counter(
    "arterial_rejected_total",
    ["stream", "source"],
    "Values refused at the door, before the log.",
    ({ streams }) => streams.flatMap(({ stream, rejected }) => rejectedBySource(stream, rejected)),
  ),
  counter(
    "arterial_dead_letters_total",
    ["stream"],
    "Values of the log that are no event of their stream, kept as dead letters.",
    perStream((s) => s.dead),
  ),
  gauge(
    "arterial_dead_letters_open",
    ["stream"],
    "Dead letters that nobody has replayed.",
    perStream((s) => s.open_dead_letters),
  ),
  gauge(
    "arterial_live_keys",
    ["stream"],
    "Keys whose newest event is live.",
    perStream((s) => s.live_keys),
  ),
  gauge(
    "arterial_speed_lag_events",
    ["stream"],
    "Events in the log that this process has not brought to the live view.",
    perSpeed((p) => p.lag_events),
  ),
  gauge(
    "arterial_speed_lag_seconds",
    ["stream"],
    "Age of the newest record that this process read for the live view, while it is behind.",
    perSpeed((p) => toSeconds(p.lag_ms)),
  ),
  counter(
    "arterial_live_stale_writes_total",
    ["stream"],
    "Events that were older than what the live view had.",
    perSpeed((p) => p.stale),
  ),
  counter(
    "arterial_live_evictions_total",
    ["stream"],
    "Keys dropped from memory to make room.",
    perSpeed((p) => p.evicted),
  ),
  counter(
    "arterial_live_refills_total",
    ["stream"],
    "Times that the whole live view was written anew.",
    perSpeed((p) => p.refills),
  ),
];

/** Names of sources come from producers: so many are told, the least of them together. */
function rejectedBySource(stream: string, rejected: Stream["rejected"]): Sample[] {
  const all = rejected.toSorted((a, b) => b.count - a.count);
  const told = all.slice(0, limits.sources_told_max);
  const rest = all.slice(limits.sources_told_max).reduce((sum, { count }) => sum + count, 0);
  const named = told.filter(({ source }) => source !== OTHER);
  const other = rest + told.reduce((sum, { source, count }) => (source === OTHER ? sum + count : sum), 0);
  const samples = named.map(({ source, count }): Sample => [[stream, source], count]);
  return other === 0 ? samples : [...samples, [[stream, OTHER], other]];
}

const OTHER = "other";

/** Metrics of each feed, as its poller noted them: every replica tells the same. */
import type { FeedStatus } from "../core/feed-status.ts";
import { counter, gauge, toSeconds, type Metric, type Sample } from "./metric.ts";

/** A line per feed; null where the value is not known. */
const perFeed =
  (value: (feed: FeedStatus) => number | null): Metric["samples"] =>
  ({ feeds }) =>
    feeds.flatMap((feed): Sample[] => {
      const number = value(feed);
      return number === null ? [] : [[[feed.feed], number]];
    });

const unix = (ms: number | null): number | null => (ms === null ? null : toSeconds(ms));

const FEED = ["feed"] as const;

export const feedMetrics: readonly Metric[] = [
  gauge(
    "arterial_feed_last_event_timestamp_seconds",
    FEED,
    "Greatest event time that the feed brought, Unix seconds.",
    perFeed((f) => unix(f.newest_event_ms)),
  ),
  gauge(
    "arterial_feed_last_success_timestamp_seconds",
    FEED,
    "When a call of the feed went well last, Unix seconds.",
    perFeed((f) => unix(f.last_success_ms)),
  ),
  gauge(
    "arterial_feed_interval_seconds",
    FEED,
    "How often the feed is polled now.",
    perFeed((f) => toSeconds(f.interval_ms)),
  ),
  gauge(
    "arterial_feed_suspect",
    FEED,
    "1 while the feed's values are held back, because they are not believed.",
    perFeed((f) => Number(f.suspect !== null)),
  ),
  gauge(
    "arterial_feed_circuit_open",
    FEED,
    "1 while the feed is left in peace, because it failed again and again.",
    perFeed((f) => Number(f.circuit === "open")),
  ),
  gauge(
    "arterial_feed_success_ratio",
    FEED,
    "Share of the last hour's calls that went well.",
    perFeed((f) => f.success_rate_hour),
  ),
  gauge(
    "arterial_feed_calls_today",
    FEED,
    "Calls of this UTC day.",
    perFeed((f) => f.quota.calls),
  ),
  gauge(
    "arterial_feed_calls_per_day_max",
    FEED,
    "Calls that the upstream allows per UTC day.",
    perFeed((f) => f.quota.max),
  ),
  counter("arterial_feed_calls_total", ["feed", "outcome"], "Calls of the feed by their end.", ({ feeds }) =>
    feeds.flatMap(({ feed, totals }): Sample[] => [
      [[feed, "ok"], totals.ok],
      [[feed, "failed"], totals.failed],
    ]),
  ),
  counter(
    "arterial_feed_values_total",
    ["feed", "outcome"],
    "Values that the feed brought and what became of them.",
    ({ feeds }) =>
      feeds.flatMap(({ feed, totals }): Sample[] => [
        [[feed, "accepted"], totals.accepted],
        [[feed, "rejected"], totals.rejected],
        [[feed, "held"], totals.held],
      ]),
  ),
  counter(
    "arterial_feed_errors_total",
    ["feed", "kind"],
    "Requests of the feed that failed, by kind.",
    ({ feeds }) =>
      feeds.flatMap(({ feed, totals }) =>
        Object.entries(totals.errors).map(([kind, n]): Sample => [[feed, kind], n]),
      ),
  ),
];

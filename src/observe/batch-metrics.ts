/** The batch views, per stream and view: kept in PostgreSQL, so every replica tells the same. */
import type { Facts } from "./facts.ts";
import { counter, gauge, toSeconds, type Metric, type Sample } from "./metric.ts";

type Batch = NonNullable<Facts["streams"][number]["batch"]>;

const perStream =
  (value: (batch: Batch) => number | null | undefined): Metric["samples"] =>
  ({ streams }) =>
    streams.flatMap(({ stream, batch }): Sample[] => {
      const known = batch === undefined ? null : (value(batch) ?? null);
      return known === null ? [] : [[[stream], known]];
    });

const unix = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : toSeconds(Date.parse(text));

export const batchMetrics: readonly Metric[] = [
  gauge(
    "arterial_frontier_seconds",
    ["stream", "view"],
    "Up to where a batch view was made, Unix seconds of event time.",
    ({ streams }) =>
      streams.flatMap(({ stream, batch }) =>
        (batch?.views ?? []).flatMap(({ view, frontier }): Sample[] => {
          const at = unix(frontier);
          return at === null ? [] : [[[stream, view], at]];
        }),
      ),
  ),
  gauge(
    "arterial_dirty_windows",
    ["stream"],
    "Windows below a frontier that changed since, and wait to be redone.",
    perStream((batch) => batch.dirty_windows),
  ),
  gauge(
    "arterial_refresh_duration_seconds",
    ["stream"],
    "How long the last refresh of a stream's batch views took.",
    perStream((batch) => (batch.refreshed === null ? null : toSeconds(batch.refreshed.took_ms))),
  ),
  gauge(
    "arterial_refresh_last_timestamp_seconds",
    ["stream"],
    "When a stream's batch views were refreshed last, Unix seconds.",
    perStream((batch) => unix(batch.refreshed?.at)),
  ),
  gauge(
    "arterial_audit_last_timestamp_seconds",
    ["stream"],
    "When a stream was audited last, Unix seconds.",
    perStream((batch) => unix(batch.audit?.at)),
  ),
  gauge(
    "arterial_audit_differences",
    ["stream"],
    "Windows and rows of batch views that the last audit found to differ from what they are made from.",
    perStream((batch) => batch.audit?.found),
  ),
  gauge(
    "arterial_layer_drift_rows",
    ["stream"],
    "Rows of the live view that were not history's newest, by the last audit.",
    perStream((batch) => batch.audit?.live_found),
  ),
  counter(
    "arterial_repaired_windows_total",
    ["stream"],
    "Windows and rows of batch views that audits have put right.",
    perStream((batch) => batch.audit?.repaired_total),
  ),
];

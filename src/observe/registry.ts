/** The one file that knows prom-client: metrics read from the facts, and those counted where the work is done. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Metric } from "./metric.ts";
import type { Facts } from "./facts.ts";

export interface Tally {
  add(labels: readonly string[], n?: number): void;
}

export interface Distribution {
  observe(labels: readonly string[], value: number): void;
}

export interface Metrics {
  /** Counted here, from 0 at the start of the process. */
  tally(name: string, labels: readonly string[], help: string): Tally;
  distribution(
    name: string,
    labels: readonly string[],
    buckets: readonly number[],
    help: string,
  ): Distribution;
  /** From now on these are read from the facts at each scrape. */
  read(metrics: readonly Metric[], facts: () => Facts): void;
  /** Names of all that is printed, without the endings of distributions. */
  names(): readonly string[];
  /** The text format of Prometheus, version 0.0.4. */
  text(): Promise<string>;
  readonly content_type: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    tally(name, labels, help) {
      const metric = new Counter({ name, help, labelNames: [...labels], registers });
      return { add: (values, n = 1) => metric.labels(...values).inc(n) };
    },
    distribution(name, labels, buckets, help) {
      const metric = new Histogram({
        name,
        help,
        labelNames: [...labels],
        buckets: [...buckets],
        registers,
      });
      return { observe: (values, value) => metric.labels(...values).observe(value) };
    },
    read(metrics, facts) {
      for (const { name, help, labels, kind, samples } of metrics) {
        const options = { name, help, labelNames: [...labels], registers: [] };
        const metric =
          kind === "gauge"
            ? new Gauge({
                ...options,
                collect() {
                  const known = samples(facts());
                  empty(this, labels, known.length);
                  for (const [values, value] of known) this.labels(...values.map(String)).set(value);
                },
              })
            : new Counter({
                ...options,
                collect() {
                  const known = samples(facts());
                  empty(this, labels, known.length);
                  for (const [values, value] of known) this.labels(...values.map(String)).inc(value);
                },
              });
        registry.registerMetric(metric);
      }
    },
    names: () => registry.getMetricsAsArray().map(({ name }) => name),
    text: () => registry.metrics(),
    content_type: registry.contentType,
  };
}

/** What is not known any more must not leave its last value standing, nor a 0 that nobody measured. */
function empty(metric: Gauge | Counter, labels: readonly string[], samples: number): void {
  metric.reset();
  if (labels.length === 0 && samples === 0) metric.remove();
}

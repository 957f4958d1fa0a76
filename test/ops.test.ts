/** What `ops/` asks of Prometheus is what `/metrics` prints: names, labels and values of labels. */
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { systemClock } from "../src/core/time.ts";
import { batchMetrics } from "../src/observe/batch-metrics.ts";
import { feedMetrics } from "../src/observe/feed-metrics.ts";
import { jobMetrics } from "../src/observe/job-metrics.ts";
import { createMeters } from "../src/observe/meters.ts";
import { createObservation } from "../src/observe/observe.ts";
import { predictionMetrics } from "../src/observe/prediction-metrics.ts";
import { processMetrics } from "../src/observe/process-metrics.ts";
import { streamMetrics } from "../src/observe/stream-metrics.ts";
import { parsePrometheus } from "./prometheus-text.ts";

const OPS = join(import.meta.dir, "..", "ops");
const read = (file: string): string => readFileSync(join(OPS, file), "utf8");

const alertsSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.object({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.object({ summary: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});
const alerts = alertsSchema
  .parse(Bun.YAML.parse(read("prometheus/alerts.yml")))
  .groups.flatMap(({ rules }) => rules);

const dashboard = z
  .object({
    panels: z.array(
      z.object({
        title: z.string(),
        targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
      }),
    ),
  })
  .parse(JSON.parse(read("grafana/arterial.json")));

const meters = createMeters(systemClock);
const observation = createObservation({
  clock: systemClock,
  version: "test",
  meters,
  streams: [],
  serving: { streams: () => Promise.reject(new Error("nothing here")) },
  history: { bytes: () => Promise.reject(new Error("nothing here")) },
  live_on: "this process",
});
afterAll(() => observation.stop());
const { types } = parsePrometheus(await observation.text());

/** Labels of a metric as it is declared, and those that Prometheus adds. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  arterial_http_request_duration_seconds: ["method", "route", "status", "le"],
  arterial_served_total: ["layer"],
  arterial_batch_events: ["stream", "le"],
  arterial_batch_duration_seconds: ["stream", "le"],
  arterial_query_duration_seconds: ["query", "le"],
  arterial_query_failures_total: ["query"],
  arterial_live_event_age_seconds: ["le"],
};
const labels = new Map<string, readonly string[]>([
  ...[
    ...streamMetrics,
    ...batchMetrics,
    ...feedMetrics,
    ...jobMetrics,
    ...predictionMetrics,
    ...processMetrics,
  ].map((m) => [m.name, m.labels] as const),
  ...Object.entries(COUNTED),
  ["up", []],
]);

/** Functions, operators and words of the query language that we use. */
const WORDS = new Set(
  "max min sum avg abs rate increase delta time by on and or unless topk histogram_quantile".split(" "),
);
const base = (name: string): string =>
  types.get(name.replace(/_(bucket|sum|count)$/, "")) === "histogram"
    ? name.replace(/_(bucket|sum|count)$/, "")
    : name;

/** What is wrong with an expression, as far as names, labels and brackets go. */
function faultsOf(expr: string): string[] {
  const faults: string[] = [];
  for (const [open, close] of [
    ["(", ")"],
    ["[", "]"],
    ["{", "}"],
  ] as const)
    if (expr.split(open).length !== expr.split(close).length) faults.push(`${open}${close} do not match`);
  const used = new Set<string>();
  const bare = expr
    .replace(/(\w+)\{([^}]*)\}/g, (_, name: string, inside: string) => {
      for (const part of inside.split(",")) {
        const found = /^\s*(\w+)\s*(=|!=|=~|!~)\s*"[^"]*"\s*$/.exec(part);
        if (found === null) faults.push(`${part} is no matcher`);
        else if (![...(labels.get(base(name)) ?? []), "instance", "job"].includes(found[1]!))
          faults.push(`${name} has no label ${found[1]}`);
      }
      return name;
    })
    .replace(/\[\d+[smhd]\]/g, "")
    .replace(/\b(by|on)\s*\(([^)]*)\)/g, (_, _word, inside: string) => {
      for (const label of inside.split(",")) used.add(label.trim());
      return "";
    });
  const names = bare.match(/[a-zA-Z_:][\w:]*/g)?.filter((word) => !WORDS.has(word)) ?? [];
  if (names.length === 0) faults.push("asks for no metric");
  for (const name of names)
    if (name !== "up" && !types.has(base(name))) faults.push(`${name} is not printed`);
  for (const label of used) {
    const has = (name: string): boolean => (labels.get(base(name)) ?? []).includes(label);
    if (label !== "instance" && !names.some(has)) faults.push(`no metric has the label ${label}`);
  }
  return faults;
}

describe("ops", () => {
  test("all that is declared is printed, and all that is printed is declared", () => {
    expect([...types.keys()].sort()).toEqual([...labels.keys()].filter((name) => name !== "up").sort());
  });

  test("alerts ask for metrics and labels that there are", () => {
    expect(alerts.length).toBeGreaterThan(15);
    expect(alerts.flatMap(({ alert, expr }) => faultsOf(expr).map((fault) => `${alert}: ${fault}`))).toEqual(
      [],
    );
  });

  test("so does the dashboard", () => {
    const asked = dashboard.panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({ title, expr })),
    );
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.flatMap(({ title, expr }) => faultsOf(expr).map((fault) => `${title}: ${fault}`))).toEqual(
      [],
    );
  });

  test("a wrong name, label, matcher or bracket is seen", () => {
    for (const wrong of [
      "arterial_consumer_lag > 1",
      'arterial_consumer_lag_events{road_id="1"} > 1',
      "max by (key) (arterial_consumer_lag_events) > 1",
      "max(arterial_consumer_lag_events > 1",
      "arterial_served_total_bucket > 1",
      "arterial_breaker_state{state=open} == 1",
      "5 > 1",
    ])
      expect(faultsOf(wrong)).toHaveLength(1);
  });

  test("each alert has a name of its own, a runbook under it, and says only what its labels tell", () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { alert, expr, annotations } of alerts) {
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g)) {
        const by = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, inside]) => inside!.split(/,\s*/));
        expect([...by, ...(expr.startsWith("up{") ? ["instance"] : [])]).toContain(label!);
      }
    }
  });

  test("the field's names are there", () => {
    const names = alerts.map(({ alert }) => alert);
    for (const wanted of [
      "ArterialConsumerLag",
      "ArterialConsumerStuck",
      "ArterialFeedSilent",
      "ArterialLedgerBroken",
      "ArterialDeadLetters",
      "ArterialServingFromBatch",
      "RedisDown",
      "RedisOutOfConfiguredMaxmemory",
      "PostgresqlDown",
      "PostgresqlTooManyConnections",
    ])
      expect(names).toContain(wanted);
  });
});

/** What is warned of, as data: the papers' levels, and by how much a value must fall again before a warning ends. */
import { seconds } from "../core/time.ts";
import { hops } from "../serving/delivery.ts";
import { batchRules } from "./batch-rules.ts";
import { jobRules } from "./job-rules.ts";
import { predictionRules } from "./prediction-rules.ts";
import type { Rule } from "./rule.ts";

const n = (value: number): string => Math.round(value).toLocaleString("en-US");
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const s = (ms: number): string => (ms / 1_000).toFixed(1);

/** Shares of requests are told from this many on: one failed request of three is no rate. */
const REQUESTS_MIN = 50;

export const rules: readonly Rule[] = [
  {
    rule: "ledger-difference",
    level: "critical",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ streams }) =>
      streams.map(({ stream, label, ledger_difference }) => ({
        subject: stream,
        value: Math.abs(ledger_difference),
        text: `The ledger of ${label} does not add up: ${n(Math.abs(ledger_difference))} events are unaccounted for.`,
      })),
  },
  {
    rule: "store-away",
    level: "critical",
    above: 0,
    after_ms: seconds(2),
    below: 0,
    ended_after_ms: 0,
    read: ({ postgresql_up, delivery_known, live_server }) => [
      {
        subject: "postgresql",
        value: Number(postgresql_up === false),
        text: "PostgreSQL does not answer: nothing is stored until it does; the log keeps what comes in.",
      },
      {
        subject: "delivery",
        value: Number(!delivery_known && postgresql_up !== false),
        text: "The log does not answer: nothing comes in until it does, and its ends are as they were told last.",
      },
      ...(live_server === null
        ? []
        : [
            {
              subject: "redis",
              value: Number(!live_server.up),
              text: "Redis does not answer: what is now is answered from history.",
            },
          ]),
    ],
  },
  {
    rule: "breaker-open",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    // Half-open and open again is one outage.
    ended_after_ms: seconds(5),
    read: ({ breaker }) => [
      {
        subject: "live",
        value: Number(breaker === "open"),
        text: "The breaker around the live view is open: what is now is answered from history.",
      },
    ],
  },
  {
    rule: "writes-refused",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: seconds(5),
    read: ({ breaker, breaker_writes }) => [
      {
        subject: "live",
        // While nothing answers, that is what is warned of.
        value: Number(breaker_writes === "open" && breaker !== "open"),
        text: "Redis answers but takes no writes, because it is full or a replica: what is live grows old.",
      },
    ],
  },
  {
    rule: "consumer-stuck",
    level: "critical",
    above: seconds(20),
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ stuck }) =>
      stuck.map(({ stream, partition, still_ms }) => ({
        subject: `${stream}/${partition}`,
        value: still_ms,
        text: `History has not moved in partition ${partition} of ${stream} for ${s(still_ms)} s, while events come in.`,
      })),
  },
  {
    rule: "consumer-lag",
    level: "warning",
    above: 1_000,
    after_ms: seconds(4),
    below: 500,
    ended_after_ms: seconds(10),
    read: ({ streams, not_shrinking }) =>
      streams.map(({ stream, label, lag_events, lag_ms }) => ({
        subject: stream,
        // A lag that shrinks mends itself: a restart after a night reads on for minutes, and is no fault.
        value: not_shrinking.has(stream) ? lag_events : Math.min(lag_events, 750),
        text: `${label} is ${n(lag_events)} events and ${s(lag_ms)} s behind, and not catching up.`,
      })),
  },
  {
    rule: "canary-missed",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ canary }) =>
      hops.map((hop) => ({
        subject: hop,
        value: Number(canary !== null && canary.took_ms[hop] === null),
        text: `The last canary did not arrive in time: ${WHERE[hop]}.`,
      })),
  },
  ...jobRules,
  ...batchRules,
  ...predictionRules,
  {
    rule: "redis-memory",
    level: "warning",
    above: 0.8,
    after_ms: 0,
    below: 0.75,
    ended_after_ms: seconds(10),
    read: ({ live_server }) => {
      const memory = live_server?.memory;
      if (memory === null || memory === undefined || memory.max_bytes === null) return [];
      const share = memory.used_bytes / memory.max_bytes;
      return [{ subject: "redis", value: share, text: `Redis uses ${percent(share)} of its memory.` }];
    },
  },
  {
    rule: "pool",
    level: "warning",
    above: 0.8,
    after_ms: seconds(6),
    below: 0.7,
    ended_after_ms: seconds(10),
    read: ({ pools }) =>
      pools.map(({ pool, in_use, max }) => ({
        subject: pool,
        value: in_use / max,
        text: `${n(in_use)} questions share the ${n(max)} connections of ${pool}.`,
      })),
  },
  {
    rule: "feed-suspect",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ feeds }) =>
      feeds.map(({ feed, label, suspect }) => ({
        subject: feed,
        value: Number(suspect !== null),
        text: `${label} is not believed, and its values are held back: ${suspect?.words}.`,
      })),
  },
  {
    rule: "feed-failing",
    level: "warning",
    above: 1,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ feeds }) =>
      feeds.map(({ feed, label, failed_polls, last_error }) => ({
        subject: feed,
        value: failed_polls,
        text: `${label} has failed ${n(failed_polls)} times in a row: ${last_error?.words ?? "nobody was asked"}.`,
      })),
  },
  {
    rule: "feed-unattended",
    level: "warning",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ feeds }) =>
      feeds.map(({ feed, label, state }) => ({
        subject: feed,
        value: Number(state === "unattended"),
        text: `Nobody polls ${label}: no process with the role feeds has it in FEEDS.`,
      })),
  },
  {
    rule: "feed-quota",
    level: "warning",
    // Times as rarely as it should.
    above: 3,
    after_ms: 0,
    below: 2,
    ended_after_ms: 0,
    read: ({ feeds }) =>
      feeds.map(({ feed, label, quota, interval_ms, every_ms, state }) => ({
        subject: feed,
        value: state === "spent" ? 4 : interval_ms / every_ms,
        text: `${label} runs short of calls: ${n(quota.calls)} of ${n(quota.max ?? 0)} are used today, so it is polled every ${n(interval_ms / 60_000)} min.`,
      })),
  },
  {
    rule: "slow-query",
    level: "warning",
    above: 1_000,
    after_ms: 0,
    below: 1_000,
    ended_after_ms: 0,
    read: ({ slowest_query_ms }) => [
      {
        subject: "postgresql",
        value: slowest_query_ms,
        text: `A question to the database took ${s(slowest_query_ms)} s in the last minute.`,
      },
    ],
  },
  {
    rule: "error-rate",
    level: "warning",
    above: 0.01,
    after_ms: 0,
    below: 0.005,
    ended_after_ms: seconds(10),
    read: ({ requests: { all, failed } }) => {
      const share = all < REQUESTS_MIN ? 0 : failed / all;
      return [
        {
          subject: "http",
          value: share,
          text: `${percent(share)} of the last minute's ${n(all)} requests failed.`,
        },
      ];
    },
  },
  {
    rule: "restart-budget",
    level: "critical",
    above: 0,
    after_ms: 0,
    below: 0,
    ended_after_ms: 0,
    read: ({ restarts }) =>
      restarts.map(({ service, remaining }) => ({
        subject: service,
        value: Number(remaining <= 1),
        text: `${service} keeps crashing: ${remaining === 0 ? "the next crash ends" : "two more crashes end"} the process.`,
      })),
  },
];

const WHERE = {
  log: "the log did not take it",
  history: "history has not stored it",
  live: "the live view does not have it",
  sse: "no client was told",
} as const;

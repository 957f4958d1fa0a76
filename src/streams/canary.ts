/** The canary: an event a minute of each process, sent through the real log, layers and hub to measure the way. */
import { id, number } from "../core/field.ts";
import { limits } from "../core/limits.ts";
import { defineStream } from "../core/stream.ts";
import { days, hours, minutes } from "../core/time.ts";

export const canary = defineStream({
  name: "canary",
  label: "Canary",
  doc: "An event a minute that measures the way from the log to history, the live view and the clients.",
  topic: "arterial-canary",
  // One is enough: it measures the way, not the load.
  partitions: 1,
  log_retention_ms: hours(1),
  fields: {
    canary_id: id("Process that sent it."),
    turn: number("How many it had sent before.", {
      unit: "1",
      min: 0,
      max: limits.canary_turns_max,
      decimals: 0,
    }),
  },
  key: "canary_id",
  event_time: "sent_at",
  expected_period_ms: limits.canary_every_ms,
  live: { hash: "canary:{canary_id}", ttl_ms: minutes(5) },
  history: { table: "canary_data", retention_ms: days(2) },
  internal: true,
});

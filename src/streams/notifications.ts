/** Notifications: what somebody should know of, in paper 004's JSON. */
import { count } from "../core/aggregate.ts";
import { choice, id, text } from "../core/field.ts";
import { placeFault, placeFields } from "../core/place.ts";
import { defineStream } from "../core/stream.ts";
import { hours } from "../core/time.ts";

export const alertTypes = [
  "heavy_congestion",
  "sudden_jam",
  "severe_traffic",
  "anomaly",
  "air_quality",
  "feed_silent",
  "system",
] as const;

const optional = { optional: true };
/** Ids of routes in a text, as they are kept. */
const ROUTES_CHARS_MAX = 2_000;

export const notifications = defineStream({
  name: "notifications",
  label: "Notifications",
  doc: "What somebody should know of.",
  topic: "traffic-notifications",
  // One, as in the paper: notifications keep their order.
  partitions: 1,
  log_retention_ms: hours(1),
  fields: {
    alert_type: choice("What it is about.", alertTypes),
    severity: choice("How much it matters.", ["low", "medium", "high", "critical"]),
    road_id: id("Road that it is about.", optional),
    road_name: text("Its name, for people.", optional),
    message: text("What happened, as a sentence.", { chars_max: 500 }),
    affected_routes: text("Ids of the routes that it touches, with commas between.", {
      chars_max: ROUTES_CHARS_MAX,
      derived: true,
      ...optional,
    }),
    ...placeFields("what it is about", optional),
  },
  key: "alert_type",
  event_time: "timestamp",
  // Told when there is something to tell: a day without is a good day.
  expected_period_ms: hours(8),
  open_keys: true,

  derive(row, _event_time_ms, _city, raw) {
    const routes: unknown = raw["affected_routes"] ?? null;
    const list: unknown[] =
      routes === null || routes === ""
        ? []
        : typeof routes === "string"
          ? [routes]
          : Array.isArray(routes)
            ? routes
            : [null];
    const joined = list.join(",");
    if (
      !list.every((route) => typeof route === "string") ||
      joined.length > ROUTES_CHARS_MAX ||
      !/^[^\p{Cc}\p{Cs}]*$/u.test(joined)
    )
      return {
        field: "affected_routes",
        rule: `must be a list of ids of routes, ${ROUTES_CHARS_MAX} characters in all`,
        reason: "schema",
      };
    row["affected_routes"] = joined === "" ? null : joined;
    return placeFault(row);
  },

  history: { table: "notifications", retention_ms: null },
  windows: { table: "notification_windows", size_ms: hours(1), aggregates: [count()] },
});

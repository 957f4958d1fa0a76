/** Route updates: that the road graph has new weights, in paper 004's JSON. */
import { choice, id, number } from "../core/field.ts";
import { defineStream } from "../core/stream.ts";
import { days, hours, minutes } from "../core/time.ts";

export const routeUpdates = defineStream({
  name: "route-updates",
  label: "Route updates",
  doc: "That the road graph of the city has new weights.",
  topic: "route-updates",
  partitions: 1,
  log_retention_ms: hours(1),
  fields: {
    city: id("Whose graph it is: this installation's.", { derived: true }),
    graph_version: id("Version of the weights."),
    roads_updated: number("Roads whose weight changed.", { unit: "1", min: 0, max: 10_000_000, decimals: 0 }),
    update_type: choice("Where the weights come from.", [
      "predictions_applied",
      "live_applied",
      "graph_loaded",
    ]),
  },
  key: "city",
  event_time: "timestamp",
  expected_period_ms: minutes(5),

  derive(row, _event_time_ms, city) {
    row["city"] = city.city_id;
    return null;
  },

  // As good as for ever: a graph stays the newest until another comes.
  live: { hash: "graph:{city}:current", ttl_ms: days(365) },
  history: { table: "route_updates", retention_ms: days(2) },
});

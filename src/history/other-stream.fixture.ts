/** A second stream for the laws: traffic's fields, and tables of its own. */
import { defineStream, type Stream } from "../core/stream.ts";
import { traffic } from "../streams/traffic.ts";

export const other: Stream = defineStream({
  ...traffic,
  name: "other",
  topic: "other-raw",
  history: { ...traffic.history, table: "other_data" },
  windows: { ...traffic.windows!, table: "other_windows" },
});

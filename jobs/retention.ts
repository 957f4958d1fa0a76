/** Partitions for the days to come, and what is old enough goes, of history and of the log. */
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";
import { keepPartitions } from "./keep-partitions.ts";
import { minutes } from "../src/core/time.ts";
import { DEAD_LETTERS_TOPIC } from "../src/sources/door.ts";

export function retention({ streams, history, log, clock }: JobDeps): Job {
  let dropped: string[] = [];
  const round = keepPartitions({
    streams,
    history,
    log,
    rejects_topic: DEAD_LETTERS_TOPIC,
    clock,
    onDropped: (names) => dropped.push(...names),
  });
  return {
    name: "retention",
    label: "Retention",
    doc: "Makes the next days' partitions, and drops what is older than its retention, of history and of the log.",
    schedule: "*/10 * * * *",
    longest_ms: minutes(15),
    at_first: true,
    async run() {
      dropped = [];
      await round();
      return {
        dropped: dropped.length,
        words: dropped.length === 0 ? "nothing was old enough to go" : dropped.join(", "),
      };
    },
  };
}

/** A member of a group in a process of its own, for tests that kill it: commits each batch, and says so. */
import { systemClock } from "../core/time.ts";
import { openPostgresLog } from "./postgres-log.ts";

const [url, topic, group, lease_ms] = process.argv.slice(2);
const log = openPostgresLog({ url: url!, clock: systemClock, lease_ms: Number(lease_ms) });
await log.consume({
  topics: [topic!],
  group: group!,
  onBatch: async (batch, consumer) => {
    await consumer.commit(batch.topic, batch.partition, batch.next_offset);
    process.stdout.write("reads\n");
  },
});

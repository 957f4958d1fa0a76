/** A member of a group in a process of its own, for tests that kill it: commits each batch, and says so. */
import { systemClock } from "../../core/time.ts";
import { openKafkaLog } from "./log.ts";

const [brokers, topic, group] = process.argv.slice(2);
const log = openKafkaLog({ brokers: [brokers!], clock: systemClock });
await log.consume({
  topics: [topic!],
  group: group!,
  onBatch: async (batch, consumer) => {
    await consumer.commit(batch.topic, batch.partition, batch.next_offset);
    process.stdout.write("reads\n");
  },
});

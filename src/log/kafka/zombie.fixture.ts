/** A member that holds its first batch until it is told to commit it, for tests that stop its process meanwhile. */
import { systemClock } from "../../core/time.ts";
import { openKafkaLog } from "./log.ts";

const [brokers, topic, group] = process.argv.slice(2);
const log = openKafkaLog({ brokers: [brokers!], clock: systemClock });
const told = new Promise((resolve) => process.stdin.once("data", resolve));
await log.consume({
  topics: [topic!],
  group: group!,
  onBatch: async (batch, consumer) => {
    process.stdout.write("has a batch\n");
    await told;
    const verdict = await consumer.commit(batch.topic, batch.partition, batch.next_offset).then(
      () => "accepted",
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    );
    process.stdout.write(`commit: ${verdict}\n`);
  },
});

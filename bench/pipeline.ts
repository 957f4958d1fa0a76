/**
 * The whole way of an event, from the log into history and live view, as fast as it goes.
 *
 *   bun run bench pipeline [--log kafka|postgres] [--events 200000] [--seconds 60] [--beside 15] [--speed off]
 *
 * On Kafka and Redis where java and redis-server are there, else on the embedded log alone.
 */
import { parseArgs } from "node:util";
import { kafkaMissing } from "../test/kafka.ts";
import { redisMissing } from "../test/redis.ts";

const { values } = parseArgs({
  options: {
    log: { type: "string" },
    events: { type: "string" },
    seconds: { type: "string", default: "60" },
    beside: { type: "string", default: "15" },
    speed: { type: "string", default: "on" },
  },
});
const missing = kafkaMissing() ?? redisMissing;
if (values.log === "kafka" && missing !== null) throw new Error(missing);
if (values.log === undefined && missing !== null)
  process.stdout.write(`${missing}; so this is the embedded pipeline alone\n`);
if ((values.log ?? (missing === null ? "kafka" : "postgres")) === "kafka") {
  const { benchKafka } = await import("./pipeline/kafka.ts");
  await benchKafka({
    events: Number(values.events ?? 200_000),
    seconds: Number(values.seconds),
    beside_s: Number(values.beside),
    speed: values.speed === "on",
  });
} else {
  const { benchEmbedded } = await import("./pipeline/embedded.ts");
  await benchEmbedded(Number(values.events ?? 600_000));
}
process.exit(0);

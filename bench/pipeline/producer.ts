/**
 * A producer in a process of its own: so many events into a topic, as fast as it goes or at a rate. Says at its end how
 * fast it was.
 *
 *   bun bench/pipeline/producer.ts <brokers> <topic> <seed> <events> <from_ms> <step_ms> [events per s]
 */
import { systemClock as clock } from "../../src/core/time.ts";
import { openKafkaLog } from "../../src/log/kafka/log.ts";
import { eventBatches } from "./events.ts";

const [brokers, topic, seed, events, from_ms, step_ms, rate] = process.argv.slice(2);
const SIZE = 2_000;
const wanted = Number(events);
const log = openKafkaLog({ brokers: brokers!.split(","), clock });
const began = performance.now();
let sent = 0;
const under_way = new Set<Promise<unknown>>();
for (const batch of eventBatches({
  seed: Number(seed),
  size: SIZE,
  from_ms: Number(from_ms),
  step_ms: Number(step_ms),
})) {
  if (sent >= wanted) break;
  const due_ms = rate === undefined ? 0 : (sent / Number(rate)) * 1_000;
  const early_ms = due_ms - (performance.now() - began);
  if (early_ms > 0) await Bun.sleep(early_ms);
  const append = log.append(topic!, batch.slice(0, wanted - sent)).finally(() => under_way.delete(append));
  under_way.add(append);
  sent += Math.min(SIZE, wanted - sent);
  if (under_way.size >= 4) await Promise.race(under_way);
}
await Promise.all(under_way);
process.stdout.write(`${Math.round(sent / ((performance.now() - began) / 1_000))}\n`);
await log.close();
process.exit(0);

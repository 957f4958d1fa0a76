import { describe, setDefaultTimeout, test } from "bun:test";
import { kafkaMissing, startKafka } from "../../../test/kafka.ts";
import { testLog } from "../conformance.ts";
import { kafkaBeds } from "./bed.fixture.ts";

setDefaultTimeout(60_000);

const missing = kafkaMissing();
if (missing !== null) {
  describe("log: Kafka", () => test.skip(missing, () => {}));
} else {
  testLog("Kafka", kafkaBeds(startKafka), {
    durable: true,
    // The broker gives offsets and visibility together: there is no append that may be held in between.
    holdsAppends: false,
    killsMembers: true,
    remakes: true,
    restarts: true,
    // Retention is the broker's own work, by its own clock.
    retains: false,
    patience_ms: 12_000,
  });
}

/** The log that the configuration names: Kafka, or the database that history is in. */
import type { Config } from "./config.ts";
import type { Clock } from "./core/time.ts";
import { openKafkaLog } from "./log/kafka/log.ts";
import type { Log } from "./log/log.ts";
import { openPostgresLog } from "./log/postgres-log.ts";

export interface OpenLogOptions {
  /** Address of the database, and its name for people. */
  url: string;
  database: string;
  clock: Clock;
  onWarning: (part: string, message: string) => void;
}

/** @returns The log, and what it runs on. Nothing is connected yet. */
export function openLog(config: Config, options: OpenLogOptions): readonly [log: Log, on: string] {
  const { url, database, clock, onWarning } = options;
  const brokers = config.KAFKA_BROKERS;
  if (brokers === undefined) return [openPostgresLog({ url, clock }), database];
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = config;
  const log = openKafkaLog({
    brokers,
    ssl: config.KAFKA_SSL,
    ...(mechanism === undefined
      ? {}
      : { sasl: { mechanism, username: KAFKA_SASL_USERNAME ?? "", password: KAFKA_SASL_PASSWORD ?? "" } }),
    clock,
    onWarning: (message) => onWarning("log", message),
  });
  return [log, `Kafka at ${brokers.join(", ")}`];
}

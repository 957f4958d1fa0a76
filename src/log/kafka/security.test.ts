import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  KAFKA_PASSWORD,
  KAFKA_USER,
  kafkaMissing,
  startKafka,
  type KafkaServer,
  type SaslMechanism,
} from "../../../test/kafka.ts";
import { freshFolder, startInstance } from "../../../test/instance.ts";
import { LogRefusedError } from "../../core/errors.ts";
import { systemClock } from "../../core/time.ts";
import { numbered, numberOf, range } from "../conformance-kit.ts";
import { openKafkaLog, type KafkaLogOptions } from "./log.ts";
import type { Log } from "../log.ts";

setDefaultTimeout(90_000);

const missing = kafkaMissing();
const TOPIC = { topic: "topic-refused", partitions: 1, retention_ms: 3_600_000 };
const MECHANISMS: readonly SaslMechanism[] = ["plain", "scram-sha-256", "scram-sha-512"];
let server: KafkaServer;
const opened: Log[] = [];

const open = (options: Partial<KafkaLogOptions>): Log => {
  const log = openKafkaLog({ brokers: [server.brokers], clock: systemClock, ...options });
  opened.push(log);
  return log;
};
const login = (
  mechanism: SaslMechanism,
  password = KAFKA_PASSWORD,
): NonNullable<KafkaLogOptions["sasl"]> => ({
  mechanism,
  username: KAFKA_USER,
  password,
});

/** What an append and a start are told. */
const refusals = (log: Log): Promise<unknown[]> =>
  Promise.all(
    [log.append("topic-plain", numbered(0, 1)), log.createTopics([TOPIC])].map((asked) =>
      asked.then(
        () => null,
        (error: unknown) => error,
      ),
    ),
  );

describe.skipIf(missing !== null)(`log: Kafka, TLS and SASL${missing === null ? "" : `. ${missing}`}`, () => {
  beforeAll(async () => {
    server = await startKafka({ sasl: MECHANISMS, tls: true });
  });
  afterAll(async () => {
    await Promise.all(opened.map((log) => log.close()));
    await server.close();
  });

  test.each([...MECHANISMS])("%s over TLS: created, appended, read by a group", async (mechanism) => {
    const log = open({ ssl: { ca: server.ca! }, sasl: login(mechanism) });
    const topic = `topic-${mechanism}`;
    await log.createTopics([{ topic, partitions: 2, retention_ms: 3_600_000 }]);
    await log.append(topic, numbered(0, 50));
    const seen: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const consumer = await log.consume({
      topics: [topic],
      group: `group-${mechanism}`,
      onBatch: async (batch, mine) => {
        seen.push(...batch.records.map(numberOf));
        await mine.commit(topic, batch.partition, batch.next_offset);
        if (seen.length >= 50) resolve();
      },
    });
    await promise;
    expect(seen.sort((a, b) => a - b)).toEqual(range(0, 50));
    await consumer.close();
  });

  test("a wrong password is refused at once, not tried for ever", async () => {
    for (const mechanism of MECHANISMS) {
      const log = open({ ssl: { ca: server.ca! }, sasl: login(mechanism, "wrong") });
      const began_ms = performance.now();
      for (const error of await refusals(log)) {
        expect(error).toBeInstanceOf(LogRefusedError);
        expect(error).toMatchObject({ reason: "login" });
        expect(String(error)).toMatch(/authentication/i);
      }
      // An append that is tried for as long as one is fails after 8 s.
      expect(performance.now() - began_ms).toBeLessThan(8_000);
    }
  });

  test("a certificate of an authority that is not known is refused", async () => {
    const warnings: string[] = [];
    const log = open({ ssl: true, sasl: login("plain"), onWarning: (sentence) => warnings.push(sentence) });
    for (const error of await refusals(log)) {
      expect(error).toBeInstanceOf(LogRefusedError);
      expect(error).toMatchObject({ reason: "certificate" });
    }
    expect(warnings.join()).toMatch(/certificate/i);
    expect(warnings.length).toBeLessThan(5);
  });

  test("a start that is refused ends with one sentence that names what to mend, and not the password", async () => {
    const ca_file = join(freshFolder("kafka-ca"), "ca.pem");
    writeFileSync(ca_file, server.ca!);
    const instance = await startInstance({
      env: {
        KAFKA_BROKERS: server.brokers,
        KAFKA_SSL: "true",
        KAFKA_SASL_MECHANISM: "plain",
        KAFKA_SASL_USERNAME: KAFKA_USER,
        KAFKA_SASL_PASSWORD: "wrong secret",
        NODE_EXTRA_CA_CERTS: ca_file,
      },
      wait: null,
    });
    expect(await instance.exited).toBe(1);
    expect(instance.output()).toContain("KAFKA_SASL_PASSWORD");
    expect(instance.output()).not.toContain("wrong secret");
    expect(instance.output()).not.toContain(".ts:");
  });
});

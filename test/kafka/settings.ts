/** The broker's settings as server.properties: one process that is broker and controller (KRaft), small and quick. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export type SaslMechanism = "plain" | "scram-sha-256" | "scram-sha-512";

export interface KafkaOptions {
  /** Clients must say who they are: `KAFKA_USER`, `KAFKA_PASSWORD`. */
  sasl?: SaslMechanism | readonly SaslMechanism[];
  /** The listener of the clients is TLS, with a certificate of its own (`KafkaServer.ca`). */
  tls?: boolean;
  /** Arguments of the JVM beside ours: `-XX:TieredStopAtLevel=4` for a bench, where the start does not count. */
  java?: readonly string[];
  /** Broker settings beside ours. */
  settings?: Readonly<Record<string, string>>;
  /** Listeners of their own for clients that come through a proxy: it stands at `advertised`, the broker at `port`. */
  behind?: readonly { port: number; advertised: number }[];
}

export const KAFKA_USER = "arterial";
export const KAFKA_PASSWORD = "broker secret";
const STORE_PASSWORD = "keystore";

export interface Ports {
  /** For clients, with SASL and TLS where asked. */
  client: number;
  /** For the broker itself and for the harness to look whether it answers. */
  inner: number;
  controller: number;
}

export function serverProperties(dir: string, ports: Ports, options: KafkaOptions): string {
  const protocol = `${options.sasl === undefined ? "" : "SASL_"}${options.tls === true ? "SSL" : "PLAINTEXT"}`;
  const behind = options.behind ?? [];
  const listeners = `CLIENT://127.0.0.1:${ports.client},INNER://127.0.0.1:${ports.inner}`;
  const named = (portOf: (one: { port: number; advertised: number }) => number): string =>
    behind.map((one, n) => `,BEHIND${n}://127.0.0.1:${portOf(one)}`).join("");
  const settings: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${ports.controller}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INNER",
    listeners: `${listeners}${named(({ port }) => port)},CONTROLLER://127.0.0.1:${ports.controller}`,
    "advertised.listeners": `${listeners}${named(({ advertised }) => advertised)}`,
    "listener.security.protocol.map": `CLIENT:${protocol},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT${behind.map((_, n) => `,BEHIND${n}:${protocol}`).join("")}`,
    "log.dirs": join(dir, "data"),
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "1",
    "log.segment.bytes": String(16 * 1024 * 1024),
    "log.index.size.max.bytes": String(256 * 1024),
    "log.cleaner.dedupe.buffer.size": String(8 * 1024 * 1024),
    "log.retention.check.interval.ms": "2000",
    // Else a broker that was killed is let in again only after 9 s.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "300",
    // A deleted topic goes soon; a broker that is asked to stop does so at once.
    "log.segment.delete.delay.ms": "1000",
    "controlled.shutdown.enable": "false",
    // A record of 1 MiB and what is around it.
    "message.max.bytes": String(2 * 1024 * 1024),
  };
  const mechanisms = mechanismsOf(options);
  if (mechanisms.length > 0) settings["sasl.enabled.mechanisms"] = mechanisms.join(",").toUpperCase();
  for (const mechanism of mechanisms) {
    settings[`listener.name.client.${mechanism}.sasl.jaas.config`] =
      mechanism === "plain"
        ? `org.apache.kafka.common.security.plain.PlainLoginModule required user_${KAFKA_USER}="${KAFKA_PASSWORD}";`
        : "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  }
  if (options.tls === true) {
    settings["ssl.keystore.location"] = join(dir, "broker.p12");
    settings["ssl.keystore.type"] = "PKCS12";
    settings["ssl.keystore.password"] = STORE_PASSWORD;
    settings["ssl.key.password"] = STORE_PASSWORD;
  }
  return Object.entries({ ...settings, ...options.settings })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

const mechanismsOf = ({ sasl }: KafkaOptions): readonly SaslMechanism[] =>
  sasl === undefined ? [] : typeof sasl === "string" ? [sasl] : sasl;

/** What StorageTool wants to know beside the settings. */
export const formatArguments = (options: KafkaOptions): string[] =>
  mechanismsOf(options).flatMap((mechanism) =>
    mechanism === "plain"
      ? []
      : ["--add-scram", `${mechanism.toUpperCase()}=[name=${KAFKA_USER},password=${KAFKA_PASSWORD}]`],
  );

/** Makes the broker's key and certificate for 127.0.0.1. @returns the certificate, PEM. */
export function makeCertificate(dir: string): string {
  const store = join(dir, "broker.p12");
  const access = [
    "-keystore",
    store,
    "-storetype",
    "PKCS12",
    "-storepass",
    STORE_PASSWORD,
    "-alias",
    "broker",
  ];
  if (!existsSync(store)) {
    const name = ["-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1,dns:localhost"];
    keytool(["-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-validity", "3650", ...name, ...access]);
  }
  return keytool(["-exportcert", "-rfc", ...access]);
}

function keytool(args: string[]): string {
  const run = Bun.spawnSync(["keytool", ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  if (run.exitCode !== 0) throw new Error(`keytool failed: ${run.stdout.toString()}${run.stderr.toString()}`);
  return run.stdout.toString();
}

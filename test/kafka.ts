/**
 * A real Apache Kafka for tests: one process per server, in a folder of its own under `.test/`.
 *
 * `sharedKafka()` is one broker for all tests of a process: never hurt it. `startKafka()` is one of your own.
 * A small shell beside each broker holds a pipe from us and kills the broker when this process ends in any
 * way, also by SIGKILL: none is ever orphaned.
 */
import { spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { brokerAnswers } from "./kafka/answers.ts";
import { CLASS_ARCHIVE, kafkaClassPath, kafkaMissing } from "./kafka/jars.ts";
import {
  formatArguments,
  makeCertificate,
  serverProperties,
  type KafkaOptions,
  type Ports,
} from "./kafka/settings.ts";

export { kafkaMissing } from "./kafka/jars.ts";
export { KAFKA_PASSWORD, KAFKA_USER, type SaslMechanism } from "./kafka/settings.ts";

export interface KafkaServer {
  /** For `KAFKA_BROKERS`: "127.0.0.1:port". */
  readonly brokers: string;
  /** Of the broker that runs now; 0 while none does. */
  readonly pid: number;
  /** The broker's certificate, PEM, when it was started with `tls`. */
  readonly ca: string | null;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
  /** SIGSTOP: it accepts connections and never answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Starts it again, on the same data and ports; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it and removes its data. Idempotent. */
  close(): Promise<void>;
}

/** Small, and quick to start. */
const JAVA = ["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const START_MS = 60_000;

let shared: Promise<KafkaServer> | null = null;
let made = 0;

export function sharedKafka(): Promise<KafkaServer> {
  return (shared ??= startKafka());
}

/** @throws {Error} if java or mvn is missing (ask `kafkaMissing()` first), or the broker does not come up. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const missing = kafkaMissing();
  if (missing !== null) throw new Error(missing);
  return startBroker({
    ...options,
    java: [`-XX:SharedArchiveFile=${CLASS_ARCHIVE}`, ...(options.java ?? [])],
  });
}

/**
 * Fetches what the brokers need, once per checkout (a minute): the jars, and an archive of their classes with which
 * every broker starts in half the time. A broker that comes up and ends in good order leaves it; without it all
 * works the same, only slower. Does nothing where Kafka cannot run.
 */
export async function prepareKafka(): Promise<void> {
  if (kafkaMissing() !== null || existsSync(CLASS_ARCHIVE)) return;
  const making = `${CLASS_ARCHIVE}.${process.pid}`;
  const broker = await startBroker({ java: [`-XX:ArchiveClassesAtExit=${making}`] });
  await broker.stop();
  await broker.close();
  if (existsSync(making)) renameSync(making, CLASS_ARCHIVE);
}

async function startBroker(options: KafkaOptions): Promise<KafkaServer> {
  const class_path = await kafkaClassPath();
  const dir = join(import.meta.dir, "..", ".test", `kafka-${process.pid}-${made++}`);
  mkdirSync(dir, { recursive: true });
  const [client, inner, controller] = await freePorts(3);
  const ports: Ports = { client: client!, inner: inner!, controller: controller! };
  const ca = options.tls === true ? makeCertificate(dir) : null;
  const settings = join(dir, "server.properties");
  writeFileSync(settings, serverProperties(dir, ports, options));
  writeFileSync(join(dir, "log4j2.properties"), LOGGING);
  const java = [
    ...JAVA,
    ...(options.java ?? []),
    `-Dlog4j2.configurationFile=${join(dir, "log4j2.properties")}`,
    "-cp",
    class_path,
  ];
  await format(dir, [
    ...java.filter((argument) => !argument.startsWith("-XX:ArchiveClasses")),
    "kafka.tools.StorageTool",
    "format",
    "-c",
    settings,
    ...formatArguments(options),
  ]);
  const broker = new Broker(dir, [...java, "kafka.Kafka", settings], ports, ca);
  await broker.start();
  return broker;
}

class Broker implements KafkaServer {
  readonly brokers: string;
  readonly ca: string | null;
  readonly #dir: string;
  readonly #command: string[];
  readonly #ports: Ports;
  #process: ChildProcess | null = null;
  #watchdog: ChildProcess | null = null;
  #gone: Promise<void> = Promise.resolve();

  constructor(dir: string, command: string[], ports: Ports, ca: string | null) {
    this.#dir = dir;
    this.#command = command;
    this.#ports = ports;
    this.ca = ca;
    this.brokers = `127.0.0.1:${ports.client}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async start(): Promise<void> {
    if (this.#process !== null) return;
    const log = openSync(join(this.#dir, "broker.log"), "a");
    const child = spawn("java", this.#command, { cwd: this.#dir, stdio: ["ignore", log, log] });
    closeSync(log);
    child.unref();
    this.#process = child;
    this.#watchdog = watch(child.pid!);
    this.#gone = new Promise((resolve) => {
      child.once("exit", () => {
        this.#process = null;
        this.#watchdog?.kill("SIGKILL");
        this.#watchdog = null;
        resolve();
      });
    });
    const end_ms = performance.now() + START_MS;
    while (!(await brokerAnswers(this.#ports.inner, 1_000))) {
      if (this.#process === null || performance.now() > end_ms)
        throw new Error(`Kafka did not come up; the end of its log: ${this.#lastWords()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#gone;
  }

  async stop(): Promise<void> {
    this.#process?.kill("SIGTERM");
    await this.#gone;
  }

  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #lastWords(): string {
    return readFileSync(join(this.#dir, "broker.log"), "utf8").trim().split("\n").slice(-5).join(" | ");
  }
}

async function format(dir: string, args: string[]): Promise<void> {
  const id = crypto.getRandomValues(Buffer.alloc(16)).toString("base64url").replace(/^-/, "A");
  const tool = Bun.spawn(["java", "-XX:TieredStopAtLevel=1", ...args, "-t", id], {
    cwd: dir,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(tool.stdout).text(), new Response(tool.stderr).text()]);
  if ((await tool.exited) !== 0) throw new Error(`Kafka could not make its storage: ${out}${err}`);
}

/** A shell that kills the broker once we are gone: it reads a pipe of ours that only our end closes. */
function watch(pid: number): ChildProcess {
  const child = spawn(
    "sh",
    ["-c", "trap '' INT HUP TERM; read _; kill -9 $1", "arterial-kafka-watch", String(pid)],
    {
      cwd: "/",
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    },
  );
  child.unref();
  const pipe: { unref?: () => void } | null = child.stdin as { unref?: () => void } | null;
  pipe?.unref?.();
  return child;
}

/**
 * Ports that are free now, below those that systems give to outgoing connections: else a client that calls a
 * broker which is away may be given the broker's own port, and the broker cannot come back.
 */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 15_000 + Math.floor(Math.random() * 16_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

const LOGGING = `rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n
`;

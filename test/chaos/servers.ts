/** Kafka, Redis and PostgreSQL of one's own, to hurt; and, where wanted, a bad network before each replica. */
import { createServer } from "node:net";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../src/embedded-postgres.ts";
import { freshFolder, removeFolder } from "../instance.ts";
import { startKafka, type KafkaServer } from "../kafka.ts";
import { startProxy, type Proxy } from "../proxy.ts";
import { startRedis, type RedisServer } from "../redis.ts";
import { makeTopic } from "./topic.ts";
import { until } from "./until.ts";

/** What a replica reaches its servers through. */
export interface Network {
  kafka: Proxy;
  redis: Proxy;
  postgres: Proxy;
}

export interface Postgres {
  /** Straight to the server that runs now. */
  readonly url: string;
  /** Immediate: no shutdown checkpoint, every transaction is cut off. */
  kill(): Promise<void>;
  /** Again on the same data, recovering. */
  start(): Promise<void>;
}

export interface Servers {
  kafka: KafkaServer;
  redis: RedisServer;
  postgres: Postgres;
  /** One per replica. */
  networks: readonly Network[];
  /** Environment of a replica. PostgreSQL is always behind a proxy: it comes back on another port. */
  envOf(replica: number): Record<string, string>;
  close(): Promise<void>;
}

export async function openServers(replicas: number, direct: boolean): Promise<Servers> {
  const ports = await Promise.all(Array.from({ length: replicas }, freePort));
  const proxies = await Promise.all(ports.map((port) => startProxy(port)));
  const behind = ports.map((port, n) => ({ port, advertised: proxies[n]?.port ?? 0 }));
  const [kafka, redis, postgres] = await Promise.all([
    startKafka({ behind }),
    startRedis(),
    OwnPostgres.open(),
  ]);
  await makeTopic(kafka.brokers, 4);
  const networks = await Promise.all(
    proxies.map(async (one) => ({
      kafka: one,
      redis: await startProxy(portOf(redis.url)),
      postgres: await startProxy(portOf(postgres.url)),
    })),
  );
  postgres.networks = networks;
  return {
    kafka,
    redis,
    postgres,
    networks,
    envOf(replica) {
      const network = networks[replica];
      if (network === undefined) throw new RangeError(`Cannot know replica ${replica} of ${networks.length}`);
      return {
        KAFKA_BROKERS: direct ? kafka.brokers : `127.0.0.1:${network.kafka.port}`,
        REDIS_URL: direct ? redis.url : `redis://127.0.0.1:${network.redis.port}`,
        DATABASE_URL: withPort(postgres.url, network.postgres.port),
        FEEDS: "none",
        SEED_HOURS: "0",
      };
    },
    async close() {
      await Promise.all(networks.flatMap((one) => Object.values(one).map((proxy: Proxy) => proxy.close())));
      await Promise.all([kafka.close(), redis.close(), postgres.close()]);
    },
  };
}

class OwnPostgres implements Postgres {
  /** Each start is on another port: the proxies are aimed at it. */
  networks: readonly Network[] = [];
  readonly #dir: string;
  #server: EmbeddedPostgres;

  constructor(dir: string, server: EmbeddedPostgres) {
    this.#dir = dir;
    this.#server = server;
  }
  static async open(): Promise<OwnPostgres> {
    const dir = freshFolder("postgres");
    return new OwnPostgres(dir, await startOn(dir));
  }
  get url(): string {
    return this.#server.url;
  }
  async kill(): Promise<void> {
    const { pid } = this.#server;
    if (!isAlive(pid)) return;
    process.kill(pid, "SIGQUIT");
    await until("PostgreSQL's end", 10_000, () => !isAlive(pid), 10);
  }
  async start(): Promise<void> {
    this.#server = await startOn(this.#dir);
    for (const { postgres } of this.networks) postgres.aim(portOf(this.url));
  }
  async close(): Promise<void> {
    await this.#server.stop(1_000);
    removeFolder(this.#dir);
  }
}

/** Durable as in production: a commit that was answered is still there after a crash. */
const startOn = (dir: string): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dir, settings: { max_connections: "80" } });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const portOf = (url: string): number => Number(new URL(url).port);

function withPort(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

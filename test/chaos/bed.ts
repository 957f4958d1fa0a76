/** Everything that a run needs: servers, replicas before bad networks, a city that sends, clients that listen. */
import { join } from "node:path";
import { openSql, type Sql } from "../../src/postgres.ts";
import { freshFolder, removeFolder } from "../instance.ts";
import { Listener } from "./listener.ts";
import { judge, type Verdict } from "./oracle.ts";
import { Producer } from "./producer.ts";
import { Replica } from "./replica.ts";
import { openServers, type Servers } from "./servers.ts";
import { Traffic, type TrafficOptions } from "./traffic.ts";
import { until } from "./until.ts";

export interface BedOptions {
  replicas: number;
  traffic: TrafficOptions;
  /** Part of what is sent by HTTP. */
  http_share?: number;
  /** Kafka and Redis without a proxy between: cheaper, where the network is not to be hurt. */
  direct?: boolean;
  /** Of each replica, beside the servers. */
  env?: (replica: number) => Readonly<Record<string, string>>;
}

export interface Bed {
  servers: Servers;
  replicas: readonly Replica[];
  traffic: Traffic;
  producer: Producer;
  listeners: readonly Listener[];
  /** Straight to PostgreSQL; opened anew after `servers.postgres.start`. */
  sql(): Sql;
  /** Clients of the live feed, one per replica. */
  listen(): void;
  /** How long from now until history has gone on in every partition, ms. While the city sends. */
  moved(deadline_ms?: number): Promise<number>;
  /** Waits until all is quiet, then judges. */
  judge(): Promise<Verdict>;
  close(): Promise<void>;
}

const PARTITIONS = [0, 1, 2, 3];

export async function openBed(options: BedOptions): Promise<Bed> {
  const servers = await openServers(options.replicas, options.direct ?? false);
  const folder = freshFolder("chaos");
  const env = (n: number): Readonly<Record<string, string>> => options.env?.(n) ?? {};
  const replicas = await Promise.all(
    Array.from({ length: options.replicas }, (_, n) => Replica.make({ ...servers.envOf(n), ...env(n) })),
  );
  const isWeb = (n: number): boolean => (env(n)["ROLES"] ?? "web").includes("web");
  const web = replicas.filter((_, n) => isWeb(n));
  const traffic = new Traffic(options.traffic);
  const producer = new Producer({
    traffic,
    brokers: servers.kafka.brokers,
    urls: () => web.filter((one) => one.running).map(({ url }) => url),
    http_share: options.http_share ?? 0.2,
    file: join(folder, "sent.ndjson"),
  });
  const listeners = web.map(
    // Its own replica, or any that runs: as behind a proxy that balances load.
    (own, n) =>
      new Listener(`client ${n}`, () => (own.running ? own : (web.find((one) => one.running) ?? own)).url),
  );
  let sql: Sql | null = null;
  let sql_url = "";
  const openOnce = (): Sql => {
    if (sql !== null && sql_url === servers.postgres.url) return sql;
    void sql?.end({ timeout: 0 }).catch(() => {});
    sql_url = servers.postgres.url;
    sql = openSql(sql_url, { max: 2, application_name: "chaos" });
    return sql;
  };
  return {
    servers,
    replicas,
    traffic,
    producer,
    listeners,
    sql: openOnce,
    listen: () => listeners.forEach((one) => one.start()),
    async moved(deadline_ms = 60_000) {
      const start_ms = performance.now();
      const places = async (): Promise<ReadonlyMap<number, number> | null> => {
        const query = openOnce()`select partition, next_offset from offsets where stream = 'traffic'`;
        const rows = await query.catch(() => null);
        return rows && new Map(rows.map((row) => [Number(row["partition"]), Number(row["next_offset"])]));
      };
      let before: ReadonlyMap<number, number> | null = null;
      await until("history in every partition going on", deadline_ms, async () => {
        const now = await places();
        if (before === null || now === null) {
          before ??= now;
          return false;
        }
        const from = before;
        return PARTITIONS.every((partition) => (now.get(partition) ?? 0) > (from.get(partition) ?? 0));
      });
      return performance.now() - start_ms;
    },
    judge: () =>
      judge({
        traffic,
        producer,
        brokers: servers.kafka.brokers,
        database_url: servers.postgres.url,
        redis_url: servers.redis.url,
        web: web.filter((one) => one.running).map(({ url }) => url),
        listeners: listeners.filter((one) => one.started),
      }),
    async close() {
      await Promise.all(listeners.map((one) => one.close()));
      await Promise.all(replicas.map((one) => one.stop()));
      await producer.close();
      await sql?.end({ timeout: 0 }).catch(() => {});
      await servers.close();
      for (const dir of [folder, ...replicas.map((one) => one.dir)]) removeFolder(dir);
    },
  };
}

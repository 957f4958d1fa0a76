/** Everything that a run needs: servers, replicas before bad networks, a city that sends, clients that listen. */
import { join } from "node:path";
import { openSql, type Sql } from "../../src/postgres.ts";
import { freshFolder, removeFolder } from "../instance.ts";
import { Listener } from "./listener.ts";
import { judge, type Verdict } from "./oracle.ts";
import { Producer } from "./producer.ts";
import { Replica } from "./replica.ts";
import { openServers, type Servers } from "./servers.ts";
import { topicEnds } from "./topic.ts";
import { Traffic, type TrafficOptions } from "./traffic.ts";
import { until } from "./until.ts";

export interface BedOptions {
  replicas: number;
  traffic: TrafficOptions;
  /** Part of what is sent by HTTP. */
  http_share?: number;
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
  /** How long from now until history has gone past the present end of every partition, ms. */
  moved(deadline_ms?: number): Promise<number>;
  /** Waits until all is quiet, then judges. */
  judge(): Promise<Verdict>;
  close(): Promise<void>;
}

export async function openBed(options: BedOptions): Promise<Bed> {
  const servers = await openServers(options.replicas);
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
      const ends = await topicEnds(servers.kafka.brokers);
      await until("history going on", deadline_ms, async () => {
        const rows =
          await openOnce()`select partition, next_offset from offsets where stream = 'traffic'`.catch(
            () => [],
          );
        const next = new Map(rows.map((row) => [Number(row["partition"]), Number(row["next_offset"])]));
        return [...ends].every(([partition, end]) => (next.get(partition) ?? 0) > end);
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
      removeFolder(folder);
    },
  };
}

/** A real PostgreSQL for tests: one server per test run, a fresh database per call. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../src/embedded-postgres.ts";

let server: Promise<EmbeddedPostgres> | null = null;

/** Starts the server on first use; it ends with this process (its watchdog sees to that). */
function testServer(): Promise<EmbeddedPostgres> {
  server ??= startEmbeddedPostgres({
    dir: join(import.meta.dir, "..", ".test", `postgres-${process.pid}`),
    settings: { max_connections: "100", fsync: "off" },
  });
  return server;
}

export interface TestDatabase {
  name: string;
  url: string;
  drop(): Promise<void>;
}

/** @param template Name of a database that nobody is connected to, to begin as a copy of it. */
export async function freshDatabase(template = "template1"): Promise<TestDatabase> {
  const { url } = await testServer();
  const name = `t_${randomBytes(6).toString("hex")}`;
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${name} template ${template}`);
  await admin.end();
  return {
    name,
    url: url.replace(/\/postgres$/, `/${name}`),
    async drop() {
      const again = postgres(url, { max: 1, onnotice: () => {} });
      await again.unsafe(`drop database if exists ${name} with (force)`);
      await again.end();
    },
  };
}

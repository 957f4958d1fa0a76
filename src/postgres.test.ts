/** What an address asks of the connection, on a server that speaks TLS with a certificate of its own making. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";
import { openSql } from "./postgres.ts";

const dir = join(import.meta.dir, "..", ".test", `postgres-tls-${process.pid}`);
let server: EmbeddedPostgres;
let root: string;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ dir });
  const [key, certificate] = ["server.key", "server.crt"].map((name) => join(server.data_dir, name));
  const made = spawnSync("openssl", [
    "req",
    "-new",
    "-x509",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=arterial-test",
    "-addext",
    "subjectAltName=IP:127.0.0.1",
    "-keyout",
    key!,
    "-out",
    certificate!,
  ]);
  if (made.status !== 0) throw new Error(`openssl could not make a certificate: ${made.stderr.toString()}`);
  const { uid, gid } = statSync(server.data_dir);
  for (const file of [key!, certificate!]) {
    chownSync(file, uid, gid);
    chmodSync(file, 0o600);
  }
  root = certificate!;
  const admin = postgres(server.url, { max: 1 });
  await admin.unsafe(`alter system set ssl_cert_file = '${certificate!}'`);
  await admin.unsafe(`alter system set ssl_key_file = '${key!}'`);
  await admin`alter system set ssl = on`;
  await admin`select pg_reload_conf()`;
  await admin.end();
  // The server looks at its settings in its own time.
  const until_ms = performance.now() + 30_000;
  for (
    let said = await encrypted("?sslmode=require");
    said !== true;
    said = await encrypted("?sslmode=require")
  ) {
    if (performance.now() > until_ms) throw new Error(`The server does not encrypt: ${said}`);
    await Bun.sleep(20);
  }
}, 60_000);

afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

/** Is the connection encrypted? Or what the driver says. */
async function encrypted(query: string, host = "127.0.0.1"): Promise<boolean | string> {
  const sql = openSql(`${server.url.replace("127.0.0.1", host)}${query}`, {
    max: 1,
    application_name: "arterial-test-tls",
  });
  try {
    const [row] = await sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    return row!.ssl;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

describe("sslmode in the address", () => {
  test("nothing and disable are plain, prefer and require are encrypted", async () => {
    expect(await encrypted("")).toBe(false);
    expect(await encrypted("?sslmode=disable")).toBe(false);
    expect(await encrypted("?sslmode=prefer")).toBe(true);
    expect(await encrypted("?sslmode=require")).toBe(true);
  });

  test("verify-full takes only a certificate of somebody trusted, in the server's name", async () => {
    expect(await encrypted("?sslmode=verify-full", "localhost")).toMatch(/self.signed|certificate/i);
    expect(await encrypted(`?sslmode=verify-full&sslrootcert=${root}`)).toBe(true);
    expect(await encrypted(`?sslmode=verify-full&sslrootcert=${root}`, "localhost")).toMatch(
      /altnames|hostname/i,
    );
  });

  test("verify-ca, and require with a certificate, do not look at the name", async () => {
    expect(await encrypted(`?sslmode=verify-ca&sslrootcert=${root}`)).toBe(true);
    expect(await encrypted(`?sslmode=require&sslrootcert=${root}`)).toBe(true);
    expect(await encrypted("?sslmode=verify-ca")).toMatch(/self.signed|certificate/i);
  });

  test("another word, or a file that is not there, is refused with a sentence", () => {
    const open = (query: string) => () =>
      openSql(`${server.url}${query}`, { max: 1, application_name: "arterial-test-tls" });
    expect(open("?sslmode=on")).toThrow("DATABASE_URL has sslmode=on");
    expect(open("?sslmode=verify-full&sslrootcert=/nowhere")).toThrow("sslrootcert=/nowhere");
  });
});

test("every connection has its limits: statements, locks, and transactions in which nothing happens", async () => {
  const sql = openSql(server.url, {
    max: 1,
    application_name: "arterial-test-limits",
    statement_timeout_ms: 4_000,
    lock_timeout_ms: 3_000,
    idle_in_transaction_ms: 2_000,
  });
  const [row] =
    await sql`select current_setting('statement_timeout') as s, current_setting('lock_timeout') as l,
    current_setting('idle_in_transaction_session_timeout') as i`;
  expect(row).toEqual({ s: "4s", l: "3s", i: "2s" });
  await sql.end();
});

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runningPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { alive } from "./processes.ts";
import { openSql } from "./postgres.ts";

const HOME = join(import.meta.dir, "..", ".test", `embedded-${process.pid}`);
afterAll(() => rmSync(HOME, { recursive: true, force: true }));

async function until(condition: () => boolean, deadline_ms: number): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > deadline_ms) throw new Error(`Cannot wait longer than ${deadline_ms} ms`);
    await Bun.sleep(20);
  }
  return performance.now() - start;
}

/** A process that starts a server in `dir`, tells its pid, and stands still. */
async function holder(dir: string): Promise<{ kill: () => Promise<void>; server: number }> {
  const file = JSON.stringify(join(import.meta.dir, "embedded-postgres.ts"));
  const code = `const { startEmbeddedPostgres } = await import(${file}); const s = await startEmbeddedPostgres({ dir: ${JSON.stringify(dir)} }); console.log(s.pid); setInterval(() => {}, 1000);`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  return {
    server: Number(new TextDecoder().decode(value)),
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

describe("startEmbeddedPostgres()", () => {
  test("starts, answers, keeps what was written over a restart, and stops within 3 s", async () => {
    const dir = join(HOME, "restart");
    const first = await startEmbeddedPostgres({ dir });
    const sql = openSql(first.url, { max: 1, application_name: "test" });
    await sql`create table kept as select 42 as answer`;
    await sql.end();
    expect(runningPostgres(dir)).toBe(first.url);
    const before = performance.now();
    await first.stop();
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(await until(() => !alive(first.pid), 1_000)).toBeLessThan(1_000);
    expect(runningPostgres(dir)).toBeNull();

    const second = await startEmbeddedPostgres({ dir });
    const again = openSql(second.url, { max: 1, application_name: "test" });
    expect((await again`select answer from kept`)[0]!["answer"]).toBe(42);
    await again.end();
    await second.stop();
  });

  test("a process killed with SIGKILL leaves no server behind", async () => {
    const held = await holder(join(HOME, "orphan"));
    expect(alive(held.server)).toBe(true);
    await held.kill();
    await until(() => !alive(held.server), 5_000);
    expect(alive(held.server)).toBe(false);
  });

  test("a server killed with SIGKILL together with its process comes back with its data", async () => {
    const dir = join(HOME, "group");
    const held = await holder(dir);
    process.kill(held.server, "SIGKILL");
    await held.kill();
    await until(() => !alive(held.server), 5_000);
    const server = await startEmbeddedPostgres({ dir });
    const sql = openSql(server.url, { max: 1, application_name: "test" });
    expect((await sql`select 1 as one`)[0]!["one"]).toBe(1);
    await sql.end();
    await server.stop();
  });

  test("a process killed in the middle of its first start leaves no server, and a folder that starts", async () => {
    const dir = join(HOME, "first");
    const file = JSON.stringify(join(import.meta.dir, "embedded-postgres.ts"));
    for (const ms of [50, 150, 300, 450, 600, 750, 900]) {
      const code = `const { startEmbeddedPostgres } = await import(${file}); await startEmbeddedPostgres({ dir: ${JSON.stringify(dir)} }); setInterval(() => {}, 1000);`;
      const child = Bun.spawn([process.execPath, "-e", code]);
      await Bun.sleep(ms);
      child.kill("SIGKILL");
      await child.exited;
    }
    const server = await startEmbeddedPostgres({ dir });
    const sql = openSql(server.url, { max: 1, application_name: "test" });
    expect((await sql`select 1 as one`)[0]!["one"]).toBe(1);
    // The watchdogs of before must not stop it.
    await Bun.sleep(6_000);
    expect((await sql`select 1 as one`)[0]!["one"]).toBe(1);
    await sql.end();
    await server.stop();
    expect(await until(() => !alive(server.pid), 1_000)).toBeLessThan(1_000);
  });

  test("the password is for its owner only", async () => {
    const dir = join(HOME, "secret");
    const server = await startEmbeddedPostgres({ dir });
    const wrong = openSql(server.url.replace(/:[^:@]+@/, ":wrong@"), { max: 1, application_name: "test" });
    expect(wrong`select 1`.then(() => "in")).rejects.toThrow(/password/);
    await wrong`select 1`.catch(() => {});
    await wrong.end();
    expect(readFileSync(join(dir, "postgres-password"), "utf8").length).toBeGreaterThan(16);
    await server.stop();
  });

  test("a folder that is a file is one sentence", async () => {
    mkdirSync(HOME, { recursive: true });
    const file = join(HOME, "a-file");
    writeFileSync(file, "");
    expect(startEmbeddedPostgres({ dir: file })).rejects.toThrow(
      /DATA_DIR is ".*a-file", which cannot be written \(E[A-Z]+\); give a folder that can/,
    );
    await startEmbeddedPostgres({ dir: file }).catch(() => {});
  });
});

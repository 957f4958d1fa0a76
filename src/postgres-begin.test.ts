/** A transaction whose connection is cut fails, and the process lives on. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { freshDatabase, type TestDatabase } from "../test/postgres.ts";
import { openSql, type Sql } from "./postgres.ts";

let database: TestDatabase;
let sql: Sql;
let admin: Sql;
let closings = 0;
beforeAll(async () => {
  database = await freshDatabase();
  sql = openSql(database.url, { max: 1, application_name: "cut", onclose: () => void (closings += 1) });
  admin = openSql(database.url, { max: 1, application_name: "test" });
});
afterAll(async () => {
  await Promise.all([sql.end(), admin.end()]);
  await database.drop();
});

const cut = async (): Promise<void> => {
  const before = closings;
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut' and datname = current_database()`;
  while (closings === before) await Bun.sleep(5);
};

test("what is sent after its connection has closed is refused, nothing is committed, and the next transaction works", async () => {
  await sql`create table kept (n integer)`;
  let refused: unknown = null;
  const cut_off = sql.begin(async (tx) => {
    await tx`insert into kept values (1)`;
    await cut();
    try {
      await tx`insert into kept values (2)`;
    } catch (error) {
      refused = error;
      throw error;
    }
  });
  expect((await cut_off.catch((error: { code?: string }) => error.code)) as unknown).toBe(
    "CONNECTION_CLOSED",
  );
  // A timer of the driver would fail in the next turn.
  await Bun.sleep(20);
  expect(refused).toMatchObject({ code: "CONNECTION_CLOSED" });
  await sql.begin(async (tx) => {
    await tx`insert into kept values (3)`;
  });
  expect((await sql<{ n: number }[]>`select n from kept`).map(({ n }) => n)).toEqual([3]);
});

test("work that fails is rolled back, options are kept, and several queries are awaited", async () => {
  const failed = sql.begin(async (tx) => {
    await tx`insert into kept values (4)`;
    throw new Error("no");
  });
  expect(failed).rejects.toThrow("no");
  await failed.catch(() => {});
  const level = await sql.begin("isolation level repeatable read read only", (tx) => [
    tx`select current_setting('transaction_isolation') as level`,
    tx`select count(*) as n from kept`,
  ]);
  expect(JSON.stringify(level)).toBe('[[{"level":"repeatable read"}],[{"n":1}]]');
});

test("a connection of the pool that closes takes no other's transaction with it", async () => {
  const pool = openSql(database.url, { max: 2, application_name: "pool" });
  const pidOf = async (tx: Pick<Sql, "unsafe">): Promise<number> =>
    (await tx.unsafe<{ pid: number }[]>("select pg_backend_pid() as pid"))[0]!.pid;
  const [inside, done] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()];
  const lives = pool.begin(async (tx) => {
    inside.resolve(await pidOf(tx));
    await done.promise;
    await tx`insert into kept values (5)`;
    return "committed";
  });
  const mine = await inside.promise;
  const dies = pool.begin(async (tx) => {
    await admin`select pg_terminate_backend(${await pidOf(tx)})`;
    await tx`select pg_sleep(5)`;
  });
  expect(
    await dies.catch((error: { code?: string }) => /^(57P01|CONNECTION_CLOSED)$/.test(error.code ?? "")),
  ).toBe(true);
  done.resolve();
  expect([await lives, mine > 0]).toEqual(["committed", true]);
  await pool.end({ timeout: 1 });
});

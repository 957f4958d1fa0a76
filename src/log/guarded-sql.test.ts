import { afterEach, expect, test } from "bun:test";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { freshDatabase } from "../../test/postgres.ts";
import { LogUnavailableError } from "../core/errors.ts";
import { openSql, sqlState } from "../postgres.ts";
import { GuardedSql } from "./guarded-sql.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that is no PostgreSQL. */
async function serve(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnection);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `postgres://u:p@127.0.0.1:${address.port}/d`;
}

const guard = (url: string): GuardedSql =>
  new GuardedSql(() => openSql(url, { max: 2, application_name: "test" }));
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

test("a server that says nothing fails within the deadline", async () => {
  const sql = guard(await serve(() => {}));
  const began_ms = performance.now();
  const error = await failure(sql.run("ask", (s) => s`select 1`, 200));
  expect(error).toBeInstanceOf(LogUnavailableError);
  // By its own deadline, not by one of the driver, which is 5 s.
  expect(performance.now() - began_ms).toBeLessThan(4_000);
  await sql.close();
});

test("a server that accepts and hangs up fails within the deadline, and is not called any more after it", async () => {
  let calls = 0;
  const url = await serve((socket) => {
    calls++;
    socket.on("error", () => {});
    socket.end();
  });
  const sql = guard(url);
  // Long enough for calls that have to wait for their turn, four a second: the next one is due when the deadline passes.
  expect(await failure(sql.run("ask", (s) => s`select 1`, 600))).toBeInstanceOf(LogUnavailableError);
  // The server takes calls in their order: all that were made before ours have been counted when ours is hung up.
  const ours = createConnection({ host: "127.0.0.1", port: Number(new URL(url).port) }).resume();
  await new Promise((resolve) => ours.once("close", resolve));
  const before = calls;
  expect(before).toBeGreaterThan(1);
  await Bun.sleep(700);
  expect(calls).toBe(before);
  await sql.close();
});

test("a server that is not there fails at once, with its cause; a mistake of ours is told as it is", async () => {
  const away = guard("postgres://u:p@127.0.0.1:1/d");
  const error = await failure(away.run("ask", (s) => s`select 1`));
  if (!(error instanceof LogUnavailableError)) throw new Error("it should be unavailable", { cause: error });
  expect(error.message).toStartWith("Cannot ask: ");
  expect(sqlState(error.cause)).toBe("ECONNREFUSED");
  await away.close();

  const database = await freshDatabase();
  const sql = guard(database.url);
  const mistake = await failure(sql.run("ask", (s) => s`select * from nowhere`));
  expect(mistake).not.toBeInstanceOf(LogUnavailableError);
  expect(sqlState(mistake)).toBe("42P01");
  await sql.close();
  expect(await failure(sql.run("ask", (s) => s`select 1`))).toBeInstanceOf(LogUnavailableError);
  await database.drop();
});

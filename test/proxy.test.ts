/** The proxy does to connections what it says. */
import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { startProxy, type Proxy } from "./proxy.ts";

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** Sends back what it gets, and counts it. */
async function echo(name = ""): Promise<{ port: number; got: () => number }> {
  let got = 0;
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      got += bytes.length;
      socket.write(name === "" ? bytes : name);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  opened.push(server);
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, got: () => got };
}

async function proxied(port: number): Promise<Proxy> {
  const proxy = await startProxy(port);
  opened.push(proxy);
  return proxy;
}

/** What came back so far, and how the connection ended. */
function client(port: number): { socket: Socket; text: () => string; ended: Promise<string> } {
  let text = "";
  const socket = connect(port, "127.0.0.1");
  socket.on("data", (bytes: Buffer) => (text += bytes.toString()));
  const ended = new Promise<string>((done) => {
    socket.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    socket.on("close", () => done("closed"));
  });
  opened.push({ close: () => socket.destroy() });
  return { socket, text: () => text, ended };
}

async function until(condition: () => boolean, deadline_ms = 3_000): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > deadline_ms) throw new Error(`Cannot wait longer than ${deadline_ms} ms`);
    await Bun.sleep(2);
  }
  return performance.now() - start;
}

test("passes everything on, in order, both ways, whatever its size", async () => {
  const server = await echo();
  const { port } = await proxied(server.port);
  const { socket, text } = client(port);
  const sent = Array.from({ length: 200_000 }, (_, n) => `${n},`).join("");
  socket.write(sent);
  await until(() => text().length >= sent.length);
  expect(text() === sent).toBe(true);
});

test("an end on one side is an end on the other, after the last byte", async () => {
  const server = await echo();
  const { port } = await proxied(server.port);
  const { socket, text, ended } = client(port);
  socket.write("last words");
  await until(() => text() === "last words");
  socket.end();
  expect(await ended).toBe("closed");
});

test("delay holds each way back", async () => {
  const server = await echo();
  const proxy = await proxied(server.port);
  await proxy.delay(100);
  const { socket, text } = client(proxy.port);
  socket.write("late");
  expect(await until(() => text() === "late")).toBeGreaterThan(190);
});

test("slow lets so many bytes a second through", async () => {
  const server = await echo();
  const proxy = await proxied(server.port);
  await proxy.slow(10_000);
  const { socket } = client(proxy.port);
  socket.write("x".repeat(5_000));
  const ms = await until(() => server.got() === 5_000);
  expect(ms).toBeGreaterThan(350);
  expect(ms).toBeLessThan(2_000);
});

test("a black hole takes connections and bytes, and answers nobody; after it everything arrives", async () => {
  const server = await echo();
  const proxy = await proxied(server.port);
  const before = client(proxy.port);
  before.socket.write("a");
  await until(() => before.text() === "a");
  await proxy.blackHole();
  const within = client(proxy.port);
  before.socket.write("b");
  within.socket.write("c");
  await until(() => proxy.open === 2);
  await Bun.sleep(50);
  expect([before.text(), within.text(), server.got()]).toEqual(["a", "", 1]);
  await proxy.pass();
  await until(() => before.text() === "ab" && within.text() === "c");
});

test("cut resets what is open and refuses what is new, until it passes again on the same port", async () => {
  const server = await echo();
  const proxy = await proxied(server.port);
  const before = client(proxy.port);
  before.socket.write("a");
  await until(() => before.text() === "a");
  await proxy.cut();
  expect(await before.ended).toMatch(/ECONNRESET|closed/);
  expect(await client(proxy.port).ended).toBe("ECONNREFUSED");
  expect(proxy.open).toBe(0);
  await proxy.pass();
  const after = client(proxy.port);
  after.socket.write("b");
  await until(() => after.text() === "b");
});

test("cut after N bytes lets exactly N through", async () => {
  const server = await echo();
  const proxy = await proxied(server.port);
  await proxy.cutAfter(1_000);
  const { socket, ended } = client(proxy.port);
  socket.write("x".repeat(4_000));
  await ended;
  expect(server.got()).toBe(1_000);
  expect(proxy.bytes).toBe(1_000);
  expect(await client(proxy.port).ended).toBe("ECONNREFUSED");
});

test("new connections go where it is aimed at; who is not there is a reset", async () => {
  const [one, two] = [await echo("one"), await echo("two")];
  const proxy = await proxied(one.port);
  const first = client(proxy.port);
  first.socket.write("?");
  await until(() => first.text() === "one");
  proxy.aim(two.port);
  const second = client(proxy.port);
  second.socket.write("?");
  await until(() => second.text() === "two");
  const gone = await startProxy(1);
  opened.push(gone);
  expect(await client(gone.port).ended).toMatch(/ECONNRESET|closed/);
});

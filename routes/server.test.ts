/** Over a real socket: what the server itself must bear, and that others do not notice. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { fixture } from "../test/api-fixture.ts";

let server: ReturnType<typeof Bun.serve>;
beforeAll(async () => {
  const { app } = await fixture();
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: app.fetch,
    error: () => new Response("fault", { status: 599 }),
  });
});
afterAll(() => server.stop(true));

/** Sends bytes as they are; answers the status line, or an empty text where the server just hung up. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = "";
    const socket = connect(server.port!, "127.0.0.1", () => socket.write(bytes, "latin1"));
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(answer.split("\r\n")[0]!));
  });

const request = (path: string, headers: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

const post = (host: string, origin: string): Promise<string> => {
  const body = `{"ids":["7"]}`;
  return raw(
    `POST /api/dead-letters/replay HTTP/1.1\r\nHost: ${host}\r\n${origin}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
};

const fine = async (): Promise<void> => {
  expect((await fetch(new URL("/api/traffic/current", server.url))).status).toBe(200);
};

test("a flood of headers, a header of 64 KB and an address of 32 KB are refused; others are served", async () => {
  for (const bytes of [
    request("/healthz", Array.from({ length: 500 }, (_, i) => `x-${i}: ${i}\r\n`).join("")),
    request("/healthz", `x: ${"x".repeat(64 * 1024)}\r\n`),
    request(`/${"x".repeat(32 * 1024)}`, ""),
  ]) {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 (414|431|400) |^$/);
    await fine();
  }
});

test("paths that climb, broken escapes and NULs find nothing", async () => {
  for (const path of [
    "/assets/x/../../../etc/passwd",
    "/assets/x/%2e%2e/%2e%2e/package.json",
    "/assets/x/..%5c..%5cpackage.json",
    "/assets/x/js/page.js%00",
    "/%E0%A4%A",
    "//etc/passwd",
  ]) {
    expect([path, await raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)]).toEqual([
      path,
      "HTTP/1.1 404 Not Found",
    ]);
  }
  await fine();
});

test("a list is the same bytes by GET, twice, plain and packed", async () => {
  const url = new URL("/api/traffic/current", server.url);
  const plain = await (await fetch(url, { headers: { "accept-encoding": "identity" } })).text();
  expect(JSON.parse(plain)).toMatchObject({ meta: { layer: "speed" } });
  expect(await (await fetch(url, { headers: { "accept-encoding": "identity" } })).text()).toBe(plain);
  expect(await (await fetch(url, { headers: { "accept-encoding": "gzip" } })).text()).toBe(plain);
});

test("a page elsewhere cannot make a browser replay: Host and Origin are looked at on the wire", async () => {
  const own = `127.0.0.1:${server.port}`;
  expect(await post(own, "")).toBe("HTTP/1.1 202 Accepted");
  expect(await post(own, `Origin: http://${own}\r\n`)).toBe("HTTP/1.1 202 Accepted");
  expect(await post("evil.example", "")).toBe("HTTP/1.1 403 Forbidden");
  expect(await post(own, "Origin: http://evil.example\r\n")).toBe("HTTP/1.1 403 Forbidden");
});

test("HEAD says the length that GET would have", async () => {
  for (const path of [
    "/api/traffic/current",
    "/api/streams",
    "/docs",
    "/assets/x/js/page.js",
    "/openapi.json",
  ]) {
    for (const coding of ["identity", "gzip"]) {
      const init = { headers: { "accept-encoding": coding } };
      const head = await fetch(new URL(path, server.url), { ...init, method: "HEAD" });
      const get = await fetch(new URL(path, server.url), { ...init, decompress: false });
      expect([path, head.headers.get("content-length")]).toEqual([
        path,
        String((await get.arrayBuffer()).byteLength),
      ]);
    }
  }
});

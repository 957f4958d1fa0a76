/** Doors are closed by default: scopes, token, Host, Origin, headers, files. */
import { describe, expect, test } from "bun:test";
import { mkdtemp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { fixture } from "../test/api-fixture.ts";
import { folderOf, folderRoutes } from "./pages-assets.ts";

const replay = (headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: `{"ids":["7"]}`,
  headers: { "content-type": "application/json", host: "localhost:3000", ...headers },
});
const at = "/api/dead-letters/replay";

describe("writes", () => {
  test("are taken under this server's names only, and from its own pages", async () => {
    const { app, replayed } = await fixture({ allowed_hosts: ["city.example"] });
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await app.request(at, replay(headers))).status;
    for (const headers of [
      {},
      { host: "127.0.0.1:3000" },
      { host: "[::1]:3000" },
      { host: "LOCALHOST" },
      { host: "city.example" },
      { origin: "http://localhost:3000" },
      { host: "127.0.0.1:3000", origin: "https://city.example" },
      { "sec-fetch-site": "same-origin" },
    ]) {
      expect([headers, await status(headers)]).toEqual([headers, 202]);
    }
    const taken = replayed.length;
    for (const headers of [
      { host: "evil.example" },
      { host: "localhost.evil.example" },
      { host: "evil.example:3000", origin: "http://evil.example:3000" },
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:8080" },
      { origin: "http://localhost:3000@evil.example" },
      { "sec-fetch-site": "cross-site" },
    ]) {
      const response = await app.request(at, replay(headers));
      expect([headers, response.status]).toEqual([headers, 403]);
      expect(await response.json()).toMatchObject({ type: "/problems/forbidden" });
    }
    expect(replayed).toHaveLength(taken);
  });

  test("an upgrade is checked, too; a plain read is not", async () => {
    const live = new Hono();
    live.get("/ws/live", (c) => c.text("up"));
    const { app } = await fixture({ live });
    const headers = { host: "evil.example", origin: "http://evil.example" };
    expect((await app.request("/ws/live", { headers: { ...headers, upgrade: "websocket" } })).status).toBe(
      403,
    );
    expect((await app.request("/api/traffic/current", { headers })).status).toBe(200);
  });

  test("want the token where there is one; reads never do", async () => {
    const admin_token = "a-token-of-some-length";
    const { app, replayed } = await fixture({ admin_token });
    const bearer = (token: string): RequestInit => replay({ authorization: token });
    for (const init of [
      replay(),
      bearer("Bearer wrong"),
      bearer(`Basic ${admin_token}`),
      bearer(`Bearer ${admin_token}x`),
      bearer("Bearer "),
    ]) {
      const response = await app.request(at, init);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
    }
    expect((await app.request("/api/ingest/traffic", { ...replay(), body: "{}" })).status).toBe(401);
    expect(replayed).toEqual([]);
    expect((await app.request(at, bearer(`Bearer ${admin_token}`))).status).toBe(202);
    expect((await app.request("/api/traffic/current")).status).toBe(200);
  });

  test("a write that nobody has declared is closed like the most closed", async () => {
    const pages = new Hono();
    pages.post("/forgotten", (c) => c.text("done"));
    const { app } = await fixture({ pages, admin_token: "a-token-of-some-length" });
    expect((await app.request("/forgotten", replay())).status).toBe(401);
  });
});

describe("headers", () => {
  test("every answer has them, errors and files included, and no page runs what is inline", async () => {
    const { app } = await fixture();
    for (const path of [
      "/",
      "/docs",
      "/assets/x/js/page.js",
      "/api/traffic/current",
      "/api/nothing",
      "/problems/internal",
      "/healthz",
    ]) {
      const { headers } = await app.request(path);
      const policy = headers.get("content-security-policy")!;
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]) {
        expect(policy.split("; ")).toContain(rule);
      }
      expect(policy).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-request-id")).toBeString();
    }
    const docs = await (await app.request("/docs")).text();
    expect(docs).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?:\/\/(?!localhost)/);
  });

  test("a request id that the client gives is kept if it is harmless", async () => {
    const { app } = await fixture();
    const id = async (given: string): Promise<string | null> =>
      (await app.request("/healthz", { headers: { "x-request-id": given } })).headers.get("x-request-id");
    expect(await id("abc-123")).toBe("abc-123");
    expect(await id("<script>")).not.toBe("<script>");
    expect(await id("x".repeat(65))).not.toBe("x".repeat(65));
  });
});

describe("files", () => {
  test("only those of the list, whatever the path says", async () => {
    const dir = await mkdtemp(join(tmpdir(), "arterial-"));
    try {
      await mkdir(join(dir, "public", "js"), { recursive: true });
      await writeFile(join(dir, "secret.js"), "secret");
      await writeFile(join(dir, "public", "js", "a.js"), "let a = 1;\n".repeat(500));
      await writeFile(join(dir, "public", ".hidden.js"), "hidden");
      await symlink(join(dir, "secret.js"), join(dir, "public", "link.js"));
      const { app: pages, address } = folderRoutes("files", folderOf(join(dir, "public")));
      const { app } = await fixture({ pages });
      const file = await app.request(`${address}/js/a.js`);
      expect([file.status, file.headers.get("content-type")]).toEqual([
        200,
        "text/javascript; charset=utf-8",
      ]);
      const etag = file.headers.get("etag")!;
      expect((await app.request(`${address}/js/a.js`, { headers: { "if-none-match": etag } })).status).toBe(
        304,
      );
      expect(
        (await app.request(`${address}/js/a.js`, { headers: { "accept-encoding": "gzip" } })).headers.get(
          "content-encoding",
        ),
      ).toBe("gzip");
      await writeFile(join(dir, "public", "later.js"), "later");
      for (const path of [
        "/../secret.js",
        "/%2e%2e/secret.js",
        "/..%2fsecret.js",
        "/..%5csecret.js",
        "/link.js",
        "/.hidden.js",
        "/later.js",
        "/js/a.js%00",
        "/js",
        "/",
      ]) {
        expect([path, (await app.request(address + path)).status]).toEqual([path, 404]);
      }
      expect((await app.request(`${address}/js/a.js`, { method: "POST" })).status).toBe(404);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

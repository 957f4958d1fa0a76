/**
 * Who may do what. Reading is open to whoever reaches the server; what writes is taken only under a name of this
 * server (a foreign name that resolves here is a rebound one), only from its own pages, and, where a token is set,
 * only with it.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { ProblemError } from "../../src/core/errors.ts";
import type { Scope } from "../deps.ts";

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export interface GuardOptions {
  /** Names beside the loopback ones under which writes are taken: `city.example`, without scheme or port. */
  allowed_hosts: readonly string[];
  admin_token: string | undefined;
  /** Declared scopes: `POST /api/ingest/:stream` → scope. */
  scopes: ReadonlyMap<string, Scope>;
}

export function guard({ allowed_hosts, admin_token, scopes }: GuardOptions): MiddlewareHandler {
  const names = new Set([...LOOPBACK, ...allowed_hosts.map((name) => name.toLowerCase())]);
  const token = admin_token === undefined ? null : digest(admin_token);
  return async (c, next) => {
    const upgrade = c.req.header("upgrade") !== undefined;
    if (!SAFE.has(c.req.method) || upgrade) checkNames(c, names);
    const scope = scopeOf(c, scopes);
    if (scope !== "read" && token !== null) checkToken(c, token);
    await next();
  };
}

/** What is declared nowhere is closed: a write without a scope is `operate`. */
function scopeOf(c: Context, scopes: ReadonlyMap<string, Scope>): Scope {
  for (const { method, path } of matchedRoutes(c)) {
    const scope = scopes.get(`${method} ${path}`);
    if (scope !== undefined) return scope;
  }
  return SAFE.has(c.req.method) ? "read" : "operate";
}

const refuse = (parameter: string, value: string, rule: string): ProblemError =>
  new ProblemError({
    name: "forbidden",
    detail: `${parameter} = ${value} ${rule}`,
    errors: [{ parameter, value: value.slice(0, 200), rule }],
  });

function checkNames(c: Context, names: ReadonlySet<string>): void {
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  if (!names.has(nameOf(host))) {
    throw refuse(
      "Host",
      host,
      "is no name of this server: use the address it was started with, or add the name to ALLOWED_HOSTS",
    );
  }
  const origin = c.req.header("origin");
  if (origin !== undefined) {
    const from = URL.canParse(origin) ? new URL(origin).host : "";
    // The same host and port is this server's own page. A proxy may have changed Host: then the name must be allowed.
    const own =
      from !== "" &&
      (from === host.toLowerCase() || (names.has(nameOf(from)) && !LOOPBACK.has(nameOf(from))));
    if (!own)
      throw refuse("Origin", origin, "is not this server's: writes are taken from its own pages only");
  } else if (c.req.header("sec-fetch-site") === "cross-site") {
    throw refuse(
      "Sec-Fetch-Site",
      "cross-site",
      "is refused: writes are taken from this server's own pages only",
    );
  }
}

const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, "");

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Compared as digests, in constant time: neither length nor prefix of the token can be guessed by the clock. */
function checkToken(c: Context, token: Buffer): void {
  const given = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (given === undefined)
    throw new ProblemError({
      name: "unauthorized",
      detail: "Send Authorization: Bearer with the server's ADMIN_TOKEN",
    });
  if (!timingSafeEqual(digest(given), token))
    throw new ProblemError({ name: "unauthorized", detail: "The token is not the server's ADMIN_TOKEN" });
}

/** Headers of every answer: a page may load from this server alone, and run no script but its files. */
import type { MiddlewareHandler } from "hono";

/** No `unsafe-inline`, no `unsafe-eval`, nobody else's server. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const always: readonly (readonly [string, string])[] = [
  ["content-security-policy", CONTENT_SECURITY_POLICY],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
];

/** @param own Policies for single addresses, where one had to be relaxed; by path. */
export const secureHeaders =
  (own: Readonly<Record<string, string>> = {}): MiddlewareHandler =>
  async (c, next) => {
    await next();
    const { headers } = c.res;
    for (const [name, value] of always) headers.set(name, value);
    const policy = own[c.req.path];
    if (policy !== undefined) headers.set("content-security-policy", policy);
  };

/** The routes that are measured, behind a server of this process. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { analyticsRoutes } from "../../routes/analytics.ts";
import { dataRoutes } from "../../routes/data.ts";
import type { ReadDeps } from "../../routes/deps.ts";
import { problemOf, problemResponse } from "../../routes/problem.ts";

/** About what an answer of trends has. */
const FIXED = "x".repeat(120_000);

export function serveReads(deps: ReadDeps) {
  const app = new OpenAPIHono();
  app.onError((error, c) => problemResponse(c, problemOf(error)));
  app.route("/", analyticsRoutes(deps));
  app.route("/", dataRoutes(deps));
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 120,
    fetch: (request) => (request.url.endsWith("/fixed") ? new Response(FIXED) : app.fetch(request)),
  });
  return {
    url: server.url.href.replace(/\/$/, ""),
    async countLines(path: string): Promise<number> {
      const response = await fetch(new URL(path, server.url));
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
      let lines = 0;
      for await (const chunk of response.body!) for (const byte of chunk) if (byte === 10) lines++;
      return lines;
    },
    stop: () => server.stop(true),
  };
}

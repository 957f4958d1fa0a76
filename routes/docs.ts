/** `/docs`: the API reference, with three lines to try first. Everything comes from this server. */
import { Hono } from "hono";
import { html } from "hono/html";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { htmlResponse } from "./plain-page.ts";
import { entriesUnder, type StaticEntry } from "./static-files.ts";

/** Our files under public/docs, and those of Swagger UI that the page needs. */
export async function docsEntries(): Promise<StaticEntry[]> {
  const swagger = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
  return [
    ...(await entriesUnder(join(import.meta.dir, "..", "public", "docs"), "/docs")),
    { path: "/docs/swagger-ui.css", file: join(swagger, "swagger-ui.css") },
    { path: "/docs/swagger-ui-bundle.js", file: join(swagger, "swagger-ui-bundle.js") },
  ];
}

/** @param first_key A key to try, from the city itself. */
export function docsRoutes(first_key: string): Hono {
  const app = new Hono();
  app.get("/docs", (c) => {
    const { origin } = new URL(c.req.url);
    return htmlResponse(
      html`<!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <link rel="icon" href="/docs/icon.svg" type="image/svg+xml" />
            <title>API · Arterial</title>
            <link rel="stylesheet" href="/docs/swagger-ui.css" />
            <link rel="stylesheet" href="/docs/plain.css" />
            <script src="/docs/swagger-ui-bundle.js" defer></script>
            <script src="/docs/init.js" defer></script>
          </head>
          <body class="docs">
            <header><a href="/">Arterial</a> <a href="/openapi.json">openapi.json</a></header>
            <main>
              <h1>The API</h1>
              <p>Three lines to begin with, against this server:</p>
              <dl>
                <dt>Every road now, as a table</dt>
                <dd><code tabindex="0">curl '${origin}/api/traffic/current?format=csv&amp;limit=5'</code></dd>
                <dt>One road's last day, in quarter hours</dt>
                <dd>
                  <code tabindex="0"
                    >curl '${origin}/api/traffic/history/${encodeURIComponent(first_key)}?step=15m'</code
                  >
                </dd>
                <dt>Every change, as it happens</dt>
                <dd>
                  <code tabindex="0">curl -N '${origin}/api/live?topics=traffic&amp;tick_ms=1000'</code>
                </dd>
              </dl>
              <p>
                An answer's <code>meta.cursor</code> is a position in the log: as <code>since=</code> it asks
                for what changed, as <code>Last-Event-ID</code> it joins the live feed without a gap. Errors
                <a href="/problems/invalid-parameter">explain themselves</a>.
                <a href="/openapi.json">openapi.json</a> makes a client in your language.
              </p>
              <noscript
                ><p>
                  The reference below needs JavaScript; <a href="/openapi.json">openapi.json</a> holds the
                  same.
                </p></noscript
              >
            </main>
            <div id="reference"></div>
          </body>
        </html>`,
    );
  });
  return app;
}

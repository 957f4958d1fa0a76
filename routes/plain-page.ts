/** A small page without scripts: problems, and addresses that there are not. */
import { html } from "hono/html";

type Html = ReturnType<typeof html>;

/** @param body Escaped by the `html` tag that made it. */
export const plainPage = (title: string, body: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Arterial</title>
        <link rel="icon" href="/docs/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/docs/plain.css" />
      </head>
      <body>
        <header><a href="/">Arterial</a> <a href="/docs">API</a></header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;

export async function htmlResponse(page: Html, status = 200): Promise<Response> {
  return new Response(String(await page), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": status === 200 ? "public, max-age=3600" : "no-store",
      vary: "Accept",
    },
  });
}

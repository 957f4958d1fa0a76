/** The API: three lines to try first, and the reference, which Swagger UI draws. */
import { layout } from "./layout.tsx";
import type { PlainFrame } from "./page.ts";

export interface ApiPageProps {
  frame: PlainFrame;
  /** Scheme, host and port under which the reader sees this server. */
  origin: string;
  /** A key to try, from the city itself. */
  first_key: string;
}

export function apiPage({ frame, origin, first_key }: ApiPageProps): string {
  const { assets } = frame;
  const first = [
    ["Every road now, as a table", `curl '${origin}/api/traffic/current?format=csv&limit=5'`],
    [
      "One road's last day, in quarter hours",
      `curl '${origin}/api/traffic/history/${encodeURIComponent(first_key)}?step=15m'`,
    ],
    ["Every change, as it happens", `curl -N '${origin}/api/live?topics=traffic&tick_ms=1000'`],
  ] as const;
  return layout({
    frame,
    title: "API",
    path: "/docs",
    page: "api",
    script: "api-page.js",
    children: (
      <>
        <link rel="stylesheet" href={`${assets.vendor}/swagger-ui.css`} />
        <link rel="stylesheet" href={`${assets.own}/api.css`} />
        <script src={`${assets.vendor}/swagger-ui-bundle.js`} defer></script>
        <header>
          <h1>The API</h1>
          <p class="sentence">Three lines to begin with, against this server:</p>
        </header>
        <section class="first">
          <dl>
            {first.map(([what, line]) => (
              <div>
                <dt>{what}</dt>
                <dd>
                  <code tabindex={0}>{line}</code>
                </dd>
              </div>
            ))}
          </dl>
          <p>
            An answer's <code>meta.cursor</code> is a position in the log: as <code>since=</code> it asks for
            what changed, as <code>Last-Event-ID</code> it joins the live feed without a gap. Errors{" "}
            <a href="/problems/invalid-parameter">explain themselves</a>.{" "}
            <a href="/openapi.json">openapi.json</a> makes a client in your language;{" "}
            <a href="/asyncapi.json">asyncapi.json</a> has the topics and the live feed.
          </p>
          <noscript>
            <p>
              The reference below needs JavaScript; <a href="/openapi.json">openapi.json</a> holds the same.
            </p>
          </noscript>
        </section>
        <div id="reference"></div>
      </>
    ),
  });
}

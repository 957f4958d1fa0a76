/** The frame of every page: rail, top line with city, time and connection, skip link, banner. */
import { markup } from "./markup.ts";
import type { Child } from "hono/jsx";
import { clockSeconds, offsetText } from "./format.ts";
import { icons } from "./icons.tsx";
import type { PlainFrame } from "./page.ts";
import { isPeak, peakRule, peakWords } from "./peak-words.ts";

/** The rail, in its order: ten words at most. */
const PAGES = [
  { path: "/", name: "Map", icon: icons.map },
  { path: "/roads", name: "Roads", icon: icons.roads },
  { path: "/predictions", name: "Predictions", icon: icons.ahead },
  { path: "/vehicles", name: "Vehicles", icon: icons.vehicles },
  { path: "/air", name: "Air", icon: icons.air },
  { path: "/sales", name: "Sales", icon: icons.sales },
  { path: "/analytics", name: "Analytics", icon: icons.analytics },
  { path: "/data", name: "Data", icon: icons.data },
  { path: "/streams", name: "Streams", icon: icons.streams },
  { path: "/docs", name: "API", icon: icons.docs },
] as const;

export interface LayoutProps {
  frame: PlainFrame;
  /** Begins with the state: `● 14 congested`. */
  title: string;
  /** The rail's current page; null where it is none of them. */
  path: (typeof PAGES)[number]["path"] | null;
  /** Class of `<body>`. */
  page: string;
  /** Script module of the page, in public/js. */
  script: string;
  /** Styles that only this page has, in public. */
  style?: string;
  /** Address of the page's stream, and the log position that its data holds; "polled" for a page that asks by itself. */
  live?: { url: string; cursor: string } | "polled";
  children: Child;
}

/** @returns A whole document, with its doctype. */
export function layout({ frame, title, path, page, script, style, live, children }: LayoutProps): string {
  const { assets, city } = frame;
  const html = (
    <html lang="en" class={`theme-${frame.theme} palette-${frame.palette}`}>
      <head>
        <meta charset="utf-8" />
        <title>{title} · Arterial</title>
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="description" content={`Traffic of ${city.name}, live.`} />
        <meta name="color-scheme" content="light dark" />
        {/* No address of ours needs evaluation of text as code; nothing is ever taken for a script. */}
        <meta name="htmx-config" content="includeIndicatorCSS:false history:false" />
        <link rel="icon" href={`${assets.own}/icon.svg`} type="image/svg+xml" />
        <link rel="stylesheet" href={`${assets.own}/arterial.css`} />
        {style === undefined ? null : <link rel="stylesheet" href={`${assets.own}/${style}`} />}
        <script src={`${assets.vendor}/htmx.min.js`} defer></script>
        <script src={`${assets.vendor}/hx-sse.min.js`} defer></script>
        <script src={`${assets.own}/js/${script}`} type="module"></script>
      </head>
      <body class={`page-${page}`}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <a class="mark" href="/" aria-label="Arterial, live map">
            <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
              <path
                d="M3 17C7 12 6 8 10 7S14 5 17 3"
                fill="none"
                stroke="currentColor"
                stroke-width="3"
                stroke-linecap="round"
              />
              <path
                d="M10 7C9 12 12 14 17 15"
                fill="none"
                stroke="currentColor"
                stroke-width="1.5"
                stroke-linecap="round"
              />
            </svg>
            <b>Arterial</b>
          </a>
          <span class="city">{city.name}</span>
          <span class="time" title={`${city.zone}, UTC${offsetText(frame.now_ms, city.zone)}`}>
            <time id="clock" data-zone={city.zone} data-now={frame.now_ms}>
              {clockSeconds(frame.now_ms, city.zone)}
            </time>{" "}
            <small>UTC{offsetText(frame.now_ms, city.zone)}</small>
          </span>
          {city.peak_hours.length === 0 ? null : (
            <span
              class="peak"
              id="peak"
              data-hours={city.peak_hours.map(([from, to]) => `${from}-${to}`).join(",")}
              data-now={isPeak(city, frame.now_ms) ? "yes" : "no"}
              title={peakRule(city.peak_hours)}
            >
              {peakWords(city, frame.now_ms)}
            </span>
          )}
          <span class="spread"></span>
          {live === undefined ? null : (
            <span class="connection" id="connection" data-state="connecting" hidden={live === "polled"}>
              <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                <circle cx="5" cy="5" r="4" />
              </svg>
              <span id="connection-word">connecting</span>
            </span>
          )}
          <button
            class="quiet"
            id="theme"
            type="button"
            data-theme={frame.theme}
            title="Light, dark, or as the system says"
            hidden
          >
            {icons.theme()}
            <span class="hidden">Theme: </span>
            <span id="theme-word">{frame.theme}</span>
          </button>
        </header>
        <nav class="rail" aria-label="Pages">
          {PAGES.map((p) => (
            <a href={p.path} aria-current={p.path === path ? "page" : undefined}>
              {p.icon()}
              <span>{p.name}</span>
            </a>
          ))}
        </nav>
        <div class="banner" id="banner" role="status" aria-live="polite" hidden>
          <span id="banner-text"></span>{" "}
          <button type="button" id="banner-retry">
            Retry now
          </button>
        </div>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        {typeof live === "object" ? bus(live) : null}
      </body>
    </html>
  );
  return `<!doctype html>${markup(html)}`;
}

/**
 * The one stream of a tab; live.js connects it. `none` and the statuses keep a stray body out of the page, partials still apply.
 * The first request carries the position that the page was rendered at, so that nothing between page and stream is missed.
 */
const bus = (live: { url: string; cursor: string }) => (
  <div
    id="bus"
    hidden
    data-connect={live.url}
    data-cursor={live.cursor}
    {...{
      "hx-swap": "none",
      "hx-status:4xx": "swap:none",
      "hx-status:5xx": "swap:none",
      "hx-config": "sse.pauseOnBackground:false sse.reconnectMaxDelay:15s sse.connectTimeout:10s",
    }}
  ></div>
);

/** One region of a page, replaced in place by the stream. The content is HTML made by our own views. */
export const partial = (target: string, content: string): string =>
  `<hx-partial hx-target="${target}" hx-swap="innerMorph">${content}</hx-partial>`;

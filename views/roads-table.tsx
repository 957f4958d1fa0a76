/** All roads as a table: the same facts as the map, sorted by the server, whole without a script. */
import { congestionLevels } from "../src/core/congestion.ts";
import type { CitySummary } from "../src/serving/answer.ts";
import { LevelBar } from "./charts/level-bar.tsx";
import { clockSeconds, count, delay, fixed, levelWords, span } from "./format.ts";
import { layout } from "./layout.tsx";
import { mapTitle } from "./map.tsx";
import type { Frame } from "./page.ts";
import { first, roadsUrl, type Column, type RoadsQuery } from "./roads-query.ts";
import type { RoadRow, RoadsPage } from "./roads-rows.ts";
import { Swatch } from "./swatch.tsx";

export interface RoadsProps {
  frame: Frame;
  summary: CitySummary;
  query: RoadsQuery;
  page: RoadsPage;
}

const HEADS: readonly { column: Column; word: string; numeric?: boolean; class?: string }[] = [
  { column: "name", word: "Road" },
  { column: "district", word: "District", class: "wide" },
  { column: "class", word: "Class", class: "wide" },
  { column: "level", word: "Level" },
  { column: "speed", word: "km/h", numeric: true },
  { column: "free_flow", word: "of free", numeric: true, class: "mid" },
  { column: "ratio", word: "Ratio", numeric: true, class: "wide" },
  { column: "lost", word: "Lost, m:ss", numeric: true },
  { column: "as_of", word: "As of", numeric: true, class: "mid" },
];

export function roadsPage(props: RoadsProps): string {
  const { frame, summary, query, page } = props;
  return layout({
    frame,
    title: mapTitle(summary),
    path: "/roads",
    page: "roads",
    script: "roads-page.js",
    live: "polled",
    children: (
      <>
        <header>
          <h1>Roads</h1>
          <p class="sentence">{summary.sentence}</p>
          <LevelBar counts={summary.counts} />
        </header>
        <form class="filter" method="get" action="/roads" role="search" aria-label="Roads">
          {query.sort === "level" ? null : <input type="hidden" name="sort" value={query.sort} />}
          {query.dir === first(query.sort) ? null : <input type="hidden" name="dir" value={query.dir} />}
          <label>
            Name or id <input type="search" name="q" value={query.q} maxlength={100} autocomplete="off" />
          </label>
          <label>
            Level{" "}
            <select name="level">
              <option value="">all</option>
              <option value="congested" selected={query.level === "congested"}>
                heavy or worse
              </option>
              {congestionLevels.map((level) => (
                <option value={level} selected={query.level === level}>
                  {levelWords[level].toLowerCase()}
                </option>
              ))}
            </select>
          </label>
          <label>
            District{" "}
            <select name="district">
              <option value="">all</option>
              {page.districts.map((district) => (
                <option value={district} selected={query.district === district}>
                  {district}
                </option>
              ))}
            </select>
          </label>
          <button type="submit">Show</button>
        </form>
        <div id="roads">
          <RoadsTable {...props} />
        </div>
      </>
    ),
  });
}

export const RoadsTable = ({ frame, query, page }: Omit<RoadsProps, "summary">) => (
  <div data-url={roadsUrl(query)} data-fragment={roadsUrl(query, {}, "/fragments/roads")}>
    <p class="found">
      <span role="status">
        {page.found === page.all
          ? `${count(page.all)} roads`
          : `${count(page.found)} of ${count(page.all)} roads`}
        {page.pages > 1 ? `, page ${page.page} of ${page.pages}` : ""}
      </span>
      <span>
        at {clockSeconds(frame.now_ms, frame.city.zone)} · <a href="/api/traffic/current">JSON</a>{" "}
        <a href="/api/traffic/current?format=csv">CSV</a> <a href="/api/roads?format=geojson">GeoJSON</a>
      </span>
    </p>
    <div class="scroll" tabindex={0} role="region" aria-label="Table of roads">
      <table class="roads">
        <thead>
          <tr>
            {HEADS.map((head) => (
              <Head head={head} query={query} />
            ))}
          </tr>
        </thead>
        <tbody>
          {page.rows.map((row) => (
            <Row row={row} frame={frame} />
          ))}
        </tbody>
      </table>
    </div>
    {page.found === 0 ? (
      <p class="empty">
        No road fits. <a href="/roads">Show all {count(page.all)}</a>.
      </p>
    ) : null}
    {page.pages < 2 ? null : (
      <nav class="pages" aria-label="Pages of the table">
        {page.page > 1 ? (
          <a rel="prev" href={roadsUrl(query, { page: page.page - 1 })}>
            ← before
          </a>
        ) : (
          <span>← before</span>
        )}
        {Array.from({ length: page.pages }, (_, i) => i + 1).map((n) => (
          <a href={roadsUrl(query, { page: n })} aria-current={n === page.page ? "page" : undefined}>
            {n}
          </a>
        ))}
        {page.page < page.pages ? (
          <a rel="next" href={roadsUrl(query, { page: page.page + 1 })}>
            next →
          </a>
        ) : (
          <span>next →</span>
        )}
      </nav>
    )}
  </div>
);

const Head = ({ head, query }: { head: (typeof HEADS)[number]; query: RoadsQuery }) => {
  const on = head.column === query.sort;
  const dir = on ? (query.dir === "asc" ? "desc" : "asc") : first(head.column);
  return (
    <th
      scope="col"
      class={[head.numeric ? "n" : "", head.class ?? ""].join(" ").trim() || undefined}
      aria-sort={on ? (query.dir === "asc" ? "ascending" : "descending") : undefined}
    >
      <a href={roadsUrl(query, { sort: head.column, dir, page: 1 })}>
        {head.word}
        <span class="arrow" aria-hidden="true">
          {on ? (query.dir === "asc" ? "↑" : "↓") : ""}
        </span>
      </a>
    </th>
  );
};

const Row = ({ row, frame }: { row: RoadRow; frame: Frame }) => (
  <tr id={`r-${row.road_id}`} class={row.stale ? "stale" : undefined} data-level={row.level}>
    <th scope="row">
      <a href={`/roads/${encodeURIComponent(row.road_id)}`}>{row.road_name}</a>
    </th>
    <td class="wide">{row.district ?? "–"}</td>
    <td class="wide">{row.road_class ?? "–"}</td>
    <td class="level">
      <Swatch level={row.level} stale={row.stale} /> {levelWords[row.level].toLowerCase()}
      {row.stale && row.as_of_ms !== null ? (
        <small> {clockSeconds(row.as_of_ms, frame.city.zone)}</small>
      ) : null}
    </td>
    <td class="n">{fixed(row.speed, 0)}</td>
    <td class="n mid">{fixed(row.free_flow, 0)}</td>
    <td class="n wide">{fixed(row.ratio, 2)}</td>
    <td class="n">{delay(row.lost_s)}</td>
    <td class="n mid">
      {row.as_of_ms === null
        ? "never"
        : row.stale
          ? clockSeconds(row.as_of_ms, frame.city.zone)
          : `${span(frame.now_ms - row.as_of_ms)} ago`}
    </td>
  </tr>
);

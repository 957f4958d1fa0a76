/** A panel: what it tells, its picture, what it was made from, and the same as a file, a picture and an address. */
import type { Child } from "hono/jsx";
import type { City } from "../../src/core/city.ts";
import type { Present } from "../../src/serving/analytics/answer.ts";
import { count, offsetText } from "../format.ts";
import { analyticsUrl, type AnalyticsPageQuery } from "./query.ts";
import { percent } from "./words.ts";

/** What every panel is drawn with. */
export interface PanelContext {
  query: AnalyticsPageQuery;
  city: Pick<City, "name" | "zone" | "peak_hours">;
  now_ms: number;
  /** What is left out as data quality says; missing where nothing is. */
  excluded?: string;
}

export interface PanelProps {
  context: PanelContext;
  name: string;
  title: string;
  /** Of what is drawn. */
  unit: string;
  /** What it tells, in a sentence. */
  says?: Child;
  /** Address of the same figures as a file. */
  csv?: string;
  /** The picture as a file of its own. */
  svg?: boolean;
  foot: Child;
  /** Less than that much was there: the panel is hatched, and says so. */
  coverage?: number | null;
  children: Child;
}

/** Below it figures are read with care. */
export const COVERAGE_MIN = 0.8;

export const Panel = (props: PanelProps) => {
  const { context, name, title, unit, says, csv, svg, foot, coverage, children } = props;
  const { query, city } = context;
  const to = (path: string): string => analyticsUrl(query, city.zone, {}, path);
  const thin = coverage !== undefined && coverage !== null && coverage < COVERAGE_MIN;
  return (
    <section
      class={thin ? "panel-box thin" : "panel-box"}
      id={name}
      aria-labelledby={`${name}-title`}
      data-fragment={to(`/analytics/panels/${name}`)}
    >
      <header>
        <h2 id={`${name}-title`}>
          {title} <small>{unit}</small>
        </h2>
        <p class="panel-links">
          {csv === undefined ? null : (
            <a href={csv} aria-label={`${title}: CSV`}>
              CSV
            </a>
          )}
          {svg === true ? (
            <a href={to(`/analytics/charts/${name}.svg`)} aria-label={`${title}: SVG`}>
              SVG
            </a>
          ) : null}
          <a href={`${to("/analytics")}#${name}`} aria-label={`${title}: link`}>
            Link
          </a>
        </p>
      </header>
      {says === undefined ? null : <p class="says">{says}</p>}
      {children}
      <p class="note foot">
        {foot}
        {context.excluded === undefined ? null : (
          <>
            {" "}
            · <a href="/data-quality">{context.excluded}</a>
          </>
        )}
        {thin ? <b> Only {percent(coverage, 0)} of what was expected is there: read it with care.</b> : null}
      </p>
    </section>
  );
};

/** `n 12,345 events · 98 % of 2,016 windows · mean over events · times in Asia/Jakarta, UTC+07:00` */
export const footOf = (
  { n, windows_expected, coverage }: Present,
  mean: string,
  { city, query }: PanelContext,
): string =>
  `n ${count(n)} events · ${windows_expected === 0 ? "no window was expected" : `coverage ${percent(coverage, 0)} of ${count(windows_expected)} windows`} · ${mean} · ${zoneText(city.zone, query.from_ms)}`;

/** Of panels that look at every day, where the page's control leaves some out. */
export const everyDay = ({ query }: PanelContext): string =>
  query.weekdays.length === 0 && !query.without_holidays
    ? ""
    : "all days of the range: weekdays and holidays are not chosen here · ";

export const zoneText = (zone: string, ms: number): string => `times in ${zone}, UTC${offsetText(ms, zone)}`;

/** Adds up what several figures were made from. */
export function presentOf(parts: readonly Present[]): Present {
  const sum = (value: (part: Present) => number): number => parts.reduce((all, part) => all + value(part), 0);
  const [n, windows_n, windows_expected] = [
    sum((p) => p.n),
    sum((p) => p.windows_n),
    sum((p) => p.windows_expected),
  ];
  return {
    n,
    windows_n,
    windows_expected,
    coverage: windows_expected === 0 ? 1 : Math.min(1, windows_n / windows_expected),
  };
}

interface TableProps {
  label: string;
  heads: readonly string[];
  /** The first of each is the row's name; the rest are figures. */
  rows: readonly (readonly Child[])[];
}

/** The same as a table, for those who read rather than look. */
export const TableOf = ({ label, heads, rows }: TableProps) => (
  <details class="why">
    <summary>As a table</summary>
    <div class="scroll" tabindex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th scope="col" class={i === 0 ? undefined : "n"}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr>
              <th scope="row">{name}</th>
              {cells.map((cell) => (
                <td class="n">{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </details>
);

/** A panel whose answer has not come: why, and that it is asked for again by itself. */
export const PanelWithout = ({
  context,
  name,
  title,
  why,
  failed,
  again,
}: {
  context: PanelContext;
  name: string;
  title: string;
  why: string;
  /** Else it is only late, and its place is kept. */
  failed: boolean;
  /** It may come: the page's script asks for it again. */
  again: boolean;
}) => {
  const fragment = analyticsUrl(context.query, context.city.zone, {}, `/analytics/panels/${name}`);
  return (
    <section
      class={failed ? "panel-box without failed" : "panel-box without"}
      id={name}
      aria-labelledby={`${name}-title`}
      data-fragment={fragment}
      {...(again ? { "data-again": "" } : {})}
    >
      <header>
        <h2 id={`${name}-title`}>{title}</h2>
        <p class="panel-links">
          <a href={fragment} aria-label={`${title}: show`}>
            Show
          </a>
        </p>
      </header>
      <p class="empty" role="status">
        {why}
      </p>
    </section>
  );
};

/** Nothing was measured: why, and what to do. */
export const NothingYet = ({ context, what }: { context: PanelContext; what: string }) => (
  <p class="empty">
    No {what} in this range{context.query.roads === null ? "" : " for these roads"}.{" "}
    {context.query.last === "28d" ? (
      <>
        Hours appear as soon as events come: see <a href="/streams">Streams</a>, or bring recorded data in by{" "}
        <code>bun run replay</code>.
      </>
    ) : (
      <>
        Try <a href={analyticsUrl(context.query, context.city.zone, { last: "28d" })}>28 days</a>, or see{" "}
        <a href="/streams">Streams</a> for what comes in.
      </>
    )}
  </p>
);

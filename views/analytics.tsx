/** Analytics: what is normal, what got worse? */
import type { TrafficSummary } from "../src/serving/analytics/answer.ts";
import { Control } from "./analytics/control.tsx";
import { COVERAGE_MIN, type PanelContext } from "./analytics/panel.tsx";
import { analyticsUrl } from "./analytics/query.ts";
import { summarySentence, summaryTitle } from "./analytics/sentence.ts";
import { filtersText, percent, rangeText } from "./analytics/words.ts";
import { layout } from "./layout.tsx";
import { markup } from "./markup.ts";
import type { Frame } from "./page.ts";

export interface AnalyticsProps {
  frame: Frame;
  context: PanelContext;
  /** Null: it did not come in time, or history could not be asked. */
  summary: TrafficSummary | null;
  /** It is being worked out. */
  late: boolean;
  /** Markup of each panel, in their order. */
  panels: readonly string[];
}

export const analyticsPage = (props: AnalyticsProps): string =>
  layout({
    frame: props.frame,
    title: titleOf(props),
    path: "/analytics",
    page: "analytics",
    script: "analytics-page.js",
    style: "analytics.css",
    live: "polled",
    children: <div id="analytics">{content(props)}</div>,
  });

/** All but the frame, for a script that shows another range. */
export const analyticsFragment = (props: AnalyticsProps): string => markup(content(props));

export const sentenceFragment = (summary: TrafficSummary): string => markup(<>{summarySentence(summary)}</>);

const titleOf = ({ summary }: AnalyticsProps): string =>
  summary === null ? "Analytics" : summaryTitle(summary);

const content = (props: AnalyticsProps) => {
  const { context, summary, panels } = props;
  const { query, city } = context;
  return (
    <div data-title={titleOf(props)} data-url={analyticsUrl(query, city.zone)}>
      <header>
        <h1>Analytics</h1>
        <p
          class="sentence"
          id="analytics-sentence"
          hx-get={analyticsUrl(query, city.zone, {}, "/analytics/sentence")}
          hx-trigger={summary === null ? "load delay:3s, every 15s" : "every 60s"}
          hx-swap="innerMorph"
        >
          {summary === null
            ? props.late
              ? "Being worked out…"
              : "History cannot be read now."
            : summarySentence(summary)}
        </p>
        {summary === null || summary.asked.n === 0 || summary.asked.coverage >= COVERAGE_MIN ? null : (
          <p class="thin">
            Only {percent(summary.asked.coverage, 0)} of what was expected in this range is there: figures are
            of what was measured.
          </p>
        )}
        <p class="note">
          {rangeText(query, city.zone)}; {filtersText(query)}.
        </p>
      </header>
      <Control context={context} />
      {query.fault === "" ? null : (
        <p class="empty fault" role="alert">
          {query.fault}
        </p>
      )}
      {/* Hatches of all charts of the page. */}
      <svg class="hidden" width="1" height="1" aria-hidden="true">
        {HATCH}
      </svg>
      <div class="panels">
        {panels.map((panel) => (
          <div class="panel-place" dangerouslySetInnerHTML={{ __html: panel }}></div>
        ))}
      </div>
    </div>
  );
};

/** "Not measured", wherever it is drawn. */
export const HATCH = (
  <defs>
    <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <line class="hatch-line" x1="0" y1="0" x2="0" y2="5" />
    </pattern>
  </defs>
);

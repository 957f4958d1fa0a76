/** Analytics: the whole page, one panel of it, a chart as a file, and the live figures. */
import { Hono, type Context } from "hono";
import { isAway, ProblemError } from "../../src/core/errors.ts";
import { inTime } from "../../src/core/in-time.ts";
import { limits } from "../../src/core/limits.ts";
import { formatInstant } from "../../src/core/time.ts";
import type { TrafficSummary } from "../../src/serving/analytics/answer.ts";
import {
  analyticsFragment,
  analyticsPage,
  sentenceFragment,
  type AnalyticsProps,
} from "../../views/analytics.tsx";
import { PanelWithout, type PanelContext } from "../../views/analytics/panel.tsx";
import { readAnalyticsQuery } from "../../views/analytics/query.ts";
import { liveFragment } from "../../views/analytics/statistics.tsx";
import { svgFile } from "../../views/analytics/svg-file.ts";
import { filtersText, rangeText } from "../../views/analytics/words.ts";
import { clockSeconds } from "../../views/format.ts";
import { markup } from "../../views/markup.ts";
import { mediaTypes } from "../format.ts";
import { answerPage } from "../pages-frame.ts";
import { askedQuery, type AnalyticsPanel, type Asked } from "./analytics-panel.ts";
import { panels as ownPanels } from "./analytics-panels.tsx";
import { patternPanels } from "./analytics-patterns.tsx";
import type { Page } from "./page.ts";

export const analytics: Page = {
  routes({ serving, city, clock, frame }) {
    const panels = [...ownPanels, ...(serving.patterns === undefined ? [] : patternPanels)];
    const contextOf = (c: Context): PanelContext => {
      const now_ms = clock.now();
      const { searchParams } = new URL(c.req.url);
      return { query: readAnalyticsQuery(searchParams, city.roads, city.zone, now_ms), city, now_ms };
    };
    const askedOf = (context: PanelContext): Asked | null =>
      serving.analytics === undefined ? null : { analytics: serving.analytics, serving, context };
    /** Of a fragment or file: a script keeps what it has, greyed, where this fails, so it has to fail. */
    const mustAsk = (c: Context): Asked => {
      const asked = askedOf(contextOf(c));
      if (asked === null) throw new ProblemError({ name: "unavailable", detail: WITHOUT_BATCH });
      return asked;
    };
    const panelOf = (c: Context, ending: string): AnalyticsPanel | undefined =>
      panels.find(({ name }) => `${name}${ending}` === c.req.param("name"));

    async function props(c: Context): Promise<AnalyticsProps> {
      const context = contextOf(c);
      const asked = askedOf(context);
      const [summary, ...drawn] = await Promise.all([
        summaryOf(asked, context),
        ...panels.map((panel) => drawnInTime(asked, panel, context)),
      ]);
      const late = summary === "late";
      return { frame: frame(c), context, summary: late ? null : summary, late, panels: drawn };
    }

    return new Hono()
      .get("/analytics", async (c) => answerPage(c, analyticsPage(await props(c))))
      .get("/fragments/analytics", async (c) => answerPage(c, analyticsFragment(await props(c))))
      .get("/analytics/panels/:name", async (c) => {
        const panel = panelOf(c, "");
        return panel === undefined ? c.notFound() : answerPage(c, await panel.draw(mustAsk(c)));
      })
      .get("/analytics/charts/:name", async (c) => {
        const panel = panelOf(c, ".svg");
        if (panel?.chart === undefined) return c.notFound();
        const asked = mustAsk(c);
        const { unit, chart, excluded } = await panel.chart(asked);
        const { query, now_ms } = asked.context;
        const file = svgFile({
          title: `${panel.title}, ${city.name}`,
          unit,
          foot: [
            rangeText(query, city.zone),
            [
              filtersText(query),
              ...(excluded === null ? [] : [excluded]),
              `made ${formatInstant(now_ms)}`,
            ].join("; "),
          ],
          chart,
        });
        return asFile(await answerPage(c, file, { type: "image/svg+xml" }), `${panel.name}.svg`);
      })
      .get("/analytics/files/:name", async (c) => {
        const panel = panelOf(c, ".csv");
        const csv = await panel?.file(mustAsk(c), c.req.query("table"));
        if (panel === undefined || csv === undefined || csv === null) return c.notFound();
        return asFile(await answerPage(c, csv, { type: mediaTypes.csv }), `${panel.name}.csv`);
      })
      .get("/analytics/sentence", async (c) => {
        const { analytics: answers, context } = mustAsk(c);
        const { data } = await answers.trafficSummary(askedQuery(context));
        return answerPage(c, sentenceFragment(data));
      })
      .get("/analytics/live", async (c) => {
        const { analytics: answers, context } = mustAsk(c);
        const { data } = await answers.statistics(askedQuery(context));
        return answerPage(c, liveFragment(data.live, context));
      });
  },
};

function asFile(response: Response, name: string): Response {
  response.headers.set("content-disposition", `attachment; filename="${name}"`);
  return response;
}

const WITHOUT_BATCH = "Cannot answer analytics: this platform keeps no batch views";

/** Null: history cannot be read. */
async function summaryOf(
  asked: Asked | null,
  context: PanelContext,
): Promise<TrafficSummary | "late" | null> {
  if (asked === null) return null;
  try {
    const made = asked.analytics.trafficSummary(askedQuery(context));
    return (await inTime(made, limits.page_panel_ms_max))?.data ?? "late";
  } catch (error) {
    if (error instanceof ProblemError || isAway(error)) return null;
    throw error;
  }
}

/** One panel that is slow or fails holds up none of the others: it says so, and the page asks for it again. */
async function drawnInTime(
  asked: Asked | null,
  panel: AnalyticsPanel,
  context: PanelContext,
): Promise<string> {
  const without = (why: string, failed: boolean, again: boolean): string =>
    markup(
      <PanelWithout
        context={context}
        name={panel.name}
        title={panel.title}
        why={again && failed ? `${why} It is asked for again by itself.` : why}
        failed={failed}
        again={again}
      />,
    );
  const at = clockSeconds(context.now_ms, context.city.zone);
  if (asked === null)
    return without("This platform keeps no batch views, so there is nothing to analyse.", true, false);
  try {
    const drawn = await inTime(panel.draw(asked), limits.page_panel_ms_max);
    return drawn ?? without("Being worked out; it comes by itself.", false, true);
  } catch (error) {
    if (error instanceof ProblemError)
      return without(`${error.problem.detail}.`, true, error.problem.name === "unavailable");
    if (isAway(error)) return without(`History cannot be read since ${at}.`, true, true);
    throw error;
  }
}

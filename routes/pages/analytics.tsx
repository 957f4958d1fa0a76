/** Analytics: the whole page, one panel of it, a chart as a file, and the live figures. */
import { Hono, type Context } from "hono";
import { isAway, ProblemError } from "../../src/core/errors.ts";
import { inTime } from "../../src/core/in-time.ts";
import { limits } from "../../src/core/limits.ts";
import type { Analytics, TrafficSummary } from "../../src/serving/analytics/answer.ts";
import { analyticsFragment, analyticsPage, type AnalyticsProps } from "../../views/analytics.tsx";
import { PanelWithout, type PanelContext } from "../../views/analytics/panel.tsx";
import { readAnalyticsQuery } from "../../views/analytics/query.ts";
import { liveFragment } from "../../views/analytics/statistics.tsx";
import { svgFile } from "../../views/analytics/svg-file.ts";
import { rangeText } from "../../views/analytics/words.ts";
import { clockSeconds } from "../../views/format.ts";
import { markup } from "../../views/markup.ts";
import { answerPage } from "../pages-frame.ts";
import { askedQuery, panels, type AnalyticsPanel } from "./analytics-panels.tsx";
import type { Page } from "./page.ts";

export const analytics: Page = {
  routes({ serving, city, clock, frame }) {
    const asked = serving.analytics;
    const contextOf = (c: Context): PanelContext => {
      const now_ms = clock.now();
      const { searchParams } = new URL(c.req.url);
      return { query: readAnalyticsQuery(searchParams, city.roads, city.zone, now_ms), city, now_ms };
    };
    const panelOf = (c: Context): AnalyticsPanel | undefined =>
      panels.find(({ name }) => name === c.req.param("name"));

    async function props(c: Context): Promise<AnalyticsProps> {
      const context = contextOf(c);
      const [summary, ...drawn] = await Promise.all([
        asked === undefined ? null : summaryOf(asked, context),
        ...panels.map((panel) => drawnInTime(asked, panel, context)),
      ]);
      return { frame: frame(c), context, summary, panels: drawn };
    }

    return new Hono()
      .get("/analytics", async (c) => answerPage(c, analyticsPage(await props(c))))
      .get("/fragments/analytics", async (c) => answerPage(c, analyticsFragment(await props(c))))
      .get("/analytics/panels/:name", async (c) => {
        const panel = panelOf(c);
        if (panel === undefined) return c.notFound();
        // A script keeps what it has, greyed, where this fails: so it has to fail.
        if (asked === undefined) throw new ProblemError({ name: "unavailable", detail: WITHOUT_BATCH });
        return answerPage(c, await panel.draw({ analytics: asked, context: contextOf(c) }));
      })
      .get("/analytics/charts/:file{.+\\.svg}", async (c) => {
        const context = contextOf(c);
        const name = c.req.param("file").slice(0, -".svg".length);
        const panel = panels.find((one) => one.name === name);
        if (panel?.chart === undefined) return c.notFound();
        if (asked === undefined) throw new ProblemError({ name: "unavailable", detail: WITHOUT_BATCH });
        const { unit, chart } = await panel.chart({ analytics: asked, context });
        const file = svgFile({
          title: `${panel.title}, ${city.name}`,
          unit,
          foot: [
            rangeText(context.query, city.zone),
            `${filters(context)}; made ${new Date(context.now_ms).toISOString()}`,
          ],
          chart,
        });
        const response = await answerPage(c, file, { type: "image/svg+xml" });
        response.headers.set("content-disposition", `attachment; filename="${panel.name}.svg"`);
        return response;
      })
      .get("/analytics/live", async (c) => {
        if (asked === undefined) throw new ProblemError({ name: "unavailable", detail: WITHOUT_BATCH });
        const context = contextOf(c);
        const { data } = await asked.statistics(askedQuery(context.query, city.zone));
        return answerPage(c, liveFragment(data.live, context));
      });
  },
};

const WITHOUT_BATCH = "Cannot answer analytics: this platform keeps no batch views";

async function summaryOf(asked: Analytics, { query, city }: PanelContext): Promise<TrafficSummary | null> {
  try {
    const answer = await inTime(asked.trafficSummary(askedQuery(query, city.zone)), limits.page_panel_ms_max);
    return answer?.data ?? null;
  } catch (error) {
    if (error instanceof ProblemError || isAway(error)) return null;
    throw error;
  }
}

/** One panel that is slow or fails holds up none of the others: it says so, and the page asks for it again. */
async function drawnInTime(
  asked: Analytics | undefined,
  panel: AnalyticsPanel,
  context: PanelContext,
): Promise<string> {
  const without = (why: string): string =>
    markup(<PanelWithout context={context} name={panel.name} title={panel.title} why={why} />);
  const at = clockSeconds(context.now_ms, context.city.zone);
  if (asked === undefined)
    return without("This platform keeps no batch views, so there is nothing to analyse.");
  try {
    const drawn = await inTime(panel.draw({ analytics: asked, context }), limits.page_panel_ms_max);
    return drawn ?? without("Being worked out; it comes by itself.");
  } catch (error) {
    if (error instanceof ProblemError)
      return without(`${error.problem.detail} (${at}). It is asked for again by itself.`);
    if (isAway(error)) return without(`History cannot be read since ${at}. It is asked for again by itself.`);
    throw error;
  }
}

function filters({ query }: PanelContext): string {
  const roads = query.roads === null ? "all roads" : `${query.roads.length} roads`;
  const weekdays = query.weekdays.length === 0 ? "all weekdays" : `weekdays ${query.weekdays.join(", ")}`;
  return [
    roads,
    weekdays,
    ...(query.without_holidays ? ["without holidays"] : []),
    ...(query.compare === null ? [] : [`compared with ${query.compare}`]),
  ].join("; ");
}

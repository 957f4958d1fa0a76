/** The panels of analytics: what each asks, how it is drawn, and its picture as a file. */
import { days } from "../../src/core/time.ts";
import type { Answer } from "../../src/serving/answer.ts";
import type { AnalyticsQuery, Analytics, Trends } from "../../src/serving/analytics/answer.ts";
import { comparedPeriod } from "../../src/serving/analytics/compared.ts";
import { DaysPanel } from "../../views/analytics/days.tsx";
import { MovesWithPanel } from "../../views/analytics/moves-with.tsx";
import type { PanelContext } from "../../views/analytics/panel.tsx";
import { PeakChart, PeakHoursPanel } from "../../views/analytics/peak-hours.tsx";
import type { AnalyticsPageQuery } from "../../views/analytics/query.ts";
import { SpeedByHourChart, SpeedByHourPanel } from "../../views/analytics/speed-by-hour.tsx";
import { SpeedOverTimeChart, SpeedOverTimePanel } from "../../views/analytics/speed-over-time.tsx";
import { SpeedDistributionChart, StatisticsPanel } from "../../views/analytics/statistics.tsx";
import { WeekChart, WeekPanel } from "../../views/analytics/week.tsx";
import { WorstRoadsPanel } from "../../views/analytics/worst-roads.tsx";
import { markup } from "../../views/markup.ts";
import { fileUrl } from "./analytics-files.ts";

export interface Asked {
  analytics: Analytics;
  context: PanelContext;
}

export interface AnalyticsPanel {
  name: string;
  title: string;
  draw(asked: Asked): Promise<string>;
  /** Its picture alone; panels that are tables have none. */
  chart?: (asked: Asked) => Promise<{ unit: string; chart: string }>;
}

/** How the page asks: what is compared with is worked out from its name. */
export const askedQuery = (query: AnalyticsPageQuery, zone: string): AnalyticsQuery => ({
  from_ms: query.from_ms,
  to_ms: query.to_ms,
  roads: query.roads,
  weekdays: query.weekdays.length === 0 ? null : query.weekdays,
  without_holidays: query.without_holidays,
  compared: query.compare === null ? null : comparedPeriod(query.compare, query, zone),
});

/** Longer ranges are shown by days: hours would be narrower than a pixel. */
const HOURS_UP_TO_MS = days(14) + 1;
const ROADS = 15;

/** Panels that show parts of it ask the same question, which is answered once. */
const trendsOf = ({ analytics, context: { query, city } }: Asked): Promise<Answer<Trends>> =>
  analytics.trends({
    ...askedQuery(query, city.zone),
    step: query.to_ms - query.from_ms > HOURS_UP_TO_MS ? "1d" : "1h",
    limit: ROADS,
  });

export const panels: readonly AnalyticsPanel[] = [
  {
    name: "peak-hours",
    title: "Peak hours",
    async draw({ analytics, context }) {
      const { data } = await analytics.peakHours(askedQuery(context.query, context.city.zone));
      return markup(<PeakHoursPanel context={context} answer={data} csv={fileUrl(context, "peak-hours")} />);
    },
    async chart({ analytics, context }) {
      const { data } = await analytics.peakHours(askedQuery(context.query, context.city.zone));
      return {
        unit: "traffic level, % of free-flow speed lost; dark: measured peak; hollow: today",
        chart: markup(<PeakChart answer={data} />),
      };
    },
  },
  {
    name: "statistics",
    title: "Statistics",
    async draw({ analytics, context }) {
      const { data } = await analytics.statistics(askedQuery(context.query, context.city.zone));
      return markup(<StatisticsPanel context={context} answer={data} csv={fileUrl(context, "statistics")} />);
    },
    async chart({ analytics, context }) {
      const { data } = await analytics.statistics(askedQuery(context.query, context.city.zone));
      return {
        unit: "distribution of speed: share of 5-min means of roads, by area",
        chart: markup(<SpeedDistributionChart answer={data} />),
      };
    },
  },
  {
    name: "speed-over-time",
    title: "Average speed",
    async draw(asked) {
      const { context } = asked;
      const { data } = await trendsOf(asked);
      return markup(
        <SpeedOverTimePanel
          context={context}
          answer={data}
          csv={fileUrl(context, "trends", "series", data.step)}
        />,
      );
    },
    async chart(asked) {
      const { data } = await trendsOf(asked);
      return {
        unit: "mean speed, km/h; grey: 10 to 90 %; dashed: compared with",
        chart: markup(<SpeedOverTimeChart context={asked.context} answer={data} />),
      };
    },
  },
  {
    name: "speed-by-hour",
    title: "Speed by hour of the day",
    async draw(asked) {
      const { data } = await trendsOf(asked);
      const csv = fileUrl(asked.context, "trends", "hourly_avg_speed");
      return markup(<SpeedByHourPanel context={asked.context} answer={data} csv={csv} />);
    },
    async chart(asked) {
      const { data } = await trendsOf(asked);
      return {
        unit: "mean speed, km/h; grey: 10 to 90 %; dashed: compared with",
        chart: markup(<SpeedByHourChart answer={data} />),
      };
    },
  },
  {
    name: "week",
    title: "Hour by weekday",
    async draw(asked) {
      const { data } = await trendsOf(asked);
      const csv = fileUrl(asked.context, "trends", "weekday_hour");
      return markup(<WeekPanel context={asked.context} answer={data} csv={csv} />);
    },
    async chart(asked) {
      const { data } = await trendsOf(asked);
      return {
        unit: "% of events congested; darkest is most; hatched: not measured",
        chart: markup(<WeekChart context={asked.context} answer={data} />),
      };
    },
  },
  {
    name: "worst-roads",
    title: "Most congested roads",
    async draw(asked) {
      const { data } = await trendsOf(asked);
      const csv = fileUrl(asked.context, "trends", "top_congested_roads");
      return markup(<WorstRoadsPanel context={asked.context} answer={data} csv={csv} />);
    },
  },
  {
    name: "days",
    title: "Days",
    async draw({ analytics, context }) {
      const { data } = await analytics.dailySummary(askedQuery(context.query, context.city.zone));
      return markup(<DaysPanel context={context} days={data} csv={fileUrl(context, "daily-summary")} />);
    },
  },
  {
    name: "moves-with",
    title: "What moves with what",
    async draw({ analytics, context }) {
      const { data } = await analytics.correlation(askedQuery(context.query, context.city.zone));
      return markup(<MovesWithPanel context={context} answer={data} csv={fileUrl(context, "correlation")} />);
    },
  },
];

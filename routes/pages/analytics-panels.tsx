/** The panels of analytics, in their order on the page. */
import { days } from "../../src/core/time.ts";
import type { Answer } from "../../src/serving/answer.ts";
import type { DailySummary, Trends } from "../../src/serving/analytics/answer.ts";
import { DaysPanel } from "../../views/analytics/days.tsx";
import { MovesWithPanel } from "../../views/analytics/moves-with.tsx";
import type { PanelContext } from "../../views/analytics/panel.tsx";
import { PeakChart, PeakHoursPanel } from "../../views/analytics/peak-hours.tsx";
import { SpeedByHourChart, SpeedByHourPanel } from "../../views/analytics/speed-by-hour.tsx";
import { SpeedOverTimeChart, SpeedOverTimePanel } from "../../views/analytics/speed-over-time.tsx";
import { SpeedDistributionChart, StatisticsPanel } from "../../views/analytics/statistics.tsx";
import { WeekChart, WeekPanel, weekTop } from "../../views/analytics/week.tsx";
import { WorstRoadsPanel } from "../../views/analytics/worst-roads.tsx";
import {
  correlationTables,
  peakHoursTables,
  rowsTable,
  statisticsTables,
  trendsTables,
} from "../analytics-tables.ts";
import { dailySummarySchema } from "../schema/analytics.ts";
import { columnsOfSchema } from "../schema/rows.ts";
import { apiUrl, askedQuery, panel, type AnalyticsPanel, type Asked } from "./analytics-panel.ts";

/** Longer ranges are shown by days: hours would be narrower than a pixel. */
const HOURS_UP_TO_MS = days(15);
const ROADS = 15;

const stepOf = ({ query }: PanelContext): "1h" | "1d" =>
  query.to_ms - query.from_ms > HOURS_UP_TO_MS ? "1d" : "1h";

/** Panels that show parts of it ask the same question, which is answered once. */
const trends = ({ analytics, context }: Asked): Promise<Answer<Trends>> =>
  analytics.trends({ ...askedQuery(context), step: stepOf(context), limit: ROADS });
const trendsUrl = (table: string) => (context: PanelContext) =>
  apiUrl(context, "trends", { step: stepOf(context), limit: String(ROADS), table });

const LINES = "mean speed, km/h; grey: 10 to 90 %; dashed: compared with";

export const panels: readonly AnalyticsPanel[] = [
  panel({
    name: "peak-hours",
    title: "Peak hours",
    ask: ({ analytics, context }) => analytics.peakHours(askedQuery(context)),
    draw: (context, answer, csv) => (
      <PeakHoursPanel context={context} answer={answer} csv={csv()} csv_peaks={csv("peaks")} />
    ),
    chart: {
      unit: () => "traffic level, % of free-flow speed lost; dark: measured peak; hollow: today",
      draw: (_, answer) => <PeakChart answer={answer} />,
    },
    tables: peakHoursTables,
    api: (context) => apiUrl(context, "peak-hours"),
  }),
  panel({
    name: "statistics",
    title: "Statistics",
    ask: ({ analytics, context }) => analytics.statistics(askedQuery(context)),
    draw: (context, answer, csv) => (
      <StatisticsPanel context={context} answer={answer} csv={csv()} csv_aqi={csv("aqi")} />
    ),
    chart: {
      unit: () => "distribution of speed: share of 5-min means of roads, by area",
      draw: (_, answer) => <SpeedDistributionChart answer={answer} />,
    },
    tables: statisticsTables,
    api: (context) => apiUrl(context, "statistics"),
  }),
  panel({
    name: "speed-over-time",
    title: "Average speed",
    ask: trends,
    draw: (context, answer, csv) => <SpeedOverTimePanel context={context} answer={answer} csv={csv()} />,
    chart: {
      unit: () => LINES,
      draw: (context, answer) => <SpeedOverTimeChart context={context} answer={answer} />,
    },
    tables: { series: trendsTables["series"]! },
    api: trendsUrl("series"),
  }),
  panel({
    name: "speed-by-hour",
    title: "Speed by hour of the day",
    ask: trends,
    draw: (context, answer, csv) => <SpeedByHourPanel context={context} answer={answer} csv={csv()} />,
    chart: { unit: () => LINES, draw: (_, answer) => <SpeedByHourChart answer={answer} /> },
    tables: { hours: trendsTables["hours"]! },
    api: trendsUrl("hours"),
  }),
  panel({
    name: "week",
    title: "Hour by weekday",
    ask: trends,
    draw: (context, answer, csv) => <WeekPanel context={context} answer={answer} csv={csv()} />,
    chart: {
      unit: ({ weekday_hour }) =>
        `% of events congested; lightest: 0, darkest: ${Math.round(weekTop(weekday_hour) * 100)} %; hatched: not measured`,
      draw: (context, answer) => <WeekChart context={context} answer={answer} />,
    },
    tables: { weekday_hour: trendsTables["weekday_hour"]! },
    api: trendsUrl("weekday_hour"),
  }),
  panel({
    name: "worst-roads",
    title: "Most congested roads",
    ask: trends,
    draw: (context, answer, csv) => <WorstRoadsPanel context={context} answer={answer} csv={csv()} />,
    tables: { roads: trendsTables["roads"]!, roads_daily: trendsTables["roads_daily"]! },
    api: trendsUrl("roads"),
  }),
  panel<readonly DailySummary[]>({
    name: "days",
    title: "Days",
    ask: ({ analytics, context }) => analytics.dailySummary(askedQuery(context)),
    draw: (context, answer, csv) => <DaysPanel context={context} days={answer} csv={csv()} />,
    tables: rowsTable(columnsOfSchema(dailySummarySchema)),
    api: (context) => apiUrl(context, "daily-summary"),
  }),
  panel({
    name: "moves-with",
    title: "What moves with what",
    ask: ({ analytics, context }) => analytics.correlation(askedQuery(context)),
    draw: (context, answer, csv) => <MovesWithPanel context={context} answer={answer} csv={csv()} />,
    tables: correlationTables,
    api: (context) => apiUrl(context, "correlation"),
  }),
];

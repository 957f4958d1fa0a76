/** The days of the range as a calendar, coloured by congestion, and each with its figures. */
import type { DailySummary } from "../../src/serving/analytics/answer.ts";
import { heatStep } from "../charts/heat-map.tsx";
import { MONTH_WORDS } from "../charts/time-ticks.ts";
import { count, fixed } from "../format.ts";
import { footOf, NothingYet, Panel, presentOf, TableOf, type PanelContext } from "./panel.tsx";
import { analyticsUrl, type AnalyticsPageQuery } from "./query.ts";
import { hoursText, percent, WEEKDAYS } from "./words.ts";

export interface DaysProps {
  context: PanelContext;
  days: readonly DailySummary[];
  csv: string;
}

export const DaysPanel = ({ context, days, csv }: DaysProps) => {
  const present = presentOf(days);
  const seen = days.filter(({ n, readings_n }) => n + readings_n > 0);
  const worst = days.reduce<DailySummary | null>(
    (most, day) => ((day.congested_share ?? -1) > (most?.congested_share ?? -1) ? day : most),
    null,
  );
  return (
    <Panel
      context={context}
      name="days"
      title="Days"
      unit="% of events congested"
      csv={csv}
      says={
        worst === null || worst.congested_share === null
          ? undefined
          : worst.congested_share === 0
            ? "No day had congestion."
            : `${WEEKDAYS[worst.weekday - 1]!} ${worst.date} was worst: ${percent(worst.congested_share)} congested${worst.partial ? ", so far" : ""}.`
      }
      coverage={present.n === 0 ? null : present.coverage}
      foot={footOf(present, "daily summary, days of the city's zone", context)}
    >
      {seen.length === 0 ? (
        <NothingYet context={context} what="day was measured" />
      ) : (
        <>
          <Calendar days={days} context={context} />
          <TableOf
            label="Days"
            heads={[
              "Day",
              "Speed, km/h",
              "Congested",
              "Worst hour",
              "AQI mean",
              "AQI max",
              "Traffic level, %",
              "Records",
              "Coverage",
            ]}
            rows={days.map((day) => [
              <>
                {WEEKDAYS[day.weekday - 1]} {day.date}
                <small>
                  {day.is_holiday ? " holiday" : ""}
                  {day.partial ? " so far" : ""}
                  {day.length_h === 24 ? "" : ` ${day.length_h} h`}
                </small>
              </>,
              fixed(day.avg_speed, 1),
              percent(day.congested_share),
              day.worst_hour === null ? "–" : hoursText(day.worst_hour, day.worst_hour + 1),
              fixed(day.avg_aqi, 0),
              fixed(day.max_aqi, 0),
              fixed(day.avg_traffic, 0),
              count(day.total_records),
              percent(day.coverage, 0),
            ])}
          />
        </>
      )}
    </Panel>
  );
};

/** Weeks as rows. A day's figure stands in it; the colour at its edge only says it again. */
const Calendar = ({ days, context }: { days: readonly DailySummary[]; context: PanelContext }) => {
  const top = Math.max(0.05, ...days.map(({ congested_share }) => congested_share ?? 0));
  const blanks = (days[0]?.weekday ?? 1) - 1;
  const cells: (DailySummary | null)[] = [...Array.from({ length: blanks }, () => null), ...days];
  const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, i) => cells.slice(i * 7, i * 7 + 7));
  return (
    <table class="calendar">
      <caption class="hidden">Congested share by day</caption>
      <thead>
        <tr>
          {WEEKDAYS.map((day) => (
            <th scope="col">{day}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr>
            {Array.from({ length: 7 }, (_, i) => (
              <Day day={week[i] ?? null} top={top} context={context} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const Day = ({
  day,
  top,
  context: { query, city },
}: {
  day: DailySummary | null;
  top: number;
  context: PanelContext;
}) => {
  if (day === null) return <td class="blank"></td>;
  const { date, congested_share } = day;
  return (
    <td class={congested_share === null ? "none" : `edge-${heatStep(congested_share, top * 1.001)}`}>
      <a
        href={dayUrl(query, city.zone, date)}
        aria-label={`${date}: ${congested_share === null ? "not measured" : percent(congested_share)}`}
      >
        <small>{dateWords(date)}</small>
        <b>{congested_share === null ? "–" : percent(congested_share)}</b>
      </a>
    </td>
  );
};

/** `15 Nov` */
const dateWords = (date: string): string =>
  `${Number(date.slice(8))} ${MONTH_WORDS[Number(date.slice(5, 7)) - 1] ?? ""}`;

/** One day of the city's zone, all else as it is. Its ends are dates, which the zone makes instants of. */
function dayUrl(query: AnalyticsPageQuery, zone: string, date: string): string {
  const url = new URL(analyticsUrl(query, zone, { last: "28d" }), "http://page");
  url.searchParams.delete("last");
  url.searchParams.set("from", date);
  url.searchParams.set("to", new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10));
  return `${url.pathname}?${url.searchParams.toString().replaceAll("%3A", ":").replaceAll("%2C", ",")}`;
}

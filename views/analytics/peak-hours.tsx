/** When is the city slow? Hours as bars, both layers apart, and when the peaks of each weekday begin and end. */
import { inHours } from "../../src/core/city.ts";
import type { PeakHour, PeakHoursOfTraffic } from "../../src/serving/analytics/answer.ts";
import { HourBars } from "../charts/hour-bars.tsx";
import { WeekSpans } from "../charts/week-spans.tsx";
import { count, fixed } from "../format.ts";
import { footOf, NothingYet, Panel, presentOf, TableOf, type PanelContext } from "./panel.tsx";
import { hoursText, hourText, percent, WEEKDAYS } from "./words.ts";

export interface PeakHoursProps {
  context: PanelContext;
  answer: PeakHoursOfTraffic;
  csv: string;
  csv_peaks: string;
}

const [NAME, TITLE, UNIT] = ["peak-hours", "Peak hours", "traffic level: % of free-flow speed lost"] as const;

export const PeakHoursPanel = ({ context, answer, csv, csv_peaks }: PeakHoursProps) => {
  const all = [...answer.batch, ...answer.speed];
  const present = presentOf(all);
  const seen = all.some(({ traffic_level }) => traffic_level !== null);
  return (
    <Panel
      context={context}
      name={NAME}
      title={TITLE}
      unit={UNIT}
      csv={csv}
      svg
      says={peakSentence(answer)}
      coverage={seen ? present.coverage : null}
      foot={footOf(present, "mean speed over events against mean free flow", context)}
    >
      {seen ? (
        <>
          <div class="pair">
            <div>
              <PeakChart answer={answer} />
              <p class="keys note">
                <span>
                  <i class="key solid"></i> ≈ days before today, from history
                </span>
                <span>
                  <i class="key hollow"></i> today so far, from the speed layer
                </span>
                <span>▾ measured peak</span>
                <span>
                  <i class="key shade"></i> the city's peak hours
                </span>
              </p>
            </div>
            <div>
              <h3>
                Measured peaks by weekday{" "}
                <a href={csv_peaks} aria-label="Measured peaks by weekday: CSV">
                  CSV
                </a>
              </h3>
              <WeekChart answer={answer} />
              <ul class="weekday-peaks">
                {WEEKDAYS.map((day, i) => (
                  <li>
                    <b>{day}</b> {spansText(answer, i + 1)}
                  </li>
                ))}
              </ul>
            </div>
          </div>
          <p class="note">{answer.measured_rule}</p>
          <TableOf
            label="Traffic by hour of the day"
            heads={["Hour", "Days before, %", "Today, %", "Mean speed, km/h", "Congested", "n"]}
            rows={answer.batch.map((was, i) => {
              const is = answer.speed[i];
              return [
                <>
                  {hourText(was.hour)}
                  {was.is_peak_hour ? <small> peak</small> : null}
                  {was.is_measured_peak ? <small> measured</small> : null}
                </>,
                fixed(was.traffic_level, 1),
                fixed(is?.traffic_level, 1),
                fixed(was.mean_speed ?? is?.mean_speed, 1),
                percent(was.congested_share ?? is?.congested_share),
                count(was.n + (is?.n ?? 0)),
              ];
            })}
          />
        </>
      ) : (
        <NothingYet context={context} what="hour was measured" />
      )}
    </Panel>
  );
};

/** The hours alone: also as a file. */
export const PeakChart = ({ answer: { batch, speed, rule } }: { answer: PeakHoursOfTraffic }) => (
  <HourBars
    label="Traffic level by hour of the day; the table below has the figures"
    unit="%"
    top_min={10}
    peaks={rule}
    hours={batch.map((was, hour) => {
      const is = speed[hour];
      return {
        value: was.traffic_level,
        today: is?.traffic_level ?? null,
        peak: was.is_measured_peak,
        words: `${hoursText(hour, hour + 1)}: ${levelWords(was)}${is === undefined || is.traffic_level === null ? "" : `; today ${levelWords(is)}`}${inHours(rule, hour) ? "; peak by the city's rule" : ""}${was.is_measured_peak ? "; measured peak" : ""}`,
      };
    })}
  />
);

const levelWords = ({ traffic_level, n }: PeakHour): string =>
  traffic_level === null ? "not measured" : `${fixed(traffic_level, 1)} % (n ${count(n)})`;

const WeekChart = ({ answer: { measured_peaks, rule } }: { answer: PeakHoursOfTraffic }) => (
  <WeekSpans
    label="Measured peaks of each weekday, from their beginning to their end; the list below says the same"
    peaks={rule}
    rows={WEEKDAYS.map((name, i) => ({
      name,
      spans: measured_peaks
        .filter(({ weekday }) => weekday === i + 1)
        .map(({ from_hour, to_hour, worst_hour, traffic_level }) => ({
          from: from_hour,
          to: to_hour,
          words: `${name} ${hoursText(from_hour, to_hour)}, worst from ${hourText(worst_hour)}: ${fixed(traffic_level, 0)} %`,
        })),
    }))}
  />
);

function spansText({ measured_peaks }: PeakHoursOfTraffic, weekday: number): string {
  const mine = measured_peaks.filter((peak) => peak.weekday === weekday);
  return mine.length === 0
    ? "–"
    : mine.map(({ from_hour, to_hour }) => hoursText(from_hour, to_hour)).join(", ");
}

/** `Slowest from 17:00: 38 % of free flow lost. The city counts 06:00–10:00 and 16:00–20:00 as peak.` */
export function peakSentence({ batch, speed, rule }: PeakHoursOfTraffic): string {
  const worst = [...batch, ...speed].reduce<PeakHour | null>(
    (most, row) =>
      row.traffic_level !== null && row.traffic_level > (most?.traffic_level ?? -1) ? row : most,
    null,
  );
  const counted = rule.map(([from, to]) => hoursText(from, to)).join(" and ");
  const by_rule =
    counted === "" ? "The city has no peak hours of its own." : `The city counts ${counted} as peak.`;
  if (worst === null) return by_rule;
  return `Slowest from ${hourText(worst.hour)} to ${hourText(worst.hour + 1)}: ${fixed(worst.traffic_level, 0)} % of free-flow speed lost. ${by_rule}`;
}

/** A location's usual day: means by hour, peak hours against the others, and whether the air moves with traffic. */
import { inHours, type City } from "../src/core/city.ts";
import type { Correlation, HourMean } from "../src/serving/profile.ts";
import { HourColumns } from "./charts/hour-columns.tsx";
import { count, fixed } from "./format.ts";

export interface UsualHours {
  /** History could not be asked: what was is not known now. */
  away: boolean;
  /** 24 hours of the day, over `days` days. */
  profile: readonly HourMean[];
  days: number;
  peak: { aqi: PeakMeans; traffic: PeakMeans };
  correlation: Correlation | null;
}
interface PeakMeans {
  peak: number | null;
  other: number | null;
}

export const UsualDay = ({ hours, city }: { hours: UsualHours; city: Pick<City, "peak_hours"> }) => {
  const { profile, peak, correlation, days } = hours;
  const means = (field: string): (number | null)[] => profile.map((hour) => hour.means[field] ?? null);
  const [aqi, traffic] = [means("aqi_value_mean"), means("traffic_level_mean")];
  const isPeak = (hour: number): boolean => inHours(city.peak_hours, hour);
  const top = (all: readonly (number | null)[], least: number): number =>
    Math.max(least, ...all.map((v) => v ?? 0)) * 1.15;
  const seen = profile.filter((hour) => hour.n > 0).length;
  return (
    <section class="usual-day">
      <h3>By hour of the day, last {days} days</h3>
      {seen === 0 ? (
        <p class="empty">
          {hours.away ? "History cannot be read now." : "No hour is stored yet: this fills as readings come."}
        </p>
      ) : (
        <>
          <p class="because">
            {peakSentence("AQI", peak.aqi, "")} {peakSentence("Traffic level", peak.traffic, " %")}{" "}
            {correlationSentence(correlation)}
          </p>
          <div class="hour-rows">
            <HourColumns label="Mean AQI" means={aqi} top={top(aqi, 20)} isPeak={isPeak} />
            <HourColumns
              label="Mean traffic level, %"
              means={traffic}
              top={top(traffic, 20)}
              isPeak={isPeak}
            />
          </div>
          <details class="why">
            <summary>As a table</summary>
            <div class="scroll" tabindex={0} role="region" aria-label="Means by hour of the day">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Hour</th>
                    <th scope="col" class="n">
                      AQI
                    </th>
                    <th scope="col" class="n">
                      Traffic, %
                    </th>
                    <th scope="col" class="n">
                      Readings
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {profile.map(({ hour, n }) => (
                    <tr>
                      <th scope="row">
                        {String(hour).padStart(2, "0")}:00{isPeak(hour) ? <small> peak</small> : null}
                      </th>
                      <td class="n">{fixed(aqi[hour], 0)}</td>
                      <td class="n">{fixed(traffic[hour], 0)}</td>
                      <td class="n">{count(n)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </section>
  );
};

/** Only where both were seen. */
export const peakSentence = (name: string, { peak, other }: PeakMeans, unit: string): string =>
  peak === null || other === null
    ? ""
    : `${name} is ${fixed(peak, 0)}${unit} on average in peak hours, ${fixed(other, 0)}${unit} outside.`;

/** Below this the two are not said to move together. */
const WEAK = 0.2;

export function correlationSentence(found: Correlation | null): string {
  if (found === null) return "";
  const { r, n, lag_h } = found;
  const basis = `(r ${fixed(r, 2).replace("-", "−")}, n ${count(n)} hours)`;
  if (Math.abs(r) < WEAK) return `The air does not move with traffic here ${basis}.`;
  const later = lag_h === 0 ? "in the same hour" : `about ${lag_h} h later`;
  return `The air moves ${r < 0 ? "against" : "with"} traffic ${later} ${basis}; what causes what, this does not say.`;
}

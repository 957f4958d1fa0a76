/** Mean speed by hour of the day with the typical band, and the same hours of what it is compared with. */
import type { Trends } from "../../src/serving/analytics/answer.ts";
import { BandLine } from "../charts/band-line.tsx";
import { count, fixed } from "../format.ts";
import { footOf, NothingYet, Panel, presentOf, TableOf, type PanelContext } from "./panel.tsx";
import { comparedWords, hoursText, hourText, percent, signed } from "./words.ts";

export interface TrendsProps {
  context: PanelContext;
  answer: Trends;
  csv: string;
}

export const SpeedByHourPanel = ({ context, answer, csv }: TrendsProps) => {
  const hours = answer.hourly_avg_speed;
  const other = answer.compared_hourly;
  const present = presentOf(hours);
  return (
    <Panel
      context={context}
      name="speed-by-hour"
      title="Speed by hour of the day"
      unit="km/h"
      csv={csv}
      svg
      says={sentence(answer)}
      coverage={present.n === 0 ? null : present.coverage}
      foot={footOf(present, "arithmetic mean over events; band: 10 to 90 % of 5-min means of roads", context)}
    >
      {present.n === 0 ? (
        <NothingYet context={context} what="speed was measured" />
      ) : (
        <>
          <SpeedByHourChart answer={answer} />
          <LineKeys of={other?.of ?? null} />
          <TableOf
            label="Speed by hour of the day"
            heads={[
              "Hour",
              "Mean",
              "10 %",
              "Median",
              "90 %",
              "Congested",
              ...(other === null ? [] : ["Compared", "Difference"]),
              "n",
            ]}
            rows={hours.map((one, i) => [
              hourText(one.hour),
              fixed(one.speed, 1),
              fixed(one.p10, 0),
              fixed(one.p50, 0),
              fixed(one.p90, 0),
              percent(one.congested_share),
              ...(other === null
                ? []
                : [fixed(other.hours[i]?.speed, 1), signed(minus(one.speed, other.hours[i]?.speed), 1)]),
              count(one.n),
            ])}
          />
        </>
      )}
    </Panel>
  );
};

export const SpeedByHourChart = ({ answer: { hourly_avg_speed, compared_hourly } }: { answer: Trends }) => (
  <BandLine
    label="Mean speed by hour of the day with its 10 to 90 % band; the table below has the figures"
    unit="km/h"
    step={1}
    from={0}
    to={24}
    ticks={[1, 3, 6, 9, 12, 15, 18, 21]
      .slice(1)
      .map((at) => ({ at, word: hourText(at), minor: at % 6 !== 0 }))}
    samples={hourly_avg_speed.map(({ hour, speed, p10, p90 }, i) => ({
      at: hour,
      mean: speed,
      low: p10,
      high: p90,
      other: compared_hourly?.hours[i]?.speed ?? null,
    }))}
  />
);

/** What the lines are. */
export const LineKeys = ({ of, band = true }: { of: keyof typeof comparedWords | null; band?: boolean }) => (
  <p class="keys note">
    <span>
      <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
        <line class="actual" x1="1" y1="5" x2="17" y2="5" />
      </svg>{" "}
      this range
    </span>
    {band ? (
      <span>
        <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
          <rect class="band" x="1" y="1" width="16" height="8" />
        </svg>{" "}
        10 to 90 %
      </span>
    ) : null}
    {of === null ? null : (
      <span>
        <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
          <line class="other" x1="1" y1="5" x2="17" y2="5" />
        </svg>{" "}
        {comparedWords[of]}
      </span>
    )}
    <span>
      <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
        <rect class="missing" x="1" y="0" width="16" height="10" />
      </svg>{" "}
      not measured
    </span>
  </p>
);

export const minus = (a: number | null | undefined, b: number | null | undefined): number | null =>
  a === null || a === undefined || b === null || b === undefined ? null : a - b;

/** The slowest hour, and the hour that changed most. */
function sentence({ hourly_avg_speed, compared_hourly }: Trends): string {
  const seen = hourly_avg_speed.filter(({ speed }) => speed !== null);
  if (seen.length === 0) return "";
  const slow = seen.reduce((a, b) => (b.speed! < a.speed! ? b : a));
  const says = `Slowest from ${hoursText(slow.hour, slow.hour + 1)}: ${fixed(slow.speed, 1)} km/h.`;
  if (compared_hourly === null) return says;
  const changes = seen.flatMap(({ hour, speed }) => {
    const change = minus(speed, compared_hourly.hours[hour]?.speed);
    return change === null ? [] : [{ hour, change }];
  });
  const than = comparedWords[compared_hourly.of];
  if (changes.length === 0) return `${says} Nothing was measured to compare with (${than}).`;
  const most = changes.reduce((a, b) => (Math.abs(b.change) > Math.abs(a.change) ? b : a));
  return `${says} The greatest change from ${than}: ${signed(most.change, 1)} km/h from ${hoursText(most.hour, most.hour + 1)}.`;
}

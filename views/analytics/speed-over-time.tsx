/** Mean speed over the range, hour by hour or day by day; a drag over it chooses a shorter one. */
import type { Trends } from "../../src/serving/analytics/answer.ts";
import { localTime } from "../../src/core/time.ts";
import { BandLine } from "../charts/band-line.tsx";
import { timeTicks } from "../charts/time-ticks.ts";
import { count, dateTime, fixed } from "../format.ts";
import { footOf, NothingYet, Panel, presentOf, TableOf, type PanelContext } from "./panel.tsx";
import { LineKeys, minus, type TrendsProps } from "./speed-by-hour.tsx";
import { percent, signed } from "./words.ts";

export const SpeedOverTimePanel = ({ context, answer, csv }: TrendsProps) => {
  const { series, compared_hourly } = answer;
  const present = presentOf(series);
  const { zone } = context.city;
  const compared = compared_hourly !== null;
  return (
    <Panel
      context={context}
      name="speed-over-time"
      title={answer.step === "1h" ? "Hourly average speed" : "Daily average speed"}
      unit="km/h"
      csv={csv}
      svg
      says={
        <>
          Drag over the chart to look at a shorter time, or type it above.{" "}
          {series.some(({ partial }) => partial) ? "The newest step goes on: it is the last dot." : ""}
        </>
      }
      coverage={present.n === 0 ? null : present.coverage}
      foot={footOf(
        present,
        answer.step === "1h"
          ? "arithmetic mean over events; band: 10 to 90 % at that hour of the day in this range"
          : "arithmetic mean over events of a day",
        context,
      )}
    >
      {present.n === 0 ? (
        <NothingYet context={context} what="speed was measured" />
      ) : (
        <>
          <SpeedOverTimeChart answer={answer} context={context} />
          <LineKeys of={compared_hourly?.of ?? null} band={answer.step === "1h"} />
          <TableOf
            label="Speed over time"
            heads={["From", "Mean", "Congested", ...(compared ? ["Compared", "Difference"] : []), "n"]}
            rows={series.map((one) => [
              dateTime(Date.parse(one.start), zone),
              fixed(one.speed, 1),
              percent(one.congested_share),
              ...(compared
                ? [fixed(one.compared_speed, 1), signed(minus(one.speed, one.compared_speed), 1)]
                : []),
              count(one.n),
            ])}
          />
        </>
      )}
    </Panel>
  );
};

export const SpeedOverTimeChart = ({ answer, context }: { answer: Trends; context: PanelContext }) => {
  const { series, hourly_avg_speed, step } = answer;
  const { zone } = context.city;
  const [from, to] = [
    Date.parse(series[0]?.start ?? answer.period.from),
    Date.parse(series.at(-1)?.end ?? answer.period.to),
  ];
  return (
    <BandLine
      label={`Mean speed from ${dateTime(from, zone)} to ${dateTime(to, zone)}; the table below has the figures`}
      unit="km/h"
      step={step === "1h" ? 3_600_000 : 86_400_000}
      from={from}
      to={to}
      brush
      ticks={timeTicks(from, to, zone)}
      samples={series.map(({ start, speed, compared_speed }) => {
        const at = Date.parse(start);
        const typical = step === "1h" ? hourly_avg_speed[localTime(at, zone).hour] : undefined;
        return {
          at,
          mean: speed,
          low: typical?.p10 ?? null,
          high: typical?.p90 ?? null,
          other: compared_speed,
        };
      })}
    />
  );
};

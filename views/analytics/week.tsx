/** Hour × weekday: which hours of which days are congested. */
import type { Trends, WeekdayHour } from "../../src/serving/analytics/answer.ts";
import { HeatLegend, HeatMap } from "../charts/heat-map.tsx";
import { roundStep } from "../charts/scale.ts";
import { count } from "../format.ts";
import { footOf, NothingYet, Panel, presentOf, TableOf, type PanelContext } from "./panel.tsx";
import type { TrendsProps } from "./speed-by-hour.tsx";
import { hoursText, hourText, percent, speedText, WEEKDAYS } from "./words.ts";

/** Fewer 5-min means of roads say too little of an hour. */
const N_MIN = 4;

export const WeekPanel = ({ context, answer, csv }: TrendsProps) => {
  const cells = answer.weekday_hour;
  const present = presentOf(cells);
  const worst = worstOf(cells);
  return (
    <Panel
      context={context}
      name="week"
      title="Hour by weekday"
      unit="% of events congested"
      csv={csv}
      svg
      says={
        worst === null
          ? undefined
          : `Most congested: ${WEEKDAYS[worst.weekday - 1]!} ${hoursText(worst.hour, worst.hour + 1)}, ${percent(worst.congested_share)} at a mean of ${speedText(worst.speed)}.`
      }
      coverage={present.n === 0 ? null : present.coverage}
      foot={footOf(present, `share of events heavy or worse; hatched under ${N_MIN} 5-min means`, context)}
    >
      {present.n === 0 ? (
        <NothingYet context={context} what="hour was measured" />
      ) : (
        <>
          <WeekChart answer={answer} context={context} />
          <HeatLegend top={weekTop(cells) * 100} unit="%" n_min={N_MIN} />
          <TableOf
            label="Congested share by hour and weekday, %"
            heads={["Hour", ...WEEKDAYS.flatMap((day) => [day, "n"])]}
            rows={Array.from({ length: 24 }, (_, hour) => [
              hourText(hour),
              ...WEEKDAYS.flatMap((_day, i) => {
                const cell = cells[i * 24 + hour];
                return [percent(cell?.congested_share), <small>{count(cell?.n)}</small>];
              }),
            ])}
          />
        </>
      )}
    </Panel>
  );
};

export const WeekChart = ({
  answer: { weekday_hour },
  context,
}: {
  answer: Trends;
  context: PanelContext;
}) => (
  <HeatMap
    label="Congested share by hour and weekday; the table below has the figures"
    top={weekTop(weekday_hour)}
    n_min={N_MIN}
    rows={WEEKDAYS.map((name, i) => ({ name, cells: weekday_hour.slice(i * 24, i * 24 + 24) }))
      .filter((_, i) => context.query.weekdays.length === 0 || context.query.weekdays.includes(i + 1))
      .map(({ name, cells }) => ({
        name,
        cells: cells.map((cell) => ({
          value: cell.congested_share,
          n: cell.windows_n,
          words: wordsOf(name, cell),
        })),
      }))}
  />
);

const wordsOf = (day: string, { hour, congested_share, speed, n }: WeekdayHour): string =>
  `${day} ${hoursText(hour, hour + 1)}: ${congested_share === null ? "not measured" : `${percent(congested_share)}, ${speedText(speed)} (n ${count(n)})`}`;

/** The least of a few round shares that holds them all. */
export function weekTop(cells: readonly WeekdayHour[]): number {
  const most = Math.max(0.05, ...cells.map(({ congested_share }) => congested_share ?? 0));
  const step = roundStep(most, 4);
  return Math.min(1, Math.ceil(most / step - 1e-9) * step);
}

const worstOf = (cells: readonly WeekdayHour[]): WeekdayHour | null =>
  cells.reduce<WeekdayHour | null>(
    (most, cell) =>
      cell.windows_n >= N_MIN &&
      cell.congested_share !== null &&
      cell.congested_share > (most?.congested_share ?? 0)
        ? cell
        : most,
    null,
  );

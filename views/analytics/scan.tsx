/** Where on a corridor a jam begins, how it grows and how it dissolves: time across, place up. */
import { localTime } from "../../src/core/time.ts";
import type { CorridorRow } from "../../src/serving/episode-answer.ts";
import type { CongestionScan } from "../../src/serving/scan-answer.ts";
import { RampLegend } from "../charts/heat-map.tsx";
import { ScanMap } from "../charts/scan-map.tsx";
import { timeTicks } from "../charts/time-ticks.ts";
import { clockTime, count, dateTime, fixed } from "../format.ts";
import { everyDay, Panel, TableOf, zoneText, type PanelContext } from "./panel.tsx";
import { analyticsParameters } from "./query.ts";
import { hourText, percent, plural } from "./words.ts";

/** A scan, and the corridors that could be chosen instead. */
export interface ScanData {
  scan: CongestionScan | null;
  corridors: readonly CorridorRow[];
}

export interface ScanProps {
  context: PanelContext;
  data: ScanData;
  csv: string;
}

export const ScanPanel = ({ context, data: { scan, corridors }, csv }: ScanProps) => {
  const { zone } = context.city;
  return (
    <Panel
      context={context}
      name="scan"
      title="Congestion scan"
      unit="speed in % of free flow along a corridor"
      csv={csv}
      svg={scan !== null}
      says={
        scan === null
          ? undefined
          : `${scan.name ?? "These roads"}, ${fixed(scan.length_km, 1)} km, ${dateTime(Date.parse(scan.from), zone)} to ${dateTime(Date.parse(scan.to), zone)}: ${plural(scan.episodes.length, "episode")}, framed; each leads to the map when it began.`
      }
      coverage={scan === null || scan.cells_n === 0 ? null : scan.cells_n / scan.cells_expected}
      foot={
        scan === null
          ? zoneText(zone, context.query.from_ms)
          : `n ${count(scan.cells_n)} of ${count(scan.cells_expected)} cells of ${scan.step_s / 60} min, coverage ${percent(scan.cells_expected === 0 ? 1 : scan.cells_n / scan.cells_expected, 0)} · arithmetic mean over events of a road · the last day of the range · ${everyDay(context)}${zoneText(zone, context.query.to_ms)}`
      }
    >
      {scan === null ? (
        <p class="empty">This city has no road of several segments, so there is no corridor to look along.</p>
      ) : (
        <>
          <CorridorForm context={context} corridors={corridors} chosen={scan.corridor_id} />
          {scan.cells_n === 0 ? (
            <p class="empty">Nothing was measured on it in this time.</p>
          ) : (
            <>
              <ScanChart scan={scan} context={context} />
              <RampLegend least="free flow" most="standing" hatched="not measured" />
              <TableOf
                label="Mean of each hour, % of free flow"
                heads={["Segment, km", ...hoursOf(scan, zone).map(({ hour }) => hourText(hour).slice(0, 2))]}
                rows={scan.segments.map((segment) => [
                  <>
                    {segment.road_name}{" "}
                    <small>
                      {fixed(segment.from_km, 1)}–{fixed(segment.to_km, 1)}
                    </small>
                  </>,
                  ...hoursOf(scan, zone).map(({ steps }) =>
                    meanText(steps.map((i) => segment.percent[i] ?? null)),
                  ),
                ])}
              />
            </>
          )}
        </>
      )}
    </Panel>
  );
};

/** The picture alone, which is a file, too. */
export const ScanChart = ({ scan, context }: { scan: CongestionScan; context: PanelContext }) => {
  const { zone } = context.city;
  const [from, to] = [Date.parse(scan.from), Date.parse(scan.to)];
  return (
    <ScanMap
      label={`Speed along ${scan.name ?? "the chosen roads"} over time; the table below has means of each hour`}
      bands={scan.segments.map(({ road_name, ...segment }) => ({ name: road_name, ...segment }))}
      length_km={scan.length_km}
      from={from}
      to={to}
      ticks={timeTicks(from, to, zone)}
      frames={scan.episodes.map(({ started_at, ended_at, from_km, to_km, worst_ratio }) => ({
        from: Date.parse(started_at),
        to: ended_at === null ? context.now_ms : Date.parse(ended_at),
        from_km,
        to_km,
        href: `/?t=${started_at}`,
        words: `Episode from ${clockTime(Date.parse(started_at), zone)} to ${ended_at === null ? "now" : clockTime(Date.parse(ended_at), zone)}, worst ${percent(worst_ratio, 0)} of free flow`,
      }))}
    />
  );
};

/** All else stays as it is. */
const CorridorForm = ({
  context: { query, city },
  corridors,
  chosen,
}: {
  context: PanelContext;
  corridors: readonly CorridorRow[];
  chosen: string | null;
}) => (
  <form class="filter corridor" method="get" action="/analytics#scan">
    {[...analyticsParameters({ ...query, corridor: "" }, city.zone)].map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <label>
      Corridor{" "}
      <select name="corridor">
        {corridors.map(({ corridor_id, name, length_km }) => (
          <option value={corridor_id} selected={corridor_id === chosen}>
            {name}, {fixed(length_km, 1)} km
          </option>
        ))}
      </select>
    </label>
    <button type="submit">Show</button>
  </form>
);

/** The steps of each hour of the clock. */
function hoursOf({ steps }: CongestionScan, zone: string): { hour: number; steps: number[] }[] {
  const out: { hour: number; steps: number[] }[] = [];
  for (const [i, step] of steps.entries()) {
    const { hour } = localTime(Date.parse(step), zone);
    const last = out.at(-1);
    if (last?.hour === hour) last.steps.push(i);
    else out.push({ hour, steps: [i] });
  }
  return out;
}

function meanText(values: readonly (number | null)[]): string {
  const seen = values.filter((value) => value !== null);
  return seen.length === 0 ? "–" : fixed(seen.reduce((sum, value) => sum + value, 0) / seen.length, 0);
}

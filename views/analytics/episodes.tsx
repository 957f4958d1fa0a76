/** Congestion as things with a begin, an end and a cost: the costliest of the range. */
import type { EpisodeRow } from "../../src/serving/episode-answer.ts";
import { count, dateTime, clockTime } from "../format.ts";
import { everyDay, NothingYet, Panel, zoneText, type PanelContext } from "./panel.tsx";
import { longTime, percent } from "./words.ts";

export interface EpisodesProps {
  context: PanelContext;
  rows: readonly EpisodeRow[];
  csv: string;
}

export const EpisodesPanel = ({ context, rows, csv }: EpisodesProps) => {
  const { zone } = context.city;
  const now = rows.filter(({ ended_at }) => ended_at === null).length;
  return (
    <Panel
      context={context}
      name="episodes"
      title="Episodes"
      unit="the costliest of the range"
      csv={csv}
      says={
        rows.length === 0
          ? undefined
          : now === 0
            ? "None of these goes on now."
            : `${now} of these ${now === 1 ? "goes" : "go"} on now.`
      }
      foot={`${count(rows.length)} shown; it begins under half of free flow and ends above 65 % · ${everyDay(context)}${zoneText(zone, context.query.from_ms)}`}
    >
      {rows.length === 0 ? (
        <NothingYet context={context} what="episode of congestion was found" />
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="Episodes">
          <table class="ranking">
            <thead>
              <tr>
                <th scope="col">Road</th>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col" class="n">
                  Lasted
                </th>
                <th scope="col" class="n">
                  Worst, of free flow
                </th>
                <th scope="col" class="n">
                  Delay
                </th>
                <th scope="col" class="n">
                  Observed
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  <th scope="row">
                    <a href={`/roads/${encodeURIComponent(row.road_id)}`}>{row.road_name}</a>
                  </th>
                  <td class="nowrap">{dateTime(Date.parse(row.started_at), zone)}</td>
                  <td class="nowrap">{endText(row, zone)}</td>
                  <td class="n">{Math.round(row.minutes)} min</td>
                  <td class="n">
                    {percent(row.worst_ratio, 0)}{" "}
                    <small>at {clockTime(Date.parse(row.worst_at), zone)}</small>
                  </td>
                  <td class="n">{longTime(row.delay_s)}</td>
                  <td class="n">{percent(row.coverage, 0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
};

const endText = ({ ended_at, end }: EpisodeRow, zone: string): string =>
  ended_at === null
    ? "goes on"
    : `${clockTime(Date.parse(ended_at), zone)}${end === "unknown" ? ", data ended" : ""}`;

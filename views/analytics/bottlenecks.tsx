/** Which roads jam again and again: ranked by what their episodes cost, with the change from the time before. */
import type { BottleneckRow } from "../../src/serving/episode-answer.ts";
import { DaySparkline } from "../charts/day-sparkline.tsx";
import { count } from "../format.ts";
import { everyDay, NothingYet, Panel, zoneText, type PanelContext } from "./panel.tsx";
import { hourText, longTime, plural } from "./words.ts";

export interface BottlenecksProps {
  context: PanelContext;
  rows: readonly BottleneckRow[];
  csv: string;
}

export const BottlenecksPanel = ({ context, rows, csv }: BottlenecksProps) => {
  const first = rows[0];
  return (
    <Panel
      context={context}
      name="bottlenecks"
      title="Bottlenecks"
      unit="roads by total delay of their episodes"
      csv={csv}
      says={
        first === undefined
          ? undefined
          : `${first.road_name} lost most: ${longTime(first.delay_s)} in ${plural(first.episodes_n, "episode")}, mostly from ${hourText(first.frequent_hour)}.`
      }
      foot={`n ${count(rows.reduce((sum, { episodes_n }) => sum + episodes_n, 0))} episodes of these roads; delay: what one vehicle per 5 min lost against free flow; rank change against the same length of time before · ${everyDay(context)}${zoneText(context.city.zone, context.query.from_ms)}`}
    >
      {rows.length === 0 ? (
        <NothingYet context={context} what="episode of congestion was found" />
      ) : (
        <Ranking rows={rows} />
      )}
    </Panel>
  );
};

const Ranking = ({ rows }: { rows: readonly BottleneckRow[] }) => {
  const most = Math.max(1, ...rows.map(({ delay_s }) => delay_s ?? 0));
  const top = Math.max(1, ...rows.flatMap(({ by_hour }) => by_hour));
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Bottlenecks">
      <table class="ranking">
        <thead>
          <tr>
            <th scope="col">Road</th>
            <th scope="col">Change</th>
            <th scope="col" class="n">
              Delay
            </th>
            <td class="wide"></td>
            <th scope="col" class="n">
              Episodes
            </th>
            <th scope="col" class="n">
              Median
            </th>
            <th scope="col">Begin, 0–24 h</th>
            <th scope="col" class="n mid">
              Mostly
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              <th scope="row">
                <a href={`/roads/${encodeURIComponent(row.road_id)}`}>
                  <small>{row.rank}</small> {row.road_name}
                </a>
                {row.going_on ? <small> now</small> : null}
              </th>
              <td class="nowrap">{changeText(row)}</td>
              <td class="n">{longTime(row.delay_s)}</td>
              <td class="bar wide">
                <svg width="100%" height="12" aria-hidden="true">
                  <rect
                    class="above"
                    width={`${(((row.delay_s ?? 0) / most) * 100).toFixed(1)}%`}
                    height="12"
                  />
                </svg>
              </td>
              <td class="n">{count(row.episodes_n)}</td>
              <td class="n">{Math.round(row.median_minutes)} min</td>
              <td>
                <DaySparkline values={row.by_hour} top={top} />
              </td>
              <td class="n mid">{hourText(row.frequent_hour)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

/** `▲ 3`, `▼ 1`, `=`, `new` */
export const changeText = ({ rank_change }: Pick<BottleneckRow, "rank_change">): string =>
  rank_change === null
    ? "new"
    : rank_change === 0
      ? "="
      : `${rank_change > 0 ? "▲" : "▼"} ${Math.abs(rank_change)}`;

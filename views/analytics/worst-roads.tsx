/** The roads that are congested most of the time: bars, what it costs, and each road's days. */
import type { CongestedRoad } from "../../src/serving/analytics/answer.ts";
import { DaySparkline } from "../charts/day-sparkline.tsx";
import { count, delay, fixed } from "../format.ts";
import { footOf, NothingYet, Panel, presentOf } from "./panel.tsx";
import { minus, type TrendsProps } from "./speed-by-hour.tsx";
import { comparedWords, percent, signed } from "./words.ts";

export const WorstRoadsPanel = ({ context, answer, csv }: TrendsProps) => {
  const roads = answer.top_congested_roads.filter(({ congested_share }) => (congested_share ?? 0) > 0);
  const first = roads[0];
  return (
    <Panel
      context={context}
      name="worst-roads"
      title="Most congested roads"
      unit="% of events heavy or worse"
      csv={csv}
      says={
        first === undefined
          ? undefined
          : `${first.road_name} is congested ${percent(first.congested_share)} of the time${first.delay_s === null ? "" : `, ${delay(first.delay_s)} min lost on its length on average`}.`
      }
      foot={footOf(
        presentOf(roads),
        "of these roads; delay: mean time lost against free flow, min:s",
        context,
      )}
    >
      {roads.length === 0 ? (
        answer.series.some(({ n }) => n > 0) ? (
          <p class="empty">No road was congested in this range.</p>
        ) : (
          <NothingYet context={context} what="road was measured" />
        )
      ) : (
        <RoadsTable roads={roads} of={answer.compared_hourly?.of ?? null} />
      )}
    </Panel>
  );
};

const RoadsTable = ({
  roads,
  of,
}: {
  roads: readonly CongestedRoad[];
  of: keyof typeof comparedWords | null;
}) => {
  const most = Math.max(1e-9, ...roads.map(({ congested_share }) => congested_share ?? 0));
  const top = Math.max(1e-9, ...roads.flatMap(({ daily }) => daily.map((day) => day.congested_share ?? 0)));
  const days = Math.max(...roads.map(({ daily }) => daily.length));
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Most congested roads">
      <table class="ranking">
        <thead>
          <tr>
            <th scope="col">Road</th>
            <th scope="col" class="n">
              Congested
            </th>
            <td class="wide"></td>
            {of === null ? null : (
              <th scope="col" class="n">
                Than {comparedWords[of]}
              </th>
            )}
            {days > 1 ? <th scope="col">By day</th> : null}
            <th scope="col" class="n">
              Delay
            </th>
            <th scope="col" class="n">
              Speed<span class="mid">, free flow, km/h</span>
            </th>
            <th scope="col" class="n mid">
              n
            </th>
          </tr>
        </thead>
        <tbody>
          {roads.map((road) => (
            <tr>
              <th scope="row">
                <a href={`/roads/${encodeURIComponent(road.road_id)}`}>
                  <small>{road.rank}</small> {road.road_name}
                </a>
                {road.district === null ? null : <small class="wide"> {road.district}</small>}
              </th>
              <td class="n">{percent(road.congested_share)}</td>
              <td class="bar wide">
                <svg width="100%" height="12" aria-hidden="true">
                  <rect
                    class="above"
                    width={`${(((road.congested_share ?? 0) / most) * 100).toFixed(1)}%`}
                    height="12"
                  />
                </svg>
              </td>
              {of === null ? null : (
                <td class="n">{pointsText(minus(road.congested_share, road.compared_congested_share))}</td>
              )}
              {days > 1 ? (
                <td>
                  <DaySparkline values={road.daily.map((day) => day.congested_share)} top={top} />
                </td>
              ) : null}
              <td class="n">{delay(road.delay_s)}</td>
              <td class="n">
                {fixed(road.mean_speed, 0)}
                <i class="mid"> / {fixed(road.free_flow_speed, 0)}</i>
              </td>
              <td class="n mid">
                <small>{count(road.n)}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

/** A difference of shares, in points. */
export const pointsText = (share: number | null): string =>
  share === null ? "–" : `${signed(share * 100, 1)} pts`;

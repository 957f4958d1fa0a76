/** How much time to plan for a road: FHWA's measures over 28 days, each in words. */
import type { ReliabilityRow } from "../../src/serving/episode-answer.ts";
import { count, delay, fixed } from "../format.ts";

export interface RoadReliabilityProps {
  row: ReliabilityRow | null;
  road_id: string;
  from: string;
}

const percent = (share: number | null): string =>
  share === null ? "–" : `${(share * 100).toFixed(1).replace("-", "−")} %`;

export const RoadReliability = ({ row, road_id, from }: RoadReliabilityProps) => {
  const href = `/api/analytics/reliability?roads=${encodeURIComponent(road_id)}&from=${from}&format=csv`;
  return (
    <section class="reliability">
      <h2>
        Reliability <small>the last 28 days</small>
      </h2>
      {row === null || row.travel_time_index === null ? (
        <p class="empty">No travel time of this road was measured in the last 28 days.</p>
      ) : (
        <>
          <dl class="measures">
            <div>
              <dt>Travel time index</dt>
              <dd>{fixed(row.travel_time_index, 2)}</dd>
              <dd class="note">
                mean {delay(row.mean_travel_time_s)} where free flow takes{" "}
                {delay(row.free_flow_travel_time_s)}
              </dd>
            </div>
            <div>
              <dt>Planning time index</dt>
              <dd>{fixed(row.planning_time_index, 2)}</dd>
              <dd class="note">{delay(row.p95_travel_time_s)} is enough 19 times of 20</dd>
            </div>
            <div>
              <dt>Buffer index</dt>
              <dd>{percent(row.buffer_index)}</dd>
              <dd class="note">
                {(row.buffer_index ?? 0) < 0
                  ? "19 of 20 are under the mean: a standstill draws it up"
                  : "more than the mean, to be in time 19 times of 20"}
              </dd>
            </div>
            <div>
              <dt>Congested</dt>
              <dd>{percent(row.congested_share)}</dd>
              <dd class="note">of its events, heavy or worse</dd>
            </div>
            {row.delay_vehicle_hours === null ? null : (
              <div>
                <dt>Delay</dt>
                <dd>{count(row.delay_vehicle_hours)} h</dd>
                <dd class="note">of all vehicles that its cameras counted</dd>
              </div>
            )}
          </dl>
          <p class="note">
            n {count(row.n)} events; {count(row.windows_n)} of {count(row.windows_expected)} windows observed.
            Mean of travel times, not of speeds; percentiles from fixed bins. <a href={href}>CSV</a>
          </p>
        </>
      )}
    </section>
  );
};

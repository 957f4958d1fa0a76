/** How much time to plan: FHWA's measures per road, the least reliable first. */
import type { ReliabilityRow } from "../../src/serving/episode-answer.ts";
import { count, delay, fixed } from "../format.ts";
import { footOf, NothingYet, Panel, presentOf, type PanelContext } from "./panel.tsx";
import { percent } from "./words.ts";

export interface ReliabilityProps {
  context: PanelContext;
  rows: readonly ReliabilityRow[];
  csv: string;
}

const ROWS = 15;

export const ReliabilityPanel = ({ context, rows, csv }: ReliabilityProps) => {
  const worst = rows
    .filter(({ planning_time_index }) => planning_time_index !== null)
    .sort((a, b) => b.planning_time_index! - a.planning_time_index!)
    .slice(0, ROWS);
  const first = worst[0];
  const present = presentOf(worst);
  return (
    <Panel
      context={context}
      name="reliability"
      title="Reliability"
      unit="roads, least reliable first"
      csv={csv}
      says={
        first === undefined
          ? undefined
          : `To be in time on 19 days of 20, ${first.road_name ?? "this"} takes ${fixed(first.planning_time_index, 2)} times what it takes when free.`
      }
      coverage={first === undefined ? null : present.coverage}
      foot={footOf(
        present,
        "travel times from fixed bins of 5-min means, harmonic over distance; FHWA's indices",
        context,
      )}
    >
      {first === undefined ? (
        <NothingYet context={context} what="travel time was measured" />
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="Reliability">
          <table class="ranking">
            <thead>
              <tr>
                <th scope="col">Road</th>
                <th scope="col" class="n">
                  Travel time index
                </th>
                <th scope="col" class="n">
                  Planning time index
                </th>
                <th scope="col" class="n">
                  Buffer index
                </th>
                <th scope="col" class="n">
                  Mean time
                </th>
                <th scope="col" class="n">
                  95 %
                </th>
                <th scope="col" class="n">
                  Free
                </th>
                <th scope="col" class="n">
                  Congested
                </th>
                <th scope="col" class="n mid">
                  n
                </th>
              </tr>
            </thead>
            <tbody>
              {worst.map((row) => (
                <tr class={row.coverage < 0.8 ? "thin-row" : undefined}>
                  <th scope="row">
                    <a href={`/roads/${encodeURIComponent(row.road_id ?? "")}`}>
                      {row.road_name ?? row.road_id}
                    </a>
                    {row.coverage < 0.8 ? <small> {percent(row.coverage, 0)} observed</small> : null}
                  </th>
                  <td class="n">{fixed(row.travel_time_index, 2)}</td>
                  <td class="n">{fixed(row.planning_time_index, 2)}</td>
                  <td class="n">{percent(row.buffer_index, 0)}</td>
                  <td class="n">{delay(row.mean_travel_time_s)}</td>
                  <td class="n">{delay(row.p95_travel_time_s)}</td>
                  <td class="n">{delay(row.free_flow_travel_time_s)}</td>
                  <td class="n">{percent(row.congested_share)}</td>
                  <td class="n mid">
                    <small>{count(row.n)}</small>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
};

/** Roads on which predictions are worst, and what is expected to change. */
import { clockTime, count, fixed, levelWords } from "../format.ts";
import { Swatch } from "../swatch.tsx";
import type { PredictionAccuracy } from "../../src/serving/predictions/answer.ts";
import { levelAhead } from "./ahead.ts";
import type { Change } from "./changes.ts";
import { percentText, rangeText } from "./words.ts";

export const WorstPredicted = ({ accuracy }: { accuracy: PredictionAccuracy }) => (
  <section class="worst-predicted">
    <h2>
      Worst roads <small>with at least {count(accuracy.worst_roads_n_min)} compared</small>
    </h2>
    {accuracy.worst_roads.length === 0 ? (
      <p class="empty">No road has so many yet.</p>
    ) : (
      <div class="scroll" tabindex={0} role="region" aria-label="Roads on which predictions are worst">
        <table>
          <thead>
            <tr>
              <th scope="col">Road</th>
              <th scope="col">ahead</th>
              <th scope="col" class="n">
                off on average, km/h
              </th>
              <th scope="col" class="n">
                too fast by
              </th>
              <th scope="col" class="n">
                off in %
              </th>
              <th scope="col" class="n">
                compared
              </th>
            </tr>
          </thead>
          <tbody>
            {accuracy.worst_roads.map((road) => (
              <tr>
                <th scope="row">
                  <a href={`/roads/${encodeURIComponent(road.road_id)}`}>{road.road_name ?? road.road_id}</a>
                </th>
                <td>{road.horizon_min} min</td>
                <td class="n">{fixed(road.mae, 2)}</td>
                <td class="n">{fixed(road.bias, 2)}</td>
                <td class="n">{road.mape_percent === null ? "–" : `${fixed(road.mape_percent, 0)} %`}</td>
                <td class="n">{count(road.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

/** In half an hour, against now. */
export const Changes = ({
  title,
  none,
  changes,
  zone,
}: {
  title: string;
  none: string;
  changes: readonly Change[];
  zone: string;
}) => (
  <section>
    <h2>{title}</h2>
    {changes.length === 0 ? (
      <p class="empty">{none}</p>
    ) : (
      <div class="scroll" tabindex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr>
              <th scope="col">Road</th>
              <th scope="col" class="n">
                now
              </th>
              <th scope="col">in 30 min</th>
              <th scope="col" class="n">
                nine of ten
              </th>
              <th scope="col" class="n">
                jam
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ road_id, road_name, free_flow, now, step }) => (
              <tr>
                <th scope="row">
                  <a href={`/roads/${encodeURIComponent(road_id)}`}>{road_name}</a>
                </th>
                <td class="n">{fixed(now, 0)}</td>
                <td class="nowrap">
                  <Swatch level={levelAhead(step.speed, free_flow)} /> <b>{fixed(step.speed, 0)}</b>{" "}
                  {levelWords[levelAhead(step.speed, free_flow)].toLowerCase()}
                  <small> at {clockTime(step.at_ms, zone)}</small>
                </td>
                <td class="n">{rangeText(step.low_90, step.high_90)}</td>
                <td class="n">{percentText(step.jam)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

/** A road's next 30 minutes: as a chart and a table on its page, as three figures in the panel of the map. */
import { FanChart } from "../charts/fan-chart.tsx";
import { samples } from "../charts/series.ts";
import { clockTime, count, fixed, levelWords, num } from "../format.ts";
import type { Frame } from "../page.ts";
import { Swatch } from "../swatch.tsx";
import type { RoadView } from "../../src/serving/answer.ts";
import { levelAhead, type Ahead } from "./ahead.ts";
import { recordOf, type Said } from "./judged.ts";
import { aheadSentence, percentText, rangeText, recordSentence } from "./words.ts";

/** The newest prediction, and why it says nothing where it does not. */
export interface AheadNow {
  ahead: Ahead | null;
  why: string | null;
}

export interface RoadAheadProps extends AheadNow {
  frame: Frame;
  view: RoadView;
  /** What was said over the last 24 h; null where history is away. */
  said: readonly Said[] | null;
}

/** On the chart before now. */
const BEFORE_MS = 2 * 3_600_000;

const freeFlow = (view: RoadView): number | null =>
  num(view.now?.["free_flow_speed"]) ?? view.road.free_flow_speed;

/** Beside the map: what is expected, with where it lies in nine of ten cases. */
export const AheadFigures = ({ ahead, why, frame, view }: AheadNow & { frame: Frame; view: RoadView }) => (
  <section class="ahead-figures" aria-label="Next 30 minutes">
    <h3>
      Next 30 min{" "}
      {ahead === null || why !== null ? null : (
        <small>predicted at {clockTime(ahead.made_ms, frame.city.zone)}, nine of ten cases below</small>
      )}
    </h3>
    {ahead === null || why !== null ? (
      <p class="note">{why}</p>
    ) : (
      <dl>
        {ahead.steps.map(({ minutes, speed, low_90, high_90, jam }) => (
          <div>
            <dt>+{minutes} min</dt>
            <dd>
              <Swatch level={levelAhead(speed, freeFlow(view))} /> <b>{fixed(speed, 0)}</b> km/h
              <small>{rangeText(low_90, high_90)}</small>
              <small>jam {percentText(jam)}</small>
            </dd>
          </div>
        ))}
      </dl>
    )}
  </section>
);

export const RoadAhead = ({ frame, view, ahead, why, said }: RoadAheadProps) => {
  const { zone } = frame.city;
  const { now_ms } = frame;
  const from_ms = now_ms - BEFORE_MS;
  const known = why === null ? ahead : null;
  const record = said === null ? null : recordOf(said);
  return (
    <section class="road-ahead" aria-label="Next 30 minutes">
      <h2>
        Next 30 min{" "}
        <small>
          {known === null
            ? "and the last 2 h"
            : `predicted at ${clockTime(known.made_ms, zone)}${known.model === null ? "" : ` by ${known.model}`}, and the last 2 h`}
        </small>
      </h2>
      <p class="said">{known === null ? why : aheadSentence(known)}</p>
      <FanChart
        samples={samples(view, zone, from_ms, now_ms)}
        said={said ?? []}
        ahead={known}
        from_ms={from_ms}
        now_ms={now_ms}
        zone={zone}
        free_flow_speed={freeFlow(view)}
        label={`Speed on ${view.road.road_name} over the last two hours and as it is expected over the next 30 minutes. The table below has the numbers.`}
      />
      <div class="scroll" tabindex={0} role="region" aria-label="Next 30 minutes as a table">
        <table>
          <thead>
            <tr>
              <th scope="col">in</th>
              <th scope="col">at</th>
              <th scope="col">expected</th>
              <th scope="col" class="n">
                km/h
              </th>
              <th scope="col" class="n">
                half of cases
              </th>
              <th scope="col" class="n">
                nine of ten
              </th>
              <th scope="col" class="n">
                jam
              </th>
              <th scope="col" class="n">
                off here, 24 h
              </th>
              <th scope="col" class="n">
                had it stayed
              </th>
              <th scope="col" class="n">
                compared
              </th>
            </tr>
          </thead>
          <tbody>
            {(record ?? recordOf([])).map(({ minutes, n, off, stayed_off }) => {
              const step = known?.steps.find((one) => one.minutes === minutes);
              const level = step === undefined ? "unknown" : levelAhead(step.speed, freeFlow(view));
              return (
                <tr>
                  <th scope="row">{minutes} min</th>
                  <td>{step === undefined ? "–" : clockTime(step.at_ms, zone)}</td>
                  <td>
                    <Swatch level={level} stale={step === undefined} />{" "}
                    {step === undefined ? "not known" : levelWords[level]}
                  </td>
                  <td class="n">{fixed(step?.speed, 0)}</td>
                  <td class="n">{rangeText(step?.low_50 ?? null, step?.high_50 ?? null)}</td>
                  <td class="n">{rangeText(step?.low_90 ?? null, step?.high_90 ?? null)}</td>
                  <td class="n">{percentText(step?.jam ?? null)}</td>
                  <td class="n">{fixed(off, 1)}</td>
                  <td class="n">{fixed(stayed_off, 1)}</td>
                  <td class="n">{record === null ? "–" : count(n)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="note">
        {record === null ? "What was said before cannot be read: history is away." : recordSentence(record)}{" "}
        How good all predictions are is on <a href="/predictions">Predictions</a>.
      </p>
    </section>
  );
};

/** Whether probabilities and intervals are what they say. */
import { CalibrationChart } from "../charts/calibration-chart.tsx";
import { count, fixed } from "../format.ts";
import type {
  AnsweredRegime,
  CalibrationBin,
  PredictionAccuracy,
} from "../../src/serving/predictions/answer.ts";
import { percentText } from "./words.ts";

const hasCases = (bins: readonly CalibrationBin[]): boolean => bins.some(({ n }) => n > 0);

export const Calibration = ({ accuracy }: { accuracy: PredictionAccuracy }) => {
  const { confidence, congestion } = accuracy.calibration;
  const lines = [
    { title: "Within 15 % in 10 min", name: "confidence", bins: confidence, look: "h10" },
    ...congestion.map(({ horizon_min, bins }) => ({
      title: `A jam in ${horizon_min} min`,
      name: `jam, ${horizon_min} min`,
      bins,
      look: `h${horizon_min}`,
    })),
  ];
  const jams = lines.slice(1).filter(({ bins }) => hasCases(bins));
  return (
    <section class="calibrations">
      <h2>
        Said and true <small>on the diagonal a probability is what it says; large dots are many cases</small>
      </h2>
      <div class="pair">
        <div>
          <h3>"Within 15 % in 10 minutes"</h3>
          {hasCases(confidence) ? (
            <CalibrationChart
              label="prediction_confidence: share said and share that came true. The table below has the numbers."
              lines={lines.slice(0, 1)}
            />
          ) : (
            <p class="empty">No prediction that said how sure it was has come to its time yet.</p>
          )}
        </div>
        <div>
          <h3>"A jam"</h3>
          {jams.length > 0 ? (
            <CalibrationChart
              label="Probability of a jam by horizon: share said and share that came true. The table below has the numbers."
              lines={jams}
            />
          ) : (
            <p class="empty">No prediction that gave a probability of a jam has come to its time yet.</p>
          )}
        </div>
      </div>
      <details>
        <summary>As a table</summary>
        <div class="scroll" tabindex={0} role="region" aria-label="Said and true">
          <table>
            <thead>
              <tr>
                <th scope="col">what</th>
                <th scope="col" class="n">
                  said
                </th>
                <th scope="col" class="n">
                  came true
                </th>
                <th scope="col" class="n">
                  n
                </th>
              </tr>
            </thead>
            <tbody>
              {lines.flatMap(({ title, bins }) =>
                bins
                  .filter(({ n }) => n > 0)
                  .map(({ n, said, came_true }) => (
                    <tr>
                      <th scope="row">{title}</th>
                      <td class="n">{percentText(said)}</td>
                      <td class="n">{percentText(came_true)}</td>
                      <td class="n">{count(n)}</td>
                    </tr>
                  )),
              )}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
};

const REGIMES: Readonly<Record<AnsweredRegime, string>> = {
  slow: "slow now",
  uncertain: "uncertain",
  calm: "calm",
  unknown: "not said",
};
/** Off by more than this, an interval does not cover what it says. */
const TOLERANCE = { 50: 0.06, 90: 0.06 } as const;

export const Coverage = ({ accuracy }: { accuracy: PredictionAccuracy }) => {
  const rows = accuracy.by_regime.filter(
    ({ covered_50, covered_90 }) => covered_50 !== null || covered_90 !== null,
  );
  return (
    <section class="coverage">
      <h2>
        Intervals by regime <small>share of what came that lay inside, beside what is promised</small>
      </h2>
      {rows.length === 0 ? (
        <p class="empty">No prediction with an interval has come to its time yet.</p>
      ) : (
        <div class="scroll" tabindex={0} role="region" aria-label="What intervals covered">
          <table>
            <thead>
              <tr>
                <th scope="col">when predicted</th>
                <th scope="col">ahead</th>
                <th scope="col">half of cases: 50 %</th>
                <th scope="col" class="n">
                  width km/h
                </th>
                <th scope="col">nine of ten: 90 %</th>
                <th scope="col" class="n">
                  width km/h
                </th>
                <th scope="col" class="n">
                  n
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  <th scope="row">{REGIMES[row.regime]}</th>
                  <td>{row.horizon_min} min</td>
                  <td>
                    <Covered share={row.covered_50} promised={50} />
                  </td>
                  <td class="n">{fixed(row.width_50, 1)}</td>
                  <td>
                    <Covered share={row.covered_90} promised={90} />
                  </td>
                  <td class="n">{fixed(row.width_90, 1)}</td>
                  <td class="n">{count(row.n)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
};

/** A dot on a track of 0 to 100 %, the promise as a line with its tolerance, the number and a word. */
const Covered = ({ share, promised }: { share: number | null; promised: 50 | 90 }) => {
  if (share === null) return <>–</>;
  const off = share - promised / 100;
  const good = Math.abs(off) <= TOLERANCE[promised];
  const low = promised - 100 * TOLERANCE[promised];
  return (
    <span class={good ? "covered" : "covered off"}>
      <svg viewBox="0 0 100 12" width="100" height="12" aria-hidden="true">
        <line class="track" x1="0" x2="100" y1="6" y2="6" />
        <rect
          class="tolerance"
          x={low}
          y="2"
          width={Math.min(100 - low, 200 * TOLERANCE[promised])}
          height="8"
        />
        <line class="promise" x1={promised} x2={promised} y1="0" y2="12" />
        <circle class="dot" cx={100 * share} cy="6" r="3.5" />
      </svg>{" "}
      {percentText(share)}
      {good ? "" : off > 0 ? " too wide" : " too narrow"}
    </span>
  );
};

/** Errors by hour of the day and over time, each horizon beside "it stays as it is". */
import { NamedLines, type NamedLine } from "../charts/named-lines.tsx";
import { timeTicks } from "../charts/time-ticks.ts";
import { count, fixed, instant } from "../format.ts";
import type { Horizon, HorizonFigures, PredictionAccuracy } from "../../src/serving/predictions/answer.ts";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const two = (n: number): string => String(n).padStart(2, "0");

const shownHorizons = (accuracy: PredictionAccuracy): readonly Horizon[] =>
  accuracy.overall.map(({ horizon_min }) => horizon_min);

/** Two lines for each horizon: the model's, and what would be without it. */
const linesOf = (
  horizons: readonly Horizon[],
  points: (horizon: Horizon, pick: (figures: HorizonFigures) => number | null) => NamedLine["points"],
): NamedLine[] =>
  horizons.flatMap((horizon) => [
    { name: `${horizon} min`, look: `h${horizon}`, points: points(horizon, ({ mae }) => mae) },
    {
      name: `${horizon} min, had it stayed`,
      look: `h${horizon} stays`,
      points: points(horizon, ({ persistence_mae }) => persistence_mae),
    },
  ]);

export const ByHour = ({ accuracy, zone }: { accuracy: PredictionAccuracy; zone: string }) => {
  const horizons = shownHorizons(accuracy);
  const at = (hour: number, horizon: Horizon) =>
    accuracy.by_hour.find((one) => one.hour === hour && one.horizon_min === horizon);
  const lines = linesOf(horizons, (horizon, pick) =>
    HOURS.map((hour) => {
      const found = at(hour, horizon);
      return { x: hour + 0.5, y: found === undefined ? null : pick(found) };
    }),
  );
  return (
    <section>
      <h2>
        By hour of the day <small>mean absolute error, hours of {zone}</small>
      </h2>
      <NamedLines
        label="Mean absolute error by hour of the day. The table below has the numbers."
        unit="km/h"
        lines={lines}
        from={0}
        to={24}
        step={1}
        ticks={[3, 6, 9, 12, 15, 18, 21].map((hour, i) => ({
          at: hour,
          word: two(hour),
          minor: i % 2 === 0,
        }))}
      />
      <details>
        <summary>As a table</summary>
        <div class="scroll" tabindex={0} role="region" aria-label="Error by hour of the day">
          <table>
            <thead>
              <tr>
                <th scope="col">hour</th>
                {horizons.map((horizon) => (
                  <>
                    <th scope="col" class="n">
                      {horizon} min
                    </th>
                    <th scope="col" class="n">
                      had it stayed
                    </th>
                    <th scope="col" class="n">
                      n
                    </th>
                  </>
                ))}
              </tr>
            </thead>
            <tbody>
              {HOURS.map((hour) => (
                <tr>
                  <th scope="row">{two(hour)}</th>
                  {horizons.map((horizon) => {
                    const found = at(hour, horizon);
                    return (
                      <>
                        <td class="n">{fixed(found?.mae, 2)}</td>
                        <td class="n">{fixed(found?.persistence_mae, 2)}</td>
                        <td class="n">{count(found?.n)}</td>
                      </>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
};

export const OverTime = ({ accuracy, zone }: { accuracy: PredictionAccuracy; zone: string }) => {
  const { series } = accuracy;
  const [from, to] = [instant(accuracy.from) ?? 0, instant(accuracy.to) ?? 1];
  const [first] = series;
  const step = first === undefined ? to - from : (instant(first.end) ?? 0) - (instant(first.start) ?? 0);
  const lines = linesOf(shownHorizons(accuracy), (horizon, pick) => {
    const found = new Map(
      series.filter((one) => one.horizon_min === horizon).map((one) => [instant(one.start), pick(one)]),
    );
    const starts = [...new Set(series.map((one) => instant(one.start) ?? 0))];
    // A step that is not there breaks the line.
    return starts.flatMap((start, i) => {
      const before = starts[i - 1];
      const gap = before !== undefined && start - before > step * 1.3;
      return [
        ...(gap ? [{ x: before + step, y: null }] : []),
        { x: start + step / 2, y: found.get(start) ?? null },
      ];
    });
  });
  return (
    <section>
      <h2>
        Over time <small>mean absolute error, per {step > 3_700_000 ? "day" : "hour"}</small>
      </h2>
      <NamedLines
        label={`Mean absolute error over time, ${count(series.length)} steps and horizons. Its file has the numbers.`}
        unit="km/h"
        lines={lines}
        from={from}
        to={to}
        step={step}
        ticks={timeTicks(from, to, zone)}
      />
    </section>
  );
};

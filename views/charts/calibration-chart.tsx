/** Said against true: on the diagonal a probability is what it says. A dot's area is how many cases it stands for. */
import type { CalibrationBin } from "../../src/serving/predictions/answer.ts";
import { count } from "../format.ts";

export interface CalibrationLine {
  name: string;
  look: string;
  bins: readonly CalibrationBin[];
}

/** In px: a square does not stretch. */
const [SIDE, LEFT, TOP] = [220, 34, 10] as const;
const [DOT_MIN, DOT_MAX] = [2.5, 8] as const;
const TICKS = [0, 25, 50, 75, 100] as const;

export const CalibrationChart = ({ label, lines }: { label: string; lines: readonly CalibrationLine[] }) => {
  const most = Math.max(1, ...lines.flatMap(({ bins }) => bins.map(({ n }) => n)));
  const x = (share: number): number => LEFT + share * SIDE;
  const y = (share: number): number => TOP + (1 - share) * SIDE;
  const radius = (n: number): number => DOT_MIN + (DOT_MAX - DOT_MIN) * Math.sqrt(n / most);
  return (
    <figure class="chart calibration">
      <svg
        class="plot"
        viewBox={`0 0 ${LEFT + SIDE + 14} ${TOP + SIDE + 34}`}
        width={LEFT + SIDE + 14}
        height={TOP + SIDE + 34}
        role="img"
        aria-label={label}
      >
        {TICKS.map((percent) => (
          <>
            <line class="grid" x1={LEFT} x2={LEFT + SIDE} y1={y(percent / 100)} y2={y(percent / 100)} />
            <text class="tick" x={LEFT - 6} y={y(percent / 100) + 4} text-anchor="end">
              {percent}
            </text>
            <text class="tick" x={x(percent / 100)} y={TOP + SIDE + 15} text-anchor="middle">
              {percent}
            </text>
          </>
        ))}
        <text class="tick" x={LEFT + SIDE / 2} y={TOP + SIDE + 30} text-anchor="middle">
          said, %; upwards: came true, %
        </text>
        <line class="diagonal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
        {lines.map(({ look, bins }) => {
          const points = bins.flatMap(({ n, said, came_true }) =>
            said === null || came_true === null ? [] : [{ n, said, came_true }],
          );
          return (
            <>
              <path
                class={`named ${look}`}
                d={points
                  .map((p, i) => `${i === 0 ? "M" : "L"}${x(p.said).toFixed(1)} ${y(p.came_true).toFixed(1)}`)
                  .join("")}
              />
              {points.map((p) => (
                <circle class={`case ${look}`} cx={x(p.said)} cy={y(p.came_true)} r={radius(p.n).toFixed(1)}>
                  <title>
                    said {Math.round(100 * p.said)} %, came true in {Math.round(100 * p.came_true)} %, n{" "}
                    {count(p.n)}
                  </title>
                </circle>
              ))}
            </>
          );
        })}
      </svg>
      {lines.length < 2 ? null : (
        <figcaption>
          {lines.map(({ name, look }) => (
            <span>
              <svg viewBox="0 0 26 10" width="26" height="10" aria-hidden="true">
                <line class={`named ${look}`} x1="1" y1="5" x2="25" y2="5" />
              </svg>{" "}
              {name}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
};

/**
 * A few lines over one axis, told apart by dash and width as well as by colour; steps at which no line has a value are hatched. Lines
 * stretch, words do not (see line-chart.tsx).
 */
import type { Tick } from "./band-line.tsx";
import { linePath, roundStep, type Point } from "./scale.ts";

export interface NamedLine {
  name: string;
  /** Class of its stroke. */
  look: string;
  points: readonly Point[];
}

export interface NamedLinesProps {
  label: string;
  unit: string;
  lines: readonly NamedLine[];
  from: number;
  to: number;
  /** Between two points. */
  step: number;
  ticks: readonly Tick[];
}

const [W, H, TOP] = [1_000, 170, 20] as const;

export const NamedLines = ({ label, unit, lines, from, to, step, ticks }: NamedLinesProps) => {
  const values = lines.flatMap(({ points }) => points.flatMap(({ y }) => (y === null ? [] : [y])));
  const most = Math.max(1, ...values);
  const tick = roundStep(most, 4);
  const top = Math.ceil(most / tick - 1e-9) * tick;
  const grid = Array.from({ length: Math.round(top / tick) + 1 }, (_, i) => i * tick);
  const x = (at: number): number => ((at - from) / (to - from)) * W;
  const y = (value: number): number => H - (value / top) * H;
  const left = (at: number): string => `${(x(at) / 10).toFixed(2)}%`;
  return (
    <figure class="chart named-lines">
      <svg class="plot" width="100%" height={TOP + H + 22} role="img" aria-label={label}>
        {gaps(lines, from, to, step).map((at) => (
          <rect
            class="missing"
            x={left(at)}
            width={`${((step / (to - from)) * 100).toFixed(2)}%`}
            y={TOP}
            height={H}
          />
        ))}
        {grid.map((value) => (
          <>
            <line class="grid" x1="0" x2="100%" y1={TOP + y(value)} y2={TOP + y(value)} />
            <text class="tick halo" x="0" y={TOP + y(value) - 4}>
              {Math.round(value * 100) / 100}
              {value === top ? ` ${unit}` : ""}
            </text>
          </>
        ))}
        <svg
          y={TOP}
          width="100%"
          height={H}
          viewBox={`0 0 ${W} ${H}`}
          preserveAspectRatio="none"
          overflow="visible"
        >
          {lines.map(({ look, points }) => (
            <path class={`named ${look}`} d={linePath(points, x, y)} />
          ))}
        </svg>
        {lines.map(({ look, points }) =>
          points.map((point, i) =>
            point.y !== null && (points[i - 1]?.y ?? null) === null && (points[i + 1]?.y ?? null) === null ? (
              <circle class={`dot ${look}`} cx={left(point.x)} cy={TOP + y(point.y)} r="3" />
            ) : null,
          ),
        )}
        {ticks.map(({ at, word, minor }) => (
          <text class={minor ? "tick minor" : "tick"} x={left(at)} y={TOP + H + 16} text-anchor="middle">
            {word}
          </text>
        ))}
      </svg>
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
    </figure>
  );
};

/** Begins of the steps without any value; points stand in their middle. */
function gaps(lines: readonly NamedLine[], from: number, to: number, step: number): number[] {
  const known = new Set(
    lines.flatMap(({ points }) =>
      points.flatMap(({ x, y }) => (y === null ? [] : [Math.floor((x - from) / step)])),
    ),
  );
  const all = Math.max(0, Math.round((to - from) / step));
  return Array.from({ length: all }, (_, i) => i).flatMap((i) => (known.has(i) ? [] : [from + i * step]));
}

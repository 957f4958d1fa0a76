/** One small picture per series, all on the same scale and the same time: comparing is looking, not reading a legend. */
import { linePath, roundStep, type Point } from "./scale.ts";

export interface Series {
  name: string;
  /** Of the newest whole value, beside the name. */
  text: string;
  /** null where nothing is known. */
  values: readonly (number | null)[];
}

export interface SmallMultiplesProps {
  series: readonly Series[];
  /** The last value is not complete: its point is hollow, and no line leads to it. */
  open: boolean;
  /** Words at the ends of each time axis. */
  from: string;
  to: string;
  format: (value: number) => string;
  what: string;
}

const [W, H, TOP] = [300, 76, 20] as const;

export const SmallMultiples = ({ series, open, from, to, format, what }: SmallMultiplesProps) => {
  const all = series.flatMap(({ values }) => values.filter((value) => value !== null));
  const step = roundStep(Math.max(1, ...all), 5);
  const top = Math.ceil(Math.max(1, ...all) / step) * step;
  const low = Math.min(0, ...all);
  const y = (value: number): number => H - ((value - low) / (top - low)) * H;
  return (
    <ul class="multiples">
      {series.map(({ name, text, values }) => {
        const x = (i: number): number => (i / Math.max(1, values.length - 1)) * W;
        const whole = open ? values.slice(0, -1) : values;
        const points = whole.map((value, i) => ({ x: i, y: value }));
        const last = values.at(-1);
        return (
          <li>
            <h3>
              {name} <b>{text}</b>
            </h3>
            <svg
              class="plot"
              width="100%"
              height={TOP + H + 16}
              role="img"
              aria-label={`${name}: ${what}, ${from} to ${to}; the table below has the figures`}
            >
              <line class="grid" x1="0" x2="100%" y1={TOP} y2={TOP} />
              <text class="tick" x="0" y={TOP - 5}>
                {format(top)}
              </text>
              <line class="grid" x1="0" x2="100%" y1={TOP + y(0)} y2={TOP + y(0)} />
              <svg
                y={TOP}
                width="100%"
                height={H}
                viewBox={`0 0 ${W} ${H}`}
                preserveAspectRatio="none"
                overflow="visible"
              >
                <path
                  class="under"
                  d={runs(points)
                    .map((run) => underPath(run, x, y))
                    .join("")}
                />
                <path class="actual" d={linePath(points, x, y)} />
              </svg>
              {/* A value between two gaps has no line: it is a dot. */}
              {runs(points).map((run) =>
                run.length > 1 ? null : (
                  <circle
                    class="dot"
                    cx={`${((x(run[0]!.x) / W) * 100).toFixed(2)}%`}
                    cy={TOP + y(run[0]!.y)}
                    r="2"
                  />
                ),
              )}
              {last === undefined || last === null ? null : (
                <circle class={open ? "dot open" : "dot"} cx="100%" cy={TOP + y(last)} r="3" />
              )}
              <text class="tick" x="0" y={TOP + H + 14}>
                {from}
              </text>
              <text class="tick" x="100%" y={TOP + H + 14} text-anchor="end">
                {to}
              </text>
            </svg>
          </li>
        );
      })}
    </ul>
  );
};

interface Known {
  x: number;
  y: number;
}

/** Points that follow each other without a gap. */
function runs(points: readonly Point[]): Known[][] {
  const out: Known[][] = [];
  for (const [i, { x, y }] of points.entries()) {
    if (y === null) continue;
    if ((points[i - 1]?.y ?? null) === null) out.push([]);
    out.at(-1)!.push({ x, y });
  }
  return out;
}

const underPath = (run: readonly Known[], x: (v: number) => number, y: (v: number) => number): string =>
  run.length < 2
    ? ""
    : `M${x(run[0]!.x)} ${y(0)}${linePath(run, x, y).replace("M", "L")}L${x(run.at(-1)!.x)} ${y(0)}Z`;

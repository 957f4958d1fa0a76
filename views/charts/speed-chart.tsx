/** Speed over the last minutes as its receiver told it: dots joined where it was not silent. */
import { clockTime } from "../format.ts";
import type { TrackPoint } from "../vehicle-track.ts";
import { linePath, roundStep } from "./scale.ts";

export interface SpeedChartProps {
  points: readonly TrackPoint[];
  from_ms: number;
  to_ms: number;
  zone: string;
  label: string;
}

const [W, H, TOP] = [1_000, 84, 16] as const;

export const SpeedChart = ({ points, from_ms, to_ms, zone, label }: SpeedChartProps) => {
  const most = Math.max(20, ...points.map(({ speed }) => speed ?? 0));
  const step = roundStep(most, 2);
  const top = Math.ceil(most / step) * step;
  const x = (ms: number): number => ((ms - from_ms) / (to_ms - from_ms)) * W;
  const y = (v: number): number => H - (v / top) * H;
  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  // A gap is a point without a value: the line is broken there.
  const samples = points.flatMap(({ time_ms, speed, gap }) => [
    ...(gap ? [{ x: time_ms, y: null }] : []),
    { x: time_ms, y: speed },
  ]);
  const ticks = [0.15, 0.5, 0.85].map(
    (share) => Math.round((from_ms + share * (to_ms - from_ms)) / 60_000) * 60_000,
  );
  return (
    <svg class="plot speed-chart" width="100%" height={TOP + H + 20} role="img" aria-label={label}>
      {lines.map((v) => (
        <>
          <line class="grid" x1="0" x2="100%" y1={TOP + y(v)} y2={TOP + y(v)} />
          <text class="tick" x="0" y={TOP + y(v) - 3}>
            {v === top ? `${v} km/h` : v}
          </text>
        </>
      ))}
      {ticks.map((ms) => (
        <text class="tick" x={`${(x(ms) / 10).toFixed(2)}%`} y={TOP + H + 15} text-anchor="middle">
          {clockTime(ms, zone)}
        </text>
      ))}
      <svg
        x="0"
        y={TOP}
        width="100%"
        height={H}
        viewBox={`0 0 ${W} ${H}`}
        preserveAspectRatio="none"
        overflow="visible"
      >
        <path class="actual" d={linePath(samples, x, y)} />
      </svg>
    </svg>
  );
};

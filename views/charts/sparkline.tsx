/** Three hours in a few words' width: no axes, the typical line behind, the last point dotted. */
import { bandPath, linePath } from "./scale.ts";
import type { Sample } from "./series.ts";

export interface SparklineProps {
  samples: readonly Sample[];
  from_ms: number;
  to_ms: number;
  free_flow_speed: number | null;
  label: string;
}

const [W, H] = [300, 64] as const;

export const Sparkline = ({ samples, from_ms, to_ms, free_flow_speed, label }: SparklineProps) => {
  const most = Math.max(
    10,
    (free_flow_speed ?? 0) * 1.05,
    ...samples.map((s) => Math.max(s.high ?? 0, s.typical ?? 0)),
  );
  const x = (ms: number): number => ((ms - from_ms) / (to_ms - from_ms)) * W;
  const y = (v: number): number => H - 2 - (v / most) * (H - 4);
  const last = samples.findLast((s) => s.mean !== null);
  return (
    <svg class="spark plot" width="100%" height={H} role="img" aria-label={label}>
      <svg width="100%" height={H} viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" overflow="visible">
        <line class="grid" x1="0" x2={W} y1={H - 0.5} y2={H - 0.5} />
        <path
          class="band"
          d={bandPath(
            samples.map((s) => ({ x: s.x, low: s.low, high: s.high })),
            x,
            y,
          )}
        />
        <path
          class="typical"
          d={linePath(
            samples.map((s) => ({ x: s.x, y: s.typical })),
            x,
            y,
          )}
        />
        <path
          class="actual"
          d={linePath(
            samples.map((s) => ({ x: s.x, y: s.mean })),
            x,
            y,
          )}
        />
      </svg>
      {last === undefined ? null : (
        <circle class="dot" cx={`${((x(last.x) / W) * 100).toFixed(2)}%`} cy={y(last.mean!)} r="3" />
      )}
    </svg>
  );
};

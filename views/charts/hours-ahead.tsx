/**
 * A measure over the last day, and how it is expected to go on for another: solid what came, dashed what is expected, around it where it
 * lies in half and in nine of ten cases. Lines stretch, words do not (see line-chart.tsx).
 */
import { clockTime } from "../format.ts";
import { bandPath, linePath, type Point } from "./scale.ts";
import { timeTicks } from "./time-ticks.ts";

export interface HourAhead {
  /** Middle of the hour, ms. */
  x: number;
  expected: number;
  low_50: number;
  high_50: number;
  low_90: number;
  high_90: number;
}

export interface HoursAheadProps {
  label: string;
  unit: string;
  /** Middles of hours; null where nothing was measured. */
  came: readonly Point[];
  ahead: readonly HourAhead[];
  from_ms: number;
  now_ms: number;
  to_ms: number;
  zone: string;
  /** Upper end of the scale, and lines with their words. */
  top: number;
  lines: readonly { at: number; word?: string }[];
}

const [W, H, TOP] = [1_000, 170, 20] as const;

export const HoursAhead = (props: HoursAheadProps) => {
  const { label, unit, came, ahead, from_ms, now_ms, to_ms, zone, top, lines } = props;
  const x = (ms: number): number => ((ms - from_ms) / (to_ms - from_ms)) * W;
  const y = (value: number): number => H - (Math.min(value, top) / top) * H;
  const left = (ms: number): string => `${(x(ms) / 10).toFixed(2)}%`;
  const band = (low: "low_50" | "low_90", high: "high_50" | "high_90"): string =>
    bandPath(
      ahead.map((hour) => ({ x: hour.x, low: hour[low], high: hour[high] })),
      x,
      y,
    );
  return (
    <svg class="plot fan hours-ahead" width="100%" height={TOP + H + 22} role="img" aria-label={label}>
      <rect
        class="to-come"
        x={left(now_ms)}
        y={TOP}
        width={`${(100 - x(now_ms) / 10).toFixed(2)}%`}
        height={H}
      />
      {lines.map(({ at, word }) => (
        <>
          <line class="grid" x1="0" x2="100%" y1={TOP + y(at)} y2={TOP + y(at)} />
          <text class="tick halo" x="0" y={TOP + y(at) - 4}>
            {at}
            {at === top ? ` ${unit}` : word === undefined ? "" : ` ${word}`}
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
        <path class="fan-90" d={band("low_90", "high_90")} />
        <path class="fan-50" d={band("low_50", "high_50")} />
        <path class="actual" d={linePath(came, x, y)} />
        <path
          class="expected"
          d={linePath(
            ahead.map((hour) => ({ x: hour.x, y: hour.expected })),
            x,
            y,
          )}
        />
      </svg>
      <line class="now-line" x1={left(now_ms)} x2={left(now_ms)} y1={TOP - 4} y2={TOP + H} />
      <text class="tick halo" x={left(now_ms)} y={TOP - 6} text-anchor="middle">
        now, {clockTime(now_ms, zone)}
      </text>
      {timeTicks(from_ms, to_ms, zone).map(({ at, word, minor }) => (
        <text class={minor ? "tick minor" : "tick"} x={left(at)} y={TOP + H + 16} text-anchor="middle">
          {word}
        </text>
      ))}
    </svg>
  );
};

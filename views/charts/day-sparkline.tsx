/** A value per day in a word's width, all of a column on the same scale; days without a value part the line. */
import { linePath } from "./scale.ts";

const [W, H] = [90, 20] as const;

export const DaySparkline = ({ values, top }: { values: readonly (number | null)[]; top: number }) => {
  const x = (i: number): number => 3 + (i / Math.max(1, values.length - 1)) * (W - 6);
  const y = (value: number): number => H - 2 - (Math.min(top, value) / (top || 1)) * (H - 4);
  const last = values.findLastIndex((value) => value !== null);
  return (
    <svg class="plot day-spark" width={W} height={H} aria-hidden="true">
      <line class="grid" x1="0" x2={W} y1={H - 1} y2={H - 1} />
      <path
        class="actual"
        d={linePath(
          values.map((value, i) => ({ x: i, y: value })),
          x,
          y,
        )}
      />
      {last < 0 ? null : <circle class="dot" cx={x(last)} cy={y(values[last]!)} r="2.5" />}
    </svg>
  );
};

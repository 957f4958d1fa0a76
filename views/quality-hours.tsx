/** Days × hours as a grid: how much of what was expected came. Never colour alone: the number stands in each cell's words, a gap is hatched. */
import type { QualityDay } from "../src/serving/quality-desk.ts";

const CELL = 26;
const ROW = 20;
const LEFT = 78;
const TOP = 16;
/** Most days that a picture can be read with. */
const DAYS_MAX = 31;

export const HoursGrid = ({ days, label }: { days: readonly QualityDay[]; label: string }) => {
  const shown = days.slice(-DAYS_MAX).toReversed();
  const hours = Math.max(
    24,
    ...shown.map(({ hours_percent }) => hours_percent.filter((p) => p !== null).length),
  );
  const [width, height] = [LEFT + hours * CELL + 4, TOP + shown.length * ROW + 4];
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Completeness by day and hour">
      <svg
        class="quality-hours"
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={`${label}: percent of the expected events by day and hour; the table below holds the days`}
      >
        {Array.from({ length: Math.ceil(hours / 3) }, (_, i) => (
          <text x={LEFT + i * 3 * CELL} y={TOP - 5} class="axis">
            +{i * 3} h
          </text>
        ))}
        {shown.map((day, row) => (
          <g transform={`translate(0 ${TOP + row * ROW})`}>
            <text x={0} y={ROW - 6} class="axis">
              {day.day}
            </text>
            {day.hours_percent.slice(0, hours).map((percent, hour) =>
              percent === null ? null : (
                <g>
                  <title>{`${day.day}, hour ${hour}: ${percent} %`}</title>
                  <rect
                    x={LEFT + hour * CELL}
                    y={0}
                    width={CELL - 1}
                    height={ROW - 1}
                    class={`q q${levelOf(percent)}`}
                  />
                  <text
                    x={LEFT + hour * CELL + (CELL - 1) / 2}
                    y={ROW - 6}
                    class={`q-n q-n${levelOf(percent)}`}
                  >
                    {percent}
                  </text>
                </g>
              ),
            )}
          </g>
        ))}
      </svg>
    </div>
  );
};

/** 4 whole, 3 nearly, 2 half, 1 little, 0 nothing. */
const levelOf = (percent: number): number =>
  percent >= 95 ? 4 : percent >= 80 ? 3 : percent >= 50 ? 2 : percent > 0 ? 1 : 0;

/** A mean per hour of the city's day, as 24 columns; the hours that count as peak are marked behind them. */
import { fixed } from "../format.ts";

export interface HourColumnsProps {
  label: string;
  /** 24 means, from 0 o'clock; null where nothing was read. */
  means: readonly (number | null)[];
  top: number;
  /** Is an hour one of the city's peak hours? */
  isPeak: (hour: number) => boolean;
}

const [H, TOP] = [96, 22] as const;
const percent = (hours: number): string => `${((hours / 24) * 100).toFixed(3)}%`;

export const HourColumns = ({ label, means, top, isPeak }: HourColumnsProps) => {
  const most = means.reduce<number>(
    (best, mean, hour) => (mean !== null && mean > (means[best] ?? -1) ? hour : best),
    0,
  );
  const y = (value: number): number => H - (Math.min(top, value) / top) * H;
  return (
    <svg
      class="plot hours"
      width="100%"
      height={TOP + H + 20}
      role="img"
      aria-label={`${label} by hour of the day; the table below has the figures`}
    >
      <text class="row-name" x="0" y={TOP - 9}>
        {label}
      </text>
      {means.map((mean, hour) => (
        <>
          {isPeak(hour) ? (
            <rect class="shaded" x={percent(hour)} width={percent(1)} y={TOP} height={H} />
          ) : null}
          {mean === null ? null : (
            <rect
              class={isPeak(hour) ? "column peak" : "column"}
              x={percent(hour + 0.14)}
              width={percent(0.72)}
              y={TOP + y(mean)}
              height={Math.max(1, H - y(mean))}
            />
          )}
          {mean !== null && hour === most ? (
            <text class="tick here" x={percent(hour + 0.5)} y={TOP + y(mean) - 4} text-anchor="middle">
              {fixed(mean, 0)}
            </text>
          ) : null}
          {hour % 3 === 0 ? (
            <text
              class={hour % 6 === 0 ? "tick" : "tick minor"}
              x={percent(hour + 0.5)}
              y={TOP + H + 15}
              text-anchor="middle"
            >
              {String(hour).padStart(2, "0")}
            </text>
          ) : null}
        </>
      ))}
      <line class="grid" x1="0" x2="100%" y1={TOP + H} y2={TOP + H} />
    </svg>
  );
};

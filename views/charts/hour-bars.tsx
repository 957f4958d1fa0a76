/**
 * The 24 hours of the city's day as bars, one per layer: what was (solid) and today so far (hollow, narrower). Hours that the city calls
 * peak are shaded and named; hours that were measured as such carry a mark. An hour without data is hatched.
 */
import { roundStep } from "./scale.ts";

export interface HourBar {
  /** Of the days before; null where nothing was observed. */
  value: number | null;
  /** Of today, as far as it has come; null where there is none. */
  today: number | null;
  /** Whether it is measured as a peak. */
  peak: boolean;
  /** Everything about it, in words. */
  words: string;
}

export interface HourBarsProps {
  label: string;
  /** Behind the uppermost figure. */
  unit: string;
  /** From 0 o'clock. */
  hours: readonly HourBar[];
  /** The city's own peak hours, half-open. */
  peaks: readonly (readonly [from: number, to: number])[];
  /** Upper end of the scale at least. */
  top_min: number;
}

const [H, TOP] = [150, 44] as const;
const two = (n: number): string => String(n).padStart(2, "0");
const percent = (hours: number): string => `${((hours / 24) * 100).toFixed(3)}%`;

export const HourBars = ({ label, unit, hours, peaks, top_min }: HourBarsProps) => {
  const most = Math.max(top_min, ...hours.map(({ value, today }) => Math.max(value ?? 0, today ?? 0)));
  const step = roundStep(most, 3);
  const top = Math.ceil(most / step - 1e-9) * step;
  const y = (value: number): number => H - (value / top) * H;
  const [has_value, has_today] = [
    hours.some(({ value }) => value !== null),
    hours.some(({ today }) => today !== null),
  ];
  // One layer alone takes the whole width.
  const [solid, hollow] = [
    { x: 0.12, width: has_today ? 0.46 : 0.76 },
    has_value ? { x: 0.64, width: 0.22 } : { x: 0.12, width: 0.76 },
  ];
  return (
    <svg class="plot hour-bars" width="100%" height={TOP + H + 22} role="img" aria-label={label}>
      {peaks.map(([from, to]) => (
        <>
          <rect class="shaded" x={percent(from)} width={percent(to - from)} y={TOP - 24} height={H + 24} />
          <text class="tick" x={percent((from + to) / 2)} y={TOP - 11} text-anchor="middle">
            <tspan class="wide-word">peak </tspan>
            {two(from)}–{two(to)}
          </text>
        </>
      ))}
      {Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step).map((value) => (
        <>
          <line class="grid" x1="0" x2="100%" y1={TOP + y(value)} y2={TOP + y(value)} />
          <text class="tick halo" x="0" y={TOP + y(value) - 4}>
            {value === 0 ? "" : round(value)}
            {value === top ? ` ${unit}` : ""}
          </text>
        </>
      ))}
      {hours.map(({ value, today, peak, words }, hour) => (
        <g>
          <title>{words}</title>
          {value !== null ? (
            <rect
              class={peak ? "column peak" : "column"}
              x={percent(hour + solid.x)}
              width={percent(solid.width)}
              y={TOP + y(value)}
              height={Math.max(1, H - y(value))}
            />
          ) : today === null ? (
            <rect class="missing" x={percent(hour + 0.1)} width={percent(0.8)} y={TOP} height={H} />
          ) : null}
          {today === null ? null : (
            <rect
              class="column today"
              x={percent(hour + hollow.x)}
              width={percent(hollow.width)}
              y={TOP + y(today)}
              height={Math.max(1, H - y(today))}
            />
          )}
          {peak && (value ?? today) !== null ? (
            <text
              class="tick here"
              x={percent(hour + (has_value && has_today ? 0.35 : 0.5))}
              y={TOP + y((has_value ? value : today) ?? 0) - 4}
              text-anchor="middle"
            >
              ▾
            </text>
          ) : null}
        </g>
      ))}
      {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
        <text
          class={hour % 6 === 0 ? "tick" : "tick minor"}
          x={percent(hour + 0.5)}
          y={TOP + H + 16}
          text-anchor="middle"
        >
          {two(hour)}
        </text>
      ))}
    </svg>
  );
};

const round = (value: number): string => String(Math.round(value * 1_000) / 1_000);

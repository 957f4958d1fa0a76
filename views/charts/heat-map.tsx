/**
 * Hour × weekday: one hue, ordered by lightness, most = farthest from the ground. A cell of too few observations is hatched; each cell has
 * its figure as a title, and the table below has them all.
 */

export interface HeatCell {
  value: number | null;
  /** What it is made of. */
  n: number;
  /** `Mon 07:00–08:00: 31 % (n 4 days)` */
  words: string;
}

export interface HeatMapProps {
  label: string;
  /** One row per weekday, Monday first, of 24 cells; none for a weekday that is left out. */
  rows: readonly { name: string; cells: readonly HeatCell[] }[];
  top: number;
  /** Fewer say too little. */
  n_min: number;
}

/** Steps of the ramp, as `.heat-0` to `.heat-6` paint them. */
export const HEAT_STEPS = 7;
const [ROW, GAP] = [26, 2] as const;
const percent = (hours: number): string => `${((hours / 24) * 100).toFixed(3)}%`;

/** Step of a value on a scale from 0 to `top`. */
export const heatStep = (value: number, top: number): number =>
  Math.max(0, Math.min(HEAT_STEPS - 1, Math.floor((value / (top || 1)) * HEAT_STEPS)));

/** Words of the rows stand left of the picture: it is inset by 34 px. */
export const HeatMap = ({ label, rows, top, n_min }: HeatMapProps) => (
  <svg class="plot inset heat" width="100%" height={rows.length * ROW + 20} role="img" aria-label={label}>
    {rows.map(({ name, cells }, i) => (
      <>
        <text class="tick" x="-34" y={i * ROW + 17}>
          {name}
        </text>
        {cells.map(({ value, n, words }, hour) => (
          <rect
            class={value === null || n < n_min ? "missing" : `heat-${heatStep(value, top)}`}
            x={percent(hour + 0.03)}
            width={percent(0.94)}
            y={i * ROW}
            height={ROW - GAP}
          >
            <title>{words}</title>
          </rect>
        ))}
      </>
    ))}
    {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
      <text
        class={hour % 6 === 0 ? "tick" : "tick minor"}
        x={percent(hour + 0.5)}
        y={rows.length * ROW + 14}
        text-anchor="middle"
      >
        {String(hour).padStart(2, "0")}
      </text>
    ))}
  </svg>
);

/** The ramp with words at its ends, and what is hatched. */
export const RampLegend = ({ least, most, hatched }: { least: string; most: string; hatched: string }) => (
  <p class="heat-legend note">
    <span>{least}</span>
    <svg width="140" height="10" aria-hidden="true">
      {Array.from({ length: HEAT_STEPS }, (_, i) => (
        <rect class={`heat-${i}`} x={i * 20} width="20" height="10" />
      ))}
    </svg>
    <span>{most}</span>
    <svg width="20" height="10" aria-hidden="true">
      <rect class="missing" width="20" height="10" />
    </svg>
    <span>{hatched}</span>
  </p>
);

/** Of a heat map: figures at both ends. */
export const HeatLegend = ({ top, unit, n_min }: { top: number; unit: string; n_min: number }) => (
  <RampLegend
    least="0"
    most={`${Math.round(top * 100) / 100} ${unit}`}
    hatched={`not measured, or n under ${n_min}`}
  />
);

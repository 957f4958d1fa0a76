/** When the peaks of each weekday begin and end: a bar per peak on one day's axis, the city's own hours shaded behind. */

export interface WeekSpansProps {
  label: string;
  rows: readonly { name: string; spans: readonly { from: number; to: number; words: string }[] }[];
  peaks: readonly (readonly [from: number, to: number])[];
}

const ROW = 22;
const percent = (hours: number): string => `${((hours / 24) * 100).toFixed(3)}%`;

/** Words of the rows stand left of the picture: it is inset by 34 px. */
export const WeekSpans = ({ label, rows, peaks }: WeekSpansProps) => (
  <svg class="plot inset spans" width="100%" height={rows.length * ROW + 20} role="img" aria-label={label}>
    {peaks.map(([from, to]) => (
      <rect class="shaded" x={percent(from)} width={percent(to - from)} y="0" height={rows.length * ROW} />
    ))}
    {rows.map(({ name, spans }, i) => (
      <>
        <text class="tick" x="-34" y={i * ROW + 15}>
          {name}
        </text>
        <line class="grid" x1="0" x2="100%" y1={i * ROW + 11} y2={i * ROW + 11} />
        {spans.map(({ from, to, words }) => (
          <rect class="span" x={percent(from)} width={percent(to - from)} y={i * ROW + 4} height="14">
            <title>{words}</title>
          </rect>
        ))}
      </>
    ))}
    {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
      <text
        class={hour % 6 === 0 ? "tick" : "tick minor"}
        x={percent(hour)}
        y={rows.length * ROW + 14}
        text-anchor={hour === 0 ? "start" : "middle"}
      >
        {String(hour).padStart(2, "0")}
      </text>
    ))}
  </svg>
);

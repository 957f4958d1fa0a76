/** Horizontal bars with their figures beside them. A bar below zero goes left of the zero line and is hatched. */

export interface Bar {
  name: string;
  value: number;
  /** The value as people read it. */
  text: string;
  /** Smaller, after it. */
  more: string;
}

export interface SignedBarsProps {
  bars: readonly Bar[];
  label: string;
  /** Of the names, the values and what stands after them. */
  heads: readonly [name: string, value: string, more: string];
}

export const SignedBars = ({ bars, label, heads }: SignedBarsProps) => {
  const high = Math.max(0, ...bars.map((bar) => bar.value));
  const low = Math.min(0, ...bars.map((bar) => bar.value));
  const span = high - low || 1;
  const percent = (value: number): string => `${((value / span) * 100).toFixed(2)}%`;
  return (
    <table class="bars">
      <caption class="hidden">{label}</caption>
      <thead>
        <tr>
          <th scope="col">{heads[0]}</th>
          <td></td>
          <th scope="col" class="n">
            {heads[1]}
          </th>
          <th scope="col" class="n">
            {heads[2]}
          </th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ name, value, text, more }) => (
          <tr>
            <th scope="row">{name}</th>
            <td class="bar">
              <svg width="100%" height="16" aria-hidden="true">
                <rect
                  class={value < 0 ? "below" : "above"}
                  x={percent(Math.min(0, value) - low)}
                  width={percent(Math.abs(value))}
                  height="16"
                />
                <line class="zero" x1={percent(-low)} x2={percent(-low)} y1="0" y2="16" />
              </svg>
            </td>
            <td class="n">{text}</td>
            <td class="n more">{more}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/**
 * How often a measure lay in each of some bins, which may differ in width: areas are counts, so that wide bins do not look like much. What
 * it is compared with is a line of steps.
 */
import { roundStep } from "./scale.ts";

export interface Bin {
  from: number;
  /** Null: open. */
  to: number | null;
  n: number;
}

export interface HistogramProps {
  label: string;
  bins: readonly Bin[];
  compared: readonly Bin[] | null;
  unit: string;
}

const [W, H, TOP] = [1_000, 120, 20] as const;
/** Width that an open bin is drawn with. */
const OPEN = 10;

export const Histogram = ({ label, bins, compared, unit }: HistogramProps) => {
  const seen = [...bins, ...(compared ?? [])].filter(({ n }) => n > 0);
  // Empty bins at the end take no room.
  const upper = Math.max(20, ...seen.map(endOf));
  const tick = roundStep(upper, 6);
  const right = Math.ceil(upper / tick) * tick;
  const [mine, other] = [densities(bins), densities(compared ?? [])];
  const most = Math.max(1e-9, ...mine.map(({ density }) => density), ...other.map(({ density }) => density));
  const x = (value: number): number => (value / right) * W;
  const y = (density: number): number => H - (density / most) * H;
  return (
    <svg class="plot histogram" width="100%" height={TOP + H + 22} role="img" aria-label={label}>
      <svg
        y={TOP}
        width="100%"
        height={H}
        viewBox={`0 0 ${W} ${H}`}
        preserveAspectRatio="none"
        overflow="visible"
      >
        {mine.map(({ from, to, density, words }) =>
          density === 0 ? null : (
            <rect
              class="column"
              x={x(from) + 1}
              width={x(to) - x(from) - 2}
              y={y(density)}
              height={H - y(density)}
            >
              <title>
                {words} {unit}
              </title>
            </rect>
          ),
        )}
        {other.length === 0 ? null : (
          <path
            class="other"
            d={`M0 ${H}${other
              .filter(({ from }) => from < right)
              .map(
                ({ from, to, density }) =>
                  `L${short(x(from))} ${short(y(density))}L${short(x(to))} ${short(y(density))}`,
              )
              .join("")}`}
          />
        )}
      </svg>
      <line class="grid" x1="0" x2="100%" y1={TOP + H} y2={TOP + H} />
      {Array.from({ length: Math.round(right / tick) + 1 }, (_, i) => i * tick).map((value, i, all) => (
        <text
          class={i % 2 === 1 && i < all.length - 1 ? "tick minor" : "tick"}
          x={`${(x(value) / 10).toFixed(2)}%`}
          y={TOP + H + 16}
          text-anchor={i === 0 ? "start" : i === all.length - 1 ? "end" : "middle"}
        >
          {value}
          {i === all.length - 1 ? ` ${unit}` : ""}
        </text>
      ))}
    </svg>
  );
};

const short = (n: number): number => Math.round(n * 10) / 10;
const endOf = ({ from, to }: Bin): number => to ?? from + OPEN;

function densities(bins: readonly Bin[]) {
  const all = bins.reduce((sum, { n }) => sum + n, 0);
  return bins.map((bin) => {
    const to = endOf(bin);
    const range = bin.to === null ? `${bin.from} and more` : `${bin.from}–${bin.to}`;
    return {
      from: bin.from,
      to,
      density: all === 0 ? 0 : bin.n / all / (to - bin.from),
      words: `${shareWords(bin.n, all)} (n ${bin.n.toLocaleString("en-US")}): ${range}`,
    };
  });
}

const shareWords = (n: number, all: number): string =>
  all === 0 ? "–" : `${((n / all) * 100).toFixed(n / all < 0.0995 ? 1 : 0)} %`;

/**
 * Time across, place along a corridor up, slow dark: where a jam begins, how it grows backwards and how it dissolves. Cells of a colour are
 * one path of runs, so that a day of a long corridor stays small. Episodes are framed.
 */
import { HEAT_STEPS, heatStep } from "./heat-map.tsx";

export interface ScanBand {
  name: string;
  from_km: number;
  to_km: number;
  /** Per step: speed in percent of free flow; null where nothing was measured. */
  percent: readonly (number | null)[];
}

export interface ScanMapProps {
  label: string;
  /** In order along the corridor. */
  bands: readonly ScanBand[];
  length_km: number;
  /** ms; the axis is of equal steps. */
  from: number;
  to: number;
  frames: readonly {
    from: number;
    to: number;
    from_km: number;
    to_km: number;
    href: string;
    words: string;
  }[];
  ticks: readonly { at: number; word: string; minor: boolean }[];
}

const [W, H, TOP] = [1_000, 240, 16] as const;

/** The place's words stand left of the picture: it is inset by 34 px. */
export const ScanMap = ({ label, bands, length_km, from, to, frames, ticks }: ScanMapProps) => {
  const length = length_km || 1;
  const y = (km: number): number => H - (km / length) * H;
  const x = (ms: number): number => Math.min(100, Math.max(0, ((ms - from) / (to - from)) * 100));
  const paths = cellPaths(bands, y);
  return (
    <svg class="plot inset scan" width="100%" height={TOP + H + 24} role="group" aria-label={label}>
      <text class="tick" x="-34" y={TOP + 4}>
        {Math.round(length * 10) / 10}
      </text>
      <text class="tick" x="-34" y={TOP + 18}>
        km
      </text>
      <text class="tick" x="-34" y={TOP + H}>
        0
      </text>
      <rect class="missing" y={TOP} width="100%" height={H} />
      <svg y={TOP} width="100%" height={H} viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none">
        {paths.map((d, i) => (d === "" ? null : <path class={`heat-${i}`} d={d} />))}
      </svg>
      {bands.slice(1).map(({ from_km }) => (
        <line class="part" x1="0" x2="100%" y1={TOP + y(from_km)} y2={TOP + y(from_km)} />
      ))}
      {frames.map((frame) => (
        <a href={frame.href} aria-label={frame.words}>
          <rect
            class="frame"
            x={`${x(frame.from).toFixed(2)}%`}
            width={`${Math.max(0.2, x(frame.to) - x(frame.from)).toFixed(2)}%`}
            y={TOP + y(frame.to_km)}
            height={Math.max(3, y(frame.from_km) - y(frame.to_km))}
          >
            <title>{frame.words}</title>
          </rect>
        </a>
      ))}
      {ticks.map(({ at, word, minor }) => (
        <text
          class={minor ? "tick minor" : "tick"}
          x={`${x(at).toFixed(2)}%`}
          y={TOP + H + 17}
          text-anchor="middle"
        >
          {word}
        </text>
      ))}
    </svg>
  );
};

/** One path per step of the ramp: rectangles of equal neighbours in time. */
function cellPaths(bands: readonly ScanBand[], y: (km: number) => number): string[] {
  const paths: string[] = Array.from({ length: HEAT_STEPS }, () => "");
  const steps = Math.max(1, ...bands.map(({ percent }) => percent.length));
  const at = (step: number): number => Math.round((step / steps) * W * 10) / 10;
  for (const { percent, from_km, to_km } of bands) {
    const [top, bottom] = [Math.round(y(to_km) * 10) / 10, Math.round(y(from_km) * 10) / 10];
    for (let i = 0; i < percent.length;) {
      const step = slowStep(percent[i] ?? null);
      let end = i + 1;
      while (end < percent.length && slowStep(percent[end] ?? null) === step) end++;
      if (step !== null) paths[step] += `M${at(i)} ${top}H${at(end)}V${bottom}H${at(i)}Z`;
      i = end;
    }
  }
  return paths;
}

/** Of the ramp: 0 at free flow, the last where all stands. */
export const slowStep = (percent: number | null): number | null =>
  percent === null ? null : heatStep(100 - Math.min(100, percent), 100);

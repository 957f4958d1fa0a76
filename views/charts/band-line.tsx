/**
 * A mean over time, or over the hours of a day, with the band that is typical behind it, and the period it is compared with as a second line. Spans without data are
 * hatched. Lines stretch, words do not (see line-chart.tsx). A drag over it chooses a span: analytics-page.js reads `data-brush`.
 */
import { count } from "../format.ts";
import { bandPath, linePath, roundStep } from "./scale.ts";

export interface BandSample {
  /** Start of the step. */
  at: number;
  mean: number | null;
  low: number | null;
  high: number | null;
  /** Of the period compared with, at the same place in it. */
  other: number | null;
}

export interface BandLineProps {
  label: string;
  unit: string;
  samples: readonly BandSample[];
  /** In the samples' own unit, as `from` and `to`, the ends of the axis. */
  step: number;
  from: number;
  to: number;
  ticks: readonly Tick[];
  /** The axis is time in ms: a drag chooses a span of it. */
  brush?: boolean;
}

export interface Tick {
  at: number;
  word: string;
  /** Left out where there is little room. */
  minor: boolean;
}

const [W, H, TOP] = [1_000, 190, 20] as const;

export const BandLine = ({ label, unit, samples, step, from, to, ticks, brush }: BandLineProps) => {
  const most = Math.max(1, ...samples.map((s) => Math.max(s.mean ?? 0, s.high ?? 0, s.other ?? 0)));
  const line = roundStep(most, 4);
  const top = Math.ceil(most / line - 1e-9) * line;
  const lines = Array.from({ length: Math.round(top / line) + 1 }, (_, i) => i * line);
  const x = (at: number): number => ((at - from) / (to - from)) * W;
  const y = (value: number): number => H - (value / top) * H;
  const left = (at: number): string => `${(x(at) / 10).toFixed(2)}%`;
  const middle = step / 2;
  const last = samples.findLast((s) => s.mean !== null);
  return (
    <svg
      class="plot band-line"
      width="100%"
      height={TOP + H + 36}
      role="img"
      aria-label={label}
      {...(brush === true ? { "data-brush": "", "data-from": from, "data-to": to, "data-step": step } : {})}
    >
      {gaps(samples, step).map(([begin, end]) => (
        <rect
          class="missing"
          x={left(Math.max(begin, from))}
          width={`${((x(Math.min(end, to)) - x(Math.max(begin, from))) / 10).toFixed(2)}%`}
          y={TOP}
          height={H}
        />
      ))}
      {lines.map((value) => (
        <line class="grid" x1="0" x2="100%" y1={TOP + y(value)} y2={TOP + y(value)} />
      ))}
      <svg
        x="0"
        y={TOP}
        width="100%"
        height={H}
        viewBox={`0 0 ${W} ${H}`}
        preserveAspectRatio="none"
        overflow="visible"
      >
        <path
          class="band"
          d={bandPath(
            samples.map((s) => ({ x: s.at + middle, low: s.low, high: s.high })),
            x,
            y,
          )}
        />
        <path
          class="other"
          d={linePath(
            samples.map((s) => ({ x: s.at + middle, y: s.other })),
            x,
            y,
          )}
        />
        <path
          class="actual"
          d={linePath(
            samples.map((s) => ({ x: s.at + middle, y: s.mean })),
            x,
            y,
          )}
        />
      </svg>
      {lines.map((value) => (
        <text class="tick halo" x="0" y={TOP + y(value) - 4}>
          {Number.isInteger(value) ? count(value) : value}
          {value === top ? ` ${unit}` : ""}
        </text>
      ))}
      {/* A value between two gaps has no line: it is a dot. */}
      {samples.map((s, i) =>
        s.mean !== null &&
        (samples[i - 1]?.mean ?? null) === null &&
        (samples[i + 1]?.mean ?? null) === null ? (
          <circle class="dot" cx={left(s.at + middle)} cy={TOP + y(s.mean)} r="2.5" />
        ) : null,
      )}
      {last === undefined ? null : (
        <circle class="dot" cx={left(last.at + middle)} cy={TOP + y(last.mean!)} r="3.5" />
      )}
      {ticks.map(({ at, word, minor }) => (
        <text class={minor ? "tick minor" : "tick"} x={left(at)} y={TOP + H + 17} text-anchor="middle">
          {word}
        </text>
      ))}
    </svg>
  );
};

/** Spans without a mean, in whole steps. */
function gaps(samples: readonly BandSample[], step: number): (readonly [number, number])[] {
  const out: [number, number][] = [];
  for (const { at, mean } of samples) {
    if (mean !== null) continue;
    const last = out.at(-1);
    // A day of 23 or 25 hours is a step, too.
    if (last !== undefined && at - last[1] < step / 2) last[1] = at + step;
    else out.push([at, at + step]);
  }
  return out;
}

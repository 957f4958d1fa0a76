/**
 * Several measures over the same hours: one row each with a scale of its own, stacked over one time axis. Never two
 * scales in one row. Lines stretch, words do not (see line-chart.tsx).
 */
import { zoneOffset } from "../../src/core/time.ts";
import { clockTime, offsetText } from "../format.ts";
import { bandPath, linePath } from "./scale.ts";
import { timeTicks } from "./time-ticks.ts";

export interface TimeSample {
  /** Middle of the window, ms. */
  x: number;
  mean: number | null;
  /** Greatest of the window, drawn as a pale band above the mean. */
  most: number | null;
}

export interface TimeRow {
  /** Name and unit. */
  label: string;
  samples: readonly TimeSample[];
  /** Upper end of the scale; its lower end is 0. */
  top: number;
  /** Lines across, with a word for what begins above where there is one. */
  lines: readonly { at: number; word?: string }[];
}

export interface TimeRowsProps {
  rows: readonly TimeRow[];
  from_ms: number;
  to_ms: number;
  zone: string;
  /** Spans that are marked behind all rows. */
  shaded: readonly (readonly [from_ms: number, to_ms: number])[];
  label: string;
}

/** Room above a row holds its name and the figure of its upper line. */
const [W, H, GAP, TOP] = [1_000, 140, 46, 34] as const;
const HOUR_MS = 3_600_000;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

export const TimeRows = ({ rows, from_ms, to_ms, zone, shaded, label }: TimeRowsProps) => {
  const x = (ms: number): number => ((ms - from_ms) / (to_ms - from_ms)) * W;
  const left = (ms: number): string => `${Math.min(100, Math.max(0, x(ms) / 10)).toFixed(2)}%`;
  const wide = (from: number, to: number): string =>
    `${(Math.min(100, x(to) / 10) - Math.max(0, x(from) / 10)).toFixed(2)}%`;
  const height = TOP + rows.length * H + (rows.length - 1) * GAP;
  return (
    <svg class="plot rows" width="100%" height={height + 36} role="img" aria-label={label}>
      {shaded
        .filter(([from, to]) => to > from_ms && from < to_ms)
        .map(([from, to]) => (
          <rect class="shaded" x={left(from)} width={wide(from, to)} y={TOP} height={height - TOP} />
        ))}
      {rows.map((row, i) => (
        <Row row={row} y0={TOP + i * (H + GAP)} x={x} left={left} />
      ))}
      {ticks(from_ms, to_ms, zone).map(({ ms, word, day }, i) => (
        <text
          class={day === null && i % 2 === 1 ? "tick minor" : "tick"}
          x={left(ms)}
          y={height + 16}
          text-anchor="middle"
        >
          {word}
          {day === null ? null : (
            <tspan x={left(ms)} dy="14">
              {day}
            </tspan>
          )}
        </text>
      ))}
    </svg>
  );
};

interface RowProps {
  row: TimeRow;
  y0: number;
  x: (ms: number) => number;
  left: (ms: number) => string;
}

const Row = ({ row: { label, samples, top, lines }, y0, x, left }: RowProps) => {
  const y = (value: number): number => H - (Math.min(top, value) / top) * H;
  const last = samples.findLast((s) => s.mean !== null);
  return (
    <>
      <text class="row-name" x="0" y={y0 - 21}>
        {label}
      </text>
      <line class="grid" x1="0" x2="100%" y1={y0 + H} y2={y0 + H} />
      {lines.map(({ at }) => (
        <line class="grid" x1="0" x2="100%" y1={y0 + y(at)} y2={y0 + y(at)} />
      ))}
      <svg
        x="0"
        y={y0}
        width="100%"
        height={H}
        viewBox={`0 0 ${W} ${H}`}
        preserveAspectRatio="none"
        overflow="visible"
      >
        <path
          class="band"
          d={bandPath(
            samples.map((s) => ({ x: s.x, low: s.mean, high: s.most })),
            x,
            y,
          )}
        />
        <path
          class="actual"
          d={linePath(
            samples.map((s) => ({ x: s.x, y: s.mean })),
            x,
            y,
          )}
        />
      </svg>
      {/* Over the curves: a word that is struck through cannot be read. */}
      {lines.map(({ at, word }) => (
        <text class="tick halo" x="0" y={y0 + y(at) - 4}>
          {at}
          {word === undefined ? null : (
            <tspan class="mid" dx="6">
              {word}
            </tspan>
          )}
        </text>
      ))}
      {/* A value between two gaps has no line: it is a dot. */}
      {samples.map((s, i) =>
        s.mean !== null &&
        s !== last &&
        (samples[i - 1]?.mean ?? null) === null &&
        (samples[i + 1]?.mean ?? null) === null ? (
          <circle class="dot" cx={left(s.x)} cy={y0 + y(s.mean)} r="2.5" />
        ) : null,
      )}
      {last === undefined ? null : <circle class="dot" cx={left(last.x)} cy={y0 + y(last.mean!)} r="3.5" />}
    </>
  );
};

/** Up to two days every six hours of the zone's clock, at midnight with the day; for more, days. */
function ticks(
  from_ms: number,
  to_ms: number,
  zone: string,
): { ms: number; word: string; day: string | null }[] {
  if (to_ms - from_ms > 48 * HOUR_MS)
    return timeTicks(from_ms, to_ms, zone).map(({ at, word }) => ({ ms: at, word, day: null }));
  const step = 6 * HOUR_MS;
  const offset_ms = zoneOffset(to_ms, zone);
  const margin = (to_ms - from_ms) * 0.02;
  const out: { ms: number; word: string; day: string | null }[] = [];
  for (
    let at = Math.ceil((from_ms + margin + offset_ms) / step) * step;
    at - offset_ms <= to_ms - margin;
    at += step
  ) {
    const ms = at - offset_ms;
    // 1970-01-01 was a Thursday.
    const day = at % (24 * HOUR_MS) === 0 ? DAYS[(Math.floor(at / (24 * HOUR_MS)) + 3) % 7]! : null;
    out.push({ ms, word: clockTime(ms, zone), day });
  }
  return out;
}

export const zoneWords = (ms: number, zone: string): string => `times in ${zone}, UTC${offsetText(ms, zone)}`;

/**
 * Speed over the last hours, and how it is expected to go on: solid what came, dashed what is expected, around it where it lies in half
 * and in nine of ten cases. Marks are what was said before. Lines stretch, words do not (see line-chart.tsx).
 */
import { clockTime, fixed, offsetText } from "../format.ts";
import { minutes } from "../../src/core/time.ts";
import type { Ahead } from "../predictions/ahead.ts";
import type { Said } from "../predictions/judged.ts";
import { bandPath, linePath, roundStep } from "./scale.ts";
import type { Sample } from "./series.ts";

export interface FanChartProps {
  samples: readonly Sample[];
  said: readonly Said[];
  ahead: Ahead | null;
  from_ms: number;
  now_ms: number;
  zone: string;
  free_flow_speed: number | null;
  label: string;
}

const [W, H, TOP, HEIGHT] = [1_000, 200, 18, 240] as const;
const TICK_MS = minutes(15);
/** Room on the right: the last point is not on the edge. */
const AFTER_MS = minutes(33);
/** Of those that were said before: the nearest and the farthest. */
const MARKS = [10, 30] as const;

export const FanChart = (props: FanChartProps) => {
  const { samples, said, ahead, from_ms, now_ms, zone, free_flow_speed, label } = props;
  const to_ms = now_ms + AFTER_MS;
  const steps = ahead?.steps ?? [];
  const shown = said.filter(({ x: at }) => at >= from_ms);
  const most = Math.max(
    10,
    free_flow_speed ?? 0,
    ...samples.map((s) => s.mean ?? 0),
    ...steps.map((s) => Math.max(s.speed, s.high_90 ?? 0)),
    ...shown.map((s) => s.speed),
  );
  const step = roundStep(most, 4);
  const top = Math.ceil(most / step) * step;
  const x = (ms: number): number => ((ms - from_ms) / (to_ms - from_ms)) * W;
  const y = (v: number): number => H - (v / top) * H;
  const left = (ms: number): string => `${(x(ms) / 10).toFixed(2)}%`;
  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  // What is expected begins where the road is.
  const start = ahead === null || ahead.current === null ? [] : [{ at: ahead.made_ms, speed: ahead.current }];
  const band = (ends: readonly ["low_50" | "low_90", "high_50" | "high_90"]): string =>
    bandPath(
      [
        ...start.map(({ at, speed }) => ({ x: at, low: speed, high: speed })),
        ...steps.map((s) => ({ x: s.at_ms, low: s[ends[0]], high: s[ends[1]] })),
      ],
      x,
      y,
    );
  const points = [...start, ...steps.map(({ at_ms, speed }) => ({ at: at_ms, speed }))];
  return (
    <figure class="chart fan">
      <svg class="plot" width="100%" height={HEIGHT} role="img" aria-label={label}>
        {lines.map((v) => (
          <>
            <line class="grid" x1="0" x2="100%" y1={TOP + y(v)} y2={TOP + y(v)} />
            <text class="tick" x="0" y={TOP + y(v) - 4}>
              {v === top ? `${v} km/h` : v}
            </text>
          </>
        ))}
        {ticks(from_ms, to_ms).map((ms) => (
          <text
            class={ms % (4 * TICK_MS) === 0 ? "tick" : ms % (2 * TICK_MS) === 0 ? "tick" : "tick minor"}
            x={left(ms)}
            y={TOP + H + 16}
            text-anchor="middle"
          >
            {clockTime(ms, zone)}
          </text>
        ))}
        <rect
          class="to-come"
          x={left(now_ms)}
          y={TOP}
          width={`${(100 - x(now_ms) / 10).toFixed(2)}%`}
          height={H}
        />
        <svg
          x="0"
          y={TOP}
          width="100%"
          height={H}
          viewBox={`0 0 ${W} ${H}`}
          preserveAspectRatio="none"
          overflow="visible"
        >
          <path class="fan-90" d={band(["low_90", "high_90"])} />
          <path class="fan-50" d={band(["low_50", "high_50"])} />
          {free_flow_speed === null ? null : (
            <line class="free-flow" x1="0" x2={W} y1={y(free_flow_speed)} y2={y(free_flow_speed)} />
          )}
          <path
            class="actual"
            d={linePath(
              samples.map((s) => ({ x: s.x, y: s.mean })),
              x,
              y,
            )}
          />
          <path
            class="expected"
            d={linePath(
              points.map(({ at, speed }) => ({ x: at, y: speed })),
              x,
              y,
            )}
          />
        </svg>
        {shown.map((s) =>
          s.minutes === MARKS[0] ? (
            <circle class="said-10" cx={left(s.x)} cy={TOP + y(s.speed)} r="2.2" />
          ) : s.minutes === MARKS[1] ? (
            <circle class="said-30" cx={left(s.x)} cy={TOP + y(s.speed)} r="3.4" />
          ) : null,
        )}
        {steps.map((s) => (
          <circle class="dot" cx={left(s.at_ms)} cy={TOP + y(s.speed)} r="3" />
        ))}
        <line class="now-line" x1={left(now_ms)} x2={left(now_ms)} y1={TOP - 4} y2={TOP + H} />
        <text class="tick halo" x={left(now_ms)} y={TOP - 6} text-anchor="middle">
          now
        </text>
      </svg>
      <figcaption>
        <span>{sample(<line class="actual" x1="1" y1="5" x2="17" y2="5" />)} came, mean of 5 min</span>
        <span>{sample(<line class="expected" x1="1" y1="5" x2="17" y2="5" />)} expected</span>
        <span>{sample(<rect class="fan-50" x="1" y="1" width="16" height="8" />)} half of cases</span>
        <span>{sample(<rect class="fan-90" x="1" y="1" width="16" height="8" />)} nine of ten</span>
        <span>{sample(<circle class="said-10" cx="9" cy="5" r="2.2" />)} said 10 min before</span>
        <span>{sample(<circle class="said-30" cx="9" cy="5" r="3.4" />)} said 30 min before</span>
        {free_flow_speed === null ? null : (
          <span>
            {sample(<line class="free-flow" x1="1" y1="5" x2="17" y2="5" />)} free flow{" "}
            {fixed(free_flow_speed, 0)}
          </span>
        )}
        <span class="readout">
          times in {zone}, UTC{offsetText(now_ms, zone)}
        </span>
      </figcaption>
    </figure>
  );
};

const sample = (mark: unknown) => (
  <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
    {mark}
  </svg>
);

/** Quarters of an hour, with room at both ends for the words. */
function ticks(from_ms: number, to_ms: number): number[] {
  const margin = (to_ms - from_ms) * 0.03;
  const first = Math.ceil((from_ms + margin) / TICK_MS) * TICK_MS;
  return Array.from(
    { length: Math.max(0, Math.floor((to_ms - margin - first) / TICK_MS) + 1) },
    (_, i) => first + i * TICK_MS,
  );
}

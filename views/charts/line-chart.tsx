/**
 * Speed over time with the typical day behind it. Lines live in a nested picture that stretches; words and ticks are placed
 * in percent, so that nothing but the lines is scaled: the same text at 390 and at 1440 px.
 */
import { zoneOffset } from "../../src/core/time.ts";
import { clockTime, fixed, offsetText } from "../format.ts";
import { bandPath, linePath, roundStep } from "./scale.ts";
import type { Sample } from "./series.ts";

export interface LineChartProps {
  samples: readonly Sample[];
  from_ms: number;
  to_ms: number;
  zone: string;
  free_flow_speed: number | null;
  label: string;
}

const [W, H, TOP, HEIGHT] = [1_000, 200, 18, 240] as const;
const HOUR_MS = 3_600_000;

export const LineChart = ({ samples, from_ms, to_ms, zone, free_flow_speed, label }: LineChartProps) => {
  const most = Math.max(
    10,
    free_flow_speed ?? 0,
    ...samples.map((s) => Math.max(s.high ?? 0, s.typical ?? 0)),
  );
  const step = roundStep(most, 4);
  const top = Math.ceil(most / step) * step;
  const x = (ms: number): number => ((ms - from_ms) / (to_ms - from_ms)) * W;
  const y = (v: number): number => H - (v / top) * H;
  const tick_ms = (to_ms - from_ms) / HOUR_MS > 12 ? 3 * HOUR_MS : HOUR_MS;
  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  const last = samples.findLast((s) => s.mean !== null);
  return (
    <figure class="chart">
      <svg
        class="plot"
        width="100%"
        height={HEIGHT}
        role="img"
        aria-label={label}
        data-chart={chartData(samples, zone)}
        data-from={from_ms}
        data-to={to_ms}
      >
        {lines.map((v) => (
          <>
            <line class="grid" x1="0" x2="100%" y1={TOP + y(v)} y2={TOP + y(v)} />
            <text class="tick" x="0" y={TOP + y(v) - 4}>
              {v === top ? `${v} km/h` : v}
            </text>
          </>
        ))}
        {ticks(from_ms, to_ms, tick_ms, zone).map((ms, i) => (
          <text
            class={i % 2 === 1 ? "tick minor" : "tick"}
            x={`${(x(ms) / 10).toFixed(2)}%`}
            y={TOP + H + 16}
            text-anchor="middle"
          >
            {clockTime(ms, zone)}
          </text>
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
              samples.map((s) => ({ x: s.x, low: s.low, high: s.high })),
              x,
              y,
            )}
          />
          {free_flow_speed === null ? null : (
            <line class="free-flow" x1="0" x2={W} y1={y(free_flow_speed)} y2={y(free_flow_speed)} />
          )}
          <path
            class="typical"
            d={linePath(
              samples.map((s) => ({ x: s.x, y: s.typical })),
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
        {last === undefined ? null : (
          <circle class="dot" cx={`${(x(last.x) / 10).toFixed(2)}%`} cy={TOP + y(last.mean!)} r="3.5" />
        )}
        <line class="cross" x1="0" x2="0" y1={TOP} y2={TOP + H} visibility="hidden" />
      </svg>
      <figcaption>
        <span>
          <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
            <line class="actual" x1="1" y1="5" x2="17" y2="5" />
          </svg>{" "}
          mean of 5 min
        </span>
        <span>
          <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
            <rect class="band" x="1" y="1" width="16" height="8" />
          </svg>{" "}
          least to most
        </span>
        <span>
          <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
            <line class="typical" x1="1" y1="5" x2="17" y2="5" />
          </svg>{" "}
          typical day
        </span>
        {free_flow_speed === null ? null : (
          <span>
            <svg viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
              <line class="free-flow" x1="1" y1="5" x2="17" y2="5" />
            </svg>{" "}
            free flow {fixed(free_flow_speed, 0)}
          </span>
        )}
        <span class="readout" aria-hidden="true">
          times in {zone}, UTC{offsetText(to_ms, zone)}
        </span>
      </figcaption>
    </figure>
  );
};

/** Whole multiples of a tick in the zone's own clock, with room at both ends for the words. */
function ticks(from_ms: number, to_ms: number, tick_ms: number, zone: string): number[] {
  const offset_ms = zoneOffset(to_ms, zone);
  const margin = (to_ms - from_ms) * 0.03;
  const out: number[] = [];
  for (
    let at = Math.ceil((from_ms + offset_ms) / tick_ms) * tick_ms - offset_ms;
    at <= to_ms - margin;
    at += tick_ms
  ) {
    if (at >= from_ms + margin) out.push(at);
  }
  return out;
}

/** `time,mean,typical` per sample, for the readout under the pointer. */
const chartData = (samples: readonly Sample[], zone: string): string =>
  samples
    .map(
      (s) =>
        `${clockTime(s.x - 150_000, zone)},${s.mean === null ? "" : fixed(s.mean, 0)},${s.typical === null ? "" : fixed(s.typical, 0)}`,
    )
    .join(";");

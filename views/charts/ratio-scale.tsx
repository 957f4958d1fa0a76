/** Where a ratio lies between the thresholds of the levels: 0 standing to 1 free flow. */
import { levelRatios, type CongestionLevel } from "../../src/core/congestion.ts";
import { levelWords } from "../format.ts";

const parts: readonly (readonly [level: CongestionLevel, from: number, to: number])[] = [
  ["severe", 0, levelRatios.heavy],
  ["heavy", levelRatios.heavy, levelRatios.moderate],
  ["moderate", levelRatios.moderate, levelRatios.free],
  ["free", levelRatios.free, 1],
];

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

/** Faster than free flow is drawn at its end. */
export const RatioScale = ({ ratio, level }: { ratio: number; level: CongestionLevel }) => (
  <svg
    class="ratio-scale"
    width="100%"
    height="46"
    role="img"
    aria-label={`${levelWords[level]}: ratio ${ratio} on a scale from 0 to 1, parted at ${Object.values(levelRatios).toReversed().join(", ")}`}
  >
    {parts.map(([name, from, to]) => (
      <>
        <rect
          class={`l-${name}${name === level ? " here" : ""}`}
          x={percent(from)}
          width={percent(to - from)}
          y={name === level ? 10 : 14}
          height={name === level ? 12 : 4}
        />
        <text
          class={`tick${name === level ? " here" : ""}`}
          x={percent((from + to) / 2)}
          y="40"
          text-anchor="middle"
        >
          {levelWords[name].toLowerCase()}
        </text>
      </>
    ))}
    <rect
      class="needle"
      x={percent(Math.min(1, ratio))}
      y="4"
      width="2"
      height="24"
      transform="translate(-1 0)"
    />
  </svg>
);

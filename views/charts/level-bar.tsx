/** Shares of the levels as one stacked bar; the words and counts stand beside it. */
import { congestionLevels, type CongestionLevel } from "../../src/core/congestion.ts";
import { count, levelWords } from "../format.ts";

export const LevelBar = ({ counts }: { counts: Readonly<Record<CongestionLevel, number>> }) => {
  const all = congestionLevels.reduce((sum, level) => sum + counts[level], 0);
  let at = 0;
  return (
    <svg
      class="level-bar"
      width="100%"
      height="8"
      role="img"
      aria-label={congestionLevels.map((l) => `${levelWords[l]} ${count(counts[l])}`).join(", ")}
    >
      {all === 0
        ? null
        : congestionLevels.map((level) => {
            const share = (counts[level] / all) * 100;
            const x = at;
            at += share;
            return share === 0 ? null : (
              <rect class={`l-${level}`} x={`${x.toFixed(3)}%`} width={`${share.toFixed(3)}%`} height="8" />
            );
          })}
    </svg>
  );
};

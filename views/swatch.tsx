/** A level as a short stroke: colour, width and dash, beside the word that says it again. */
import type { CongestionLevel } from "../src/core/congestion.ts";

export const Swatch = ({ level, stale = false }: { level: CongestionLevel; stale?: boolean }) => (
  <svg class="swatch" viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
    <line class={`stroke l-${level}${stale ? " stale" : ""}`} x1="2" y1="5" x2="16" y2="5" />
  </svg>
);

/** The hatch that means "missing", for all pictures of a page: `fill: url(#hatch)`. */
export const Hatch = () => (
  <svg width="0" height="0" aria-hidden="true" class="hidden">
    <defs>
      <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch-line" x1="0" y1="0" x2="0" y2="5" />
      </pattern>
    </defs>
  </svg>
);

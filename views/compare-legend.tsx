/** The legend of a difference: blue is faster, orange slower, grey about the same; width, dash and words say it again. */
const CLASSES = [
  ["slower-2", "Much slower"],
  ["slower-1", "Slower"],
  ["same", "About the same"],
  ["faster-1", "Faster"],
  ["faster-2", "Much faster"],
  ["none", "Nothing to compare"],
] as const;

export const CompareLegend = () => (
  <div
    class="legend compare-legend"
    id="compare-legend"
    aria-label="Difference on the map"
    role="group"
    hidden
  >
    {CLASSES.map(([name, words]) => (
      <p>
        <svg class="swatch" viewBox="0 0 18 10" width="18" height="10" aria-hidden="true">
          <line class={`stroke d-${name}`} x1="2" y1="5" x2="16" y2="5" />
        </svg>
        <span>{words}</span>
        <b id={`diff-${name}`}></b>
      </p>
    ))}
    <div class="legend-foot">
      <span>
        speed in % of free flow, against the time compared with: much from 30 points on, about the same under
        10
      </span>
    </div>
  </div>
);

/** The slider under the map: any moment of a day, with how much was congested behind it. Its place is kept until a script fills it in. */
import { localTime } from "../src/core/time.ts";
import { icons } from "./icons.tsx";

const two = (n: number): string => String(n).padStart(2, "0");

/** Times as fast as the day went. */
const SPEEDS = [1, 60, 600, 3600] as const;

export function TimeSlider({ now_ms, zone }: { now_ms: number; zone: string }) {
  const { year, month, day } = localTime(now_ms, zone);
  return (
    <section class="timebar" id="time" aria-label="Time of the map" data-zone={zone}>
      <div class="time-row">
        <button type="button" class="live-pill" id="time-live" aria-pressed="true">
          Live
        </button>
        <button type="button" id="time-play" aria-pressed="false" aria-label="Play the day">
          {icons.play()}
        </button>
        <select id="time-speed" aria-label="Speed of playing">
          {SPEEDS.map((speed) => (
            <option value={String(speed)} selected={speed === 600}>
              {speed}×
            </option>
          ))}
        </select>
        <span class="time-steps">
          <button type="button" id="time-back" aria-label="5 minutes back" title="5 minutes back">
            ‹
          </button>
          <output id="time-shown" for="time-slider">
            now
          </output>
          <button type="button" id="time-on" aria-label="5 minutes on" title="5 minutes on">
            ›
          </button>
        </span>
        <label class="time-date">
          <span>Day</span>{" "}
          <input
            type="date"
            id="time-date"
            aria-label="Day"
            min="2000-01-01"
            max={`${year}-${two(month)}-${two(day)}`}
          />
        </label>
        <span class="time-words" id="time-words"></span>
      </div>
      <div
        class="time-track"
        id="time-slider"
        role="slider"
        tabindex={0}
        aria-label="Time shown on the map"
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={0}
        aria-valuenow={0}
        aria-valuetext="live"
        aria-keyshortcuts="t"
      >
        <svg id="time-chart" preserveAspectRatio="none" aria-hidden="true"></svg>
        <span class="time-handle" id="time-handle" aria-hidden="true"></span>
        <span class="time-axis" id="time-axis" aria-hidden="true"></span>
      </div>
    </section>
  );
}

/** Over the map while it shows what is not now. */
export const NotLive = () => (
  <div class="not-live" id="not-live" hidden>
    <b id="not-live-words"></b>
  </div>
);

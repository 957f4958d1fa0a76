/**
 * The slider: a day's share of congested roads with the usual line over it, and the moment that is shown. By pointer, by keys
 * (arrows a step, Page an hour, Home and End), by buttons. Knows nothing of the map.
 */
import { serverNow } from "./clock.js";
import { shareOf } from "./time-slider-day.js";

/** Least height of the scale: a calm day must not look like a jam. */
const SHARE_MIN = 0.05;
const SVG = "http://www.w3.org/2000/svg";
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @typedef {object} SliderOptions
 * @property {(step: number) => void} onStep somebody moved it there
 * @property {() => void} onWant somebody is about to
 * @property {() => void} onDone the pointer was let go, or a key came up
 */

/** @param {SliderOptions} options */
export function startSlider({ onStep, onWant, onDone }) {
  const track = $("time-slider");
  const chart = $("time-chart");
  const handle = $("time-handle");
  let steps = 0;
  let at = 0;

  const stepAt = (/** @type {number} */ x) => {
    const box = track.getBoundingClientRect();
    return Math.max(0, Math.min(steps - 1, Math.floor(((x - box.left) / box.width) * steps)));
  };
  /** The map shows something else than a moment of the day. */
  const isOff = () => track.getAttribute("aria-disabled") === "true";
  let held = false;
  track.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || steps === 0 || isOff()) return;
    held = true;
    track.setPointerCapture(event.pointerId);
    onStep(stepAt(event.clientX));
  });
  track.addEventListener("pointermove", (event) => {
    if (held) onStep(stepAt(event.clientX));
  });
  for (const name of ["pointerup", "pointercancel"])
    track.addEventListener(name, () => {
      if (held) onDone();
      held = false;
    });
  track.addEventListener("pointerenter", onWant);
  track.addEventListener("focus", onWant);
  track.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || steps === 0 || isOff()) return;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -12, PageUp: 12 }[
      event.key
    ];
    const to = event.key === "Home" ? 0 : event.key === "End" ? steps - 1 : by === undefined ? null : at + by;
    if (to === null) return;
    event.preventDefault();
    // The next key counts from here, whether this moment is drawn by then or not.
    at = Math.max(0, Math.min(steps - 1, to));
    onStep(at);
  });
  track.addEventListener("keyup", (event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) onDone();
  });

  const path = (/** @type {string} */ name, /** @type {string} */ d) => {
    const made = document.createElementNS(SVG, "path");
    made.setAttribute("class", name);
    made.setAttribute("d", d);
    made.setAttribute("vector-effect", "non-scaling-stroke");
    return made;
  };

  return {
    /**
     * @param {import("./time-slider-day.js").Day} day @param {import("./time-slider-day.js").Day | null} usual
     * @param {(ms: number) => string} clock `12:30` @returns {number} the scale's top as a share
     */
    draw(day, usual, clock) {
      steps = day.steps.length;
      const shares = day.steps.map((_, i) => shareOf(day, i));
      const usuals = usual === null ? [] : day.steps.map((_, i) => shareOf(usual, i));
      const top = Math.max(SHARE_MIN, ...shares.map((s) => s ?? 0), ...usuals.map((s) => s ?? 0));
      const y = (/** @type {number} */ share) => (100 - (share / top) * 100).toFixed(1);
      let [bars, gaps, line] = ["", "", ""];
      shares.forEach((share, i) => {
        if (share !== null) bars += `M${i} 100V${y(share)}H${i + 1}V100Z`;
        else if (day.steps[i] <= serverNow()) gaps += `M${i} 98H${i + 1}`;
      });
      let open = false;
      usuals.forEach((share, i) => {
        if (share !== null && share !== undefined) line += `${open ? "L" : "M"}${i + 0.5} ${y(share)}`;
        open = share !== null && share !== undefined;
      });
      chart.setAttribute("viewBox", `0 0 ${steps} 100`);
      chart.replaceChildren(path("bars", bars), path("gaps", gaps), path("usual", line));
      track.setAttribute("aria-valuemax", String(steps - 1));
      // Labels on whole hours of the city: every third, fewer where there is no room.
      const every = track.clientWidth < 480 ? 6 : 3;
      // One at the end would hang out of the page.
      const last = steps * (1 - 18 / Math.max(36, track.clientWidth));
      $("time-axis").replaceChildren(
        ...day.steps.flatMap((ms, i) => {
          const text = clock(ms);
          if (i > last || !text.endsWith(":00") || Number(text.slice(0, 2)) % every !== 0) return [];
          const label = document.createElement("i");
          label.textContent = text;
          label.style.left = `${((i / steps) * 100).toFixed(2)}%`;
          return [label];
        }),
      );
      return top;
    },
    /** @param {number} step @param {string} words of that moment @param {boolean} live */
    put(step, words, live) {
      at = step;
      handle.style.left = `${steps === 0 ? 100 : (((live ? steps : step + 0.5) / steps) * 100).toFixed(3)}%`;
      track.setAttribute("aria-valuenow", String(step));
      track.setAttribute("aria-valuetext", words);
    },
    focus: () => track.focus(),
  };
}

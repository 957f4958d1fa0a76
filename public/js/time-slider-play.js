/** Lets a day pass, so many times as fast as it went. */

/** Who wants less motion sees at most so many steps a second. */
const CALM_STEPS_PER_S = 1;
/** A frame that came late does not leap: a tab that was out of sight goes on where it was. */
const FRAME_MS_MAX = 250;

/** @param {{ onTime: (ms: number) => boolean, onStop: () => void }} handlers `onTime` says whether there is more */
export function createPlayer({ onTime, onStop }) {
  let frame = 0;
  let last = 0;
  let at_ms = 0;
  let speed = 600;
  let step_ms = 300_000;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const stop = () => {
    if (frame === 0) return;
    cancelAnimationFrame(frame);
    frame = 0;
    onStop();
  };
  const tick = (/** @type {number} */ now) => {
    const passed_ms = Math.min(FRAME_MS_MAX, now - last);
    last = now;
    const most = calm.matches ? (CALM_STEPS_PER_S * step_ms) / 1000 : Infinity;
    at_ms += passed_ms * Math.min(speed, most);
    if (!onTime(at_ms)) return stop();
    frame = requestAnimationFrame(tick);
  };
  return {
    get playing() {
      return frame !== 0;
    },
    stop,
    /** @param {number} from_ms @param {number} step */
    play(from_ms, step) {
      at_ms = from_ms;
      step_ms = step;
      last = performance.now();
      if (frame === 0) frame = requestAnimationFrame(tick);
    },
    setSpeed(/** @type {number} */ times) {
      speed = times;
    },
  };
}

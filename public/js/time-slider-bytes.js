/** Bytes of days, each asked for once: of the slider's range, of what it is compared with, and of now's other time. */
import { columnsOf, loadDay } from "./time-slider-day.js";

/** Two ranges with all that they are compared with: enough to go back and forth. */
const KEPT_MAX = 8;

/** @typedef {import("./time-slider-day.js").Day} Day */
/** @typedef {{ day: Day, columns: Int32Array }} Bytes */

/** @param {import("./time-slider-roads.js").ShownRoads} shown */
export function keepBytes(shown) {
  /** @type {Map<string, Promise<Bytes>>} */
  const kept = new Map();
  return {
    /**
     * @param {{ from_ms: number, to_ms: number }} range @param {import("./compare-roads.js").Comparison | null} of
     * @returns {Promise<Bytes>}
     */
    of({ from_ms, to_ms }, of) {
      const key = `${from_ms} ${to_ms} ${of ?? ""}`;
      let found = kept.get(key);
      if (found === undefined) {
        found = loadDay({ from_ms, to_ms, of: of ?? undefined }).then((day) => ({
          day,
          columns: columnsOf(day, shown.places, shown.places.size),
        }));
        found.catch(() => kept.delete(key));
        if (kept.size >= KEPT_MAX) kept.clear();
        kept.set(key, found);
      }
      return found;
    },
  };
}

/** One step of them, as the roads are shown by. @param {Bytes} bytes @param {number} step */
export const stepData = ({ day, columns }, step) => ({
  bytes: /** @type {Uint8Array} */ (day.bytes),
  columns,
  row: step * day.roads.length,
  as_of_ms: day.steps[step],
});

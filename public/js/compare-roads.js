/** How a road differs from what it is compared with: in classes for the map, in km/h for the list. */

/** Byte of a road that has no data. */
export const NO_DATA = 255;

/** From much slower to much faster; the last has nothing to compare. In the order of the map's feature-state `d`. */
export const DIFFS = ["slower-2", "slower-1", "same", "faster-1", "faster-2", "none"];
export const NONE = 5;

/** Points of percent of free-flow speed. */
const MUCH = 30;
const SOME = 10;

/** @param {number} now byte: percent of free flow, or 255 @param {number} then */
export function diffOf(now, then) {
  if (now === NO_DATA || then === NO_DATA) return NONE;
  const change = now - then;
  if (change <= -MUCH) return 0;
  if (change <= -SOME) return 1;
  if (change < SOME) return 2;
  return change < MUCH ? 3 : 4;
}

/** `−14`, `+3`, `±0`, in km/h; `–` where there is nothing to compare. @param {number} now @param {number} then @param {number} free km/h */
export function signed(now, then, free) {
  if (now === NO_DATA || then === NO_DATA || !(free > 0)) return "–";
  const kmh = Math.round(((now - then) * free) / 100);
  return kmh === 0 ? "±0" : `${kmh < 0 ? "−" : "+"}${Math.abs(kmh)}`;
}

/** The words of the server's core/compare.ts within a sentence. */
const THAN = { yesterday: "than yesterday", last_week: "than a week before", typical: "than is typical" };
const AS = { yesterday: "as yesterday", last_week: "as a week before", typical: "as is typical" };
/** Column heads. */
export const HEADS = { yesterday: "vs yesterday", last_week: "vs last week", typical: "vs typical" };

/** @typedef {keyof typeof THAN} Comparison */

/** @returns {Comparison | null} */
export const readComparison = (/** @type {string | null} */ text) =>
  text !== null && Object.hasOwn(THAN, text) ? /** @type {Comparison} */ (text) : null;

/**
 * "8 more than yesterday at 10:20"
 * @param {Comparison} of @param {number} more @param {string} at
 */
export const compareWords = (of, more, at) =>
  more === 0
    ? `as many ${AS[of]} at ${at}`
    : `${Math.abs(more).toLocaleString("en-US")} ${more > 0 ? "more" : "fewer"} ${THAN[of]} at ${at}`;

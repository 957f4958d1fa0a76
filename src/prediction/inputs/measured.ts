/**
 * Which values of a road's series were measured. Gaps that somebody filled by straight lines know their future: nothing may be learnt
 * from them. They show by their second differences, which are zero.
 */

/** Speeds above it by this factor are no speeds of that road. */
const ABSURD = 1.25;

/** A second difference below it is none; speeds are of the order of 50, as float32. */
const STRAIGHT = 1e-5;

/** A line that slopes is no chance with so many points between its ends; one that is level needs more. */
const SLOPED_MIN = 2;
const LEVEL_MIN = 4;

/** A road that repeats its last value more often than this does so by nature: a limit that all keep, or readings in whole numbers. */
const REPEATS = 0.05;

/** Detectors give means of up to so many readings: a value between two others that is no such mean was put there. */
const READINGS = 9;

/** @returns NaN for what is no speed: below 0, infinite, or far above the limit. */
export const speedOr = (value: number, speed_max: number): number =>
  value >= 0 && value <= speed_max * ABSURD ? value : Number.NaN;

function isMeanOfReadings(value: number): boolean {
  for (let n = 1; n <= READINGS; n++) if (Math.abs(value * n - Math.round(value * n)) < 1e-3) return true;
  return false;
}

/** A series with its ways: whether it comes in whole numbers, and whether it repeats itself by nature. */
function habits(at: (step: number) => number, steps: number): { whole: boolean; repeats: boolean } {
  let [known, whole, repeated] = [0, 0, 0];
  for (let k = 1; k < steps; k++) {
    const value = at(k);
    if (Number.isNaN(value)) continue;
    known++;
    if (Math.abs(value - Math.round(value)) < STRAIGHT) whole++;
    if (value === at(k - 1)) repeated++;
  }
  return { whole: whole > 0.5 * known, repeats: repeated > REPEATS * known };
}

/**
 * Blanks the filled gaps of a series: sets them to NaN.
 *
 * @param at Value of a step, NaN where there is none. @param blank Called for each step that was filled.
 */
export function blankFilled(
  at: (step: number) => number,
  steps: number,
  blank: (step: number) => void,
): void {
  const { whole, repeats } = habits(at, steps);
  if (whole) return;
  const filled: number[] = [];
  let run = 0;
  for (let k = 1; k <= steps; k++) {
    const bend = k + 1 < steps ? at(k - 1) - 2 * at(k) + at(k + 1) : Number.NaN;
    if (Math.abs(bend) < STRAIGHT) {
      run++;
      continue;
    }
    if (run > 0) {
      const level = at(k - 1) === at(k - 2);
      const enough = level ? !repeats && run >= LEVEL_MIN : run >= SLOPED_MIN;
      const midpoint = run === 1 && !level && !isMeanOfReadings(at(k - 1));
      if (enough || midpoint) for (let i = k - run; i < k; i++) filled.push(i);
    }
    run = 0;
  }
  for (const step of filled) blank(step);
}

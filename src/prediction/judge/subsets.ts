/** Which pairs of a prediction and what came are looked at by themselves. */

/**
 * `congested`: slow when it came; it selects by the outcome, so whoever is right on average is too high there. `now`: slow when it was
 * predicted. `either`: one of the two; it favours no direction. `transition`: far from now when it came. `free`: neither.
 */
export const subsets = ["all", "either", "congested", "now", "transition", "free"] as const;
export type Subset = (typeof subsets)[number];

/** A change that is one, as a share of `congested_below`: 10 mph where slow is below 40. */
const TRANSITION_SHARE = 0.25;

/** @param now NaN where it was not known. */
export function subsetsOf(now: number, came: number, congested_below: number): readonly Subset[] {
  const was_slow = now < congested_below;
  const is_slow = came < congested_below;
  const found: Subset[] = ["all", was_slow || is_slow ? "either" : "free"];
  if (is_slow) found.push("congested");
  if (was_slow) found.push("now");
  if (Math.abs(came - now) > TRANSITION_SHARE * congested_below) found.push("transition");
  return found;
}

/** Predictions in words. */
import { clockTime, fixed } from "../format.ts";
import { isKnown, type Ahead, type AheadStep } from "./ahead.ts";
import type { Record24 } from "./judged.ts";

/** `24–38`; a dash where the model says none. */
export const rangeText = (low: number | null, high: number | null): string =>
  low === null || high === null ? "–" : `${fixed(low, 0)}–${fixed(high, 0)}`;

/** Whole percent of a share; what is nearly nothing or nearly all is not called so. */
export const percentText = (share: number | null): string =>
  share === null ? "–" : share < 0.005 ? "< 1 %" : share >= 0.995 ? "> 99 %" : `${Math.round(100 * share)} %`;

const sure = (confidence: number): string =>
  confidence >= 0.9
    ? "very sure"
    : confidence >= 0.75
      ? "fairly sure"
      : confidence >= 0.5
        ? "not very sure"
        : "unsure";

const likely = (jam: number): string =>
  jam < 0.05
    ? "a jam is very unlikely"
    : jam < 0.2
      ? "a jam is unlikely"
      : jam < 0.4
        ? "a jam is possible"
        : jam < 0.6
          ? "a jam is about as likely as not"
          : jam < 0.8
            ? "a jam is likely"
            : "a jam is very likely";

/** The next 30 minutes in two sentences. */
export function aheadSentence({ steps, confidence }: Ahead): string {
  const first = steps[0];
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return "";
  const how =
    confidence === null
      ? ""
      : `, ${sure(confidence)}: within 15 % of that in ${confidence >= 0.995 ? "more than 99" : Math.round(100 * confidence)} of 100 such cases`;
  return `In ${first.minutes} minutes about ${fixed(first.speed, 0)} km/h${how}. ${laterText(last)}`;
}

function laterText({ minutes, speed, low_90, high_90, jam }: AheadStep): string {
  const what =
    low_90 === null || high_90 === null
      ? `about ${fixed(speed, 0)} km/h`
      : `${fixed(low_90, 0)} to ${fixed(high_90, 0)} km/h in nine of ten cases`;
  return `In ${minutes} minutes ${what}${jam === null ? "" : `; ${likely(jam)} (${percentText(jam)})`}.`;
}

/** Fewer comparisons, an hour of them, tell nothing. */
const JUDGED_MIN = 12;

/** How good predictions were here. */
export function recordSentence(record: readonly Record24[]): string {
  const [first] = record;
  if (first === undefined || first.off === null)
    return "No prediction of this road could be compared with what came yet: the first can be after about 15 minutes.";
  const of = first.n === 1 ? "by the one" : `over the ${first.n}`;
  if (first.n < JUDGED_MIN)
    return `What was said ${first.minutes} minutes before was ${fixed(first.off, 1)} km/h off here, ${of} compared so far: too few to judge by.`;
  const beside =
    first.stayed_off === null
      ? ""
      : first.off < first.stayed_off
        ? `, better than "it stays as it is" (${fixed(first.stayed_off, 1)})`
        : `, no better than "it stays as it is" (${fixed(first.stayed_off, 1)})`;
  return `Over the last 24 h what was said ${first.minutes} minutes before was ${fixed(first.off, 1)} km/h off on average here${beside}.`;
}

/**
 * Why there is no prediction of a road.
 *
 * @param ahead The newest that was made, however old.
 * @param others Roads that are predicted now.
 * @param reported Whether the road has reported of late.
 */
export function whyNone(
  ahead: Ahead | null,
  others: number,
  reported: boolean,
  now_ms: number,
  zone: string,
): string | null {
  if (ahead !== null && isKnown(ahead, now_ms)) return null;
  const last = ahead === null ? "" : ` The last one was made at ${clockTime(ahead.made_ms, zone)}.`;
  if (others === 0)
    return `No prediction: none of any road is of the last 3 minutes.${ahead === null ? " After a start the first come within about two." : last}`;
  if (!reported)
    return `No prediction: this road has not reported of late, and there is nothing to predict from.${last}`;
  return `No prediction: others have one, this road has none of the last 3 minutes.${last}`;
}

/** What questions about episodes, bottlenecks, reliability and scans are asked with. */
import { cleanText } from "../src/core/field.ts";
import { limits } from "../src/core/limits.ts";
import { slotFrom } from "../src/core/rollup.ts";
import { days, formatInstant } from "../src/core/time.ts";
import type { RoadsAsked } from "../src/serving/episode-answer.ts";
import { dayStart } from "../src/serving/days.ts";
import { bbox, instantAt, parameter, Rule } from "./parameters.ts";
import { invalidParameter } from "./problem.ts";

/** Days without `from`: today and the six before. */
const DAYS_BACK = 6;

export const roadList = parameter(
  {
    description: `road_ids, parted by commas, at most ${limits.keys_asked_max}; in their order where order matters. Not with bbox.`,
    minLength: 1,
  },
  (text): readonly string[] => {
    const ids = text.split(",").map((part) => part.trim().normalize("NFC"));
    if (ids.length > limits.keys_asked_max)
      throw new Rule(`must not name more than ${limits.keys_asked_max} roads`);
    const whole = (id: string): boolean => id.length > 0 && id.length <= limits.id_chars_max && cleanText(id);
    if (!ids.every(whole)) throw new Rule("must be road_ids, parted by commas");
    return ids;
  },
).optional();

export const rangeParameters = {
  from: instantAt("First instant; the start of the day six days ago without it."),
  to: instantAt("First instant after the range; now without it."),
};

export const roadsParameters = { roads: roadList, bbox };

interface AskedRoads {
  roads?: readonly string[] | undefined;
  bbox?: RoadsAsked["bbox"] | undefined;
}

/** @throws {ProblemError} invalid-parameter where both are given. */
export function roadsOf({ roads, bbox: box }: AskedRoads): RoadsAsked {
  if (roads !== undefined && box !== undefined)
    throw invalidParameter("bbox", box.join(","), "must be left out where roads is given");
  return { ...(roads === undefined ? {} : { roads }), ...(box === undefined ? {} : { bbox: box }) };
}

export interface AskedRange {
  from?: number | undefined;
  to?: number | undefined;
}

/** @throws {ProblemError} invalid-parameter for a range that is turned round or too long. */
export function rangeOf(
  { from, to }: AskedRange,
  { zone, now_ms, days_max = limits.range_days_max }: { zone: string; now_ms: number; days_max?: number },
): { from_ms: number; to_ms: number } {
  const to_ms = to ?? (from === undefined ? now_ms : Math.max(now_ms, from + 1));
  const from_ms = from ?? dayStart(to_ms - 1, zone, DAYS_BACK);
  if (from_ms >= to_ms)
    throw invalidParameter(
      "from",
      formatInstant(from_ms),
      `must be before to, which is ${formatInstant(to_ms)}`,
    );
  if (to_ms - from_ms > days(days_max))
    throw invalidParameter(
      "from",
      formatInstant(from_ms),
      `must not be more than ${days_max} days before to`,
    );
  return { from_ms, to_ms };
}

/** In whole hours of the city's zone. */
export const wholeHours = (
  { from_ms, to_ms }: { from_ms: number; to_ms: number },
  zone: string,
): { from_ms: number; to_ms: number } => ({
  from_ms: slotFrom(from_ms, "1h", zone),
  to_ms: slotFrom(to_ms, "1h", zone),
});

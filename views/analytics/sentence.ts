/** What is normal, and what got worse: the page's first line. */
import type { TrafficSummary } from "../../src/serving/analytics/answer.ts";
import { fixed } from "../format.ts";
import { comparedWords, hoursText, percent, signed, speedText } from "./words.ts";

/** A change that nobody would notice is none. */
const SAME_KMH = 0.5;

export function summarySentence({ asked, compared, difference }: TrafficSummary): string {
  if (asked.n === 0) return "Nothing was measured in this range.";
  const { mean_speed, congested_share, busiest_hour } = asked;
  const busiest =
    busiest_hour === null || (congested_share ?? 0) === 0
      ? ""
      : `, most from ${hoursText(busiest_hour.hour, busiest_hour.hour + 1)}`;
  const is = `${speedText(mean_speed)} on average, congested ${percent(congested_share)} of the time${busiest}.`;
  if (compared === null || difference === null) return is;
  const than = comparedWords[compared.of];
  if (compared.n === 0 || difference.mean_speed === null)
    return `${is} Nothing was measured to compare with (${than}).`;
  const change = difference.mean_speed;
  const pace =
    Math.abs(change) < SAME_KMH
      ? `About as fast as ${than} (${signed(change, 1)} km/h)`
      : `${fixed(Math.abs(change), 1)} km/h ${change < 0 ? "slower" : "faster"} than ${than}`;
  const points =
    difference.congested_share === null
      ? ""
      : `, ${signed(difference.congested_share * 100, 1)} points congested`;
  return `${is} ${pace}${points}.`;
}

/** `○ 41.2 km/h, 12.3 % congested` */
export const summaryTitle = ({ asked, difference }: TrafficSummary): string =>
  asked.n === 0
    ? "○ Nothing measured"
    : `${(difference?.congested_share ?? 0) > 0 ? "●" : "○"} ${fixed(asked.mean_speed, 1)} km/h, ${percent(asked.congested_share)} congested`;

/** How whole and how plausible the data of each key was: of today each hour, of the day before once more at night. */
import { judgeDays } from "../src/batch/judge-days.ts";
import { dayStartBefore, nextDayStart } from "../src/core/local-day.ts";
import { limits } from "../src/core/limits.ts";
import { hours, localTime, startOfDay } from "../src/core/time.ts";
import type { JobDeps } from "./deps.ts";
import type { Job } from "./job.ts";

const WORDS_MAX = 3_000;

export const dataQuality = ({ quality, history, city, streams, quality_rules }: JobDeps): Job => ({
  name: "data-quality",
  label: "Data quality",
  doc: "Judges each key's data: whole, stuck, jumping, late; keys that are too bad are left out of analytics for the day. Today each hour, the day before at 01:30.",
  schedule: "30 * * * *",
  longest_ms: hours(1),
  span: "day",
  async run({ from_ms, to_ms, scheduled_for_ms, clock, signal, progress }) {
    const { zone } = city;
    const days: number[] = [];
    if (from_ms !== null && to_ms !== null) {
      const last_ms = Math.min(to_ms, clock.now());
      for (let at_ms = startOfDay(from_ms, zone); at_ms < last_ms; at_ms = nextDayStart(at_ms, zone))
        days.push(at_ms);
      if (days.length > limits.quality_days_max)
        throw new Error(
          `at most ${limits.quality_days_max} days are judged at once; the span has ${days.length}`,
        );
      if (days.length === 0) throw new Error("the span lies in the future: there is nothing to judge");
    } else {
      const today_ms = startOfDay(scheduled_for_ms, zone);
      if (localTime(scheduled_for_ms, zone).hour === 1) days.push(dayStartBefore(today_ms, zone));
      days.push(today_ms);
    }
    const did = await judgeDays(days, {
      quality,
      history,
      streams,
      zone,
      rules: quality_rules,
      clock,
      signal,
      progress,
    });
    return {
      rows: did.rows,
      excluded: did.excluded,
      included: did.included,
      words: (did.words.length === 0 ? "no events to judge" : did.words.join("; ")).slice(0, WORDS_MAX),
    };
  },
});

/** Parts of a question: the range itself, those it is compared with, and the days they have. */
import { formatInstant } from "../../core/time.ts";
import type { Without } from "../left-out.ts";
import type { AnalyticsQuery, Period } from "./answer.ts";
import type { Asked } from "./reads.ts";

/** A question with what its answer leaves out; `roads` holds none of that any more. */
export type Question<Q extends AnalyticsQuery = AnalyticsQuery> = Q & { without: Without };

/** Only what decides which rows are read, so that answers of several kinds share them. */
export const askedOf = ({ from_ms, to_ms, roads, weekdays, without_holidays, without }: Question): Asked => ({
  from_ms,
  to_ms,
  roads,
  weekdays,
  without_holidays,
  without,
});

/** The same question of each compared range; none without a comparison. */
export const comparedWith = (query: Question): readonly Asked[] =>
  query.compared?.ranges.map((range) => ({ ...askedOf(query), ...range })) ?? [];

export const periodOf = ({ from_ms, to_ms }: { from_ms: number; to_ms: number }): Period => ({
  from: formatInstant(from_ms),
  to: formatInstant(to_ms),
});

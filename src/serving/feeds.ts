/** How the feeds do, as their pollers noted it, wherever these run. */
import { FEED_NOTE, feedRecordSchema, feedStatus, type FeedStatus } from "../core/feed-status.ts";
import { days, type Clock } from "../core/time.ts";
import type { Duties } from "../history/duties.ts";

/** A feed that nobody has polled for so long was taken out. */
const FORGOTTEN_MS = days(1);

/**
 * By name. What another release noted in another shape is left out.
 *
 * @throws {HistoryUnavailableError}
 */
export async function feedsNow(
  duties: Pick<Duties, "allBegun">,
  clock: Pick<Clock, "now">,
): Promise<readonly FeedStatus[]> {
  const now_ms = clock.now();
  return (await duties.allBegun(FEED_NOTE)).flatMap(({ value }) => {
    const read = feedRecordSchema.safeParse(value);
    return read.success && now_ms - read.data.noted_ms < FORGOTTEN_MS ? [feedStatus(read.data, now_ms)] : [];
  });
}

/** How the feeds do, as their pollers noted it, wherever these run. */
import {
  FEED_BELIEVE_NOTE,
  FEED_NOTE,
  feedRecordSchema,
  feedStatus,
  type FeedStatus,
} from "../core/feed-status.ts";
import { days, type Clock } from "../core/time.ts";
import type { Duties } from "../history/duties.ts";

/** A feed that nobody has polled for so long, and for two of its intervals, was taken out. */
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
    if (!read.success) return [];
    const { noted_ms, interval_ms } = read.data;
    const forgotten = now_ms - noted_ms >= Math.max(FORGOTTEN_MS, 2 * interval_ms);
    return forgotten ? [] : [feedStatus(read.data, now_ms)];
  });
}

/** What an operator may say of a feed. */
export interface FeedDesk {
  /**
   * The feed is right: its next poll forgets what it was measured by. What was held back stays among the dead letters.
   *
   * @returns Null for a feed that is not there, false for one that is not suspect.
   * @throws {HistoryUnavailableError}
   */
  believe: (feed: string) => Promise<boolean | null>;
}

export const feedDesk = (duties: Pick<Duties, "allBegun" | "note">, clock: Pick<Clock, "now">): FeedDesk => ({
  async believe(name) {
    const found = (await feedsNow(duties, clock)).find(({ feed }) => feed === name);
    if (found === undefined) return null;
    if (found.suspect === null) return false;
    await duties.note(`${FEED_BELIEVE_NOTE}${name}`, { at_ms: clock.now() });
    return true;
  },
});

/** What of a feed's pace must outlive the process that keeps it. */
import type { FeedRecord } from "../../core/feed-status.ts";
import { seconds } from "../../core/time.ts";
import { spentToday } from "./quota.ts";
import { RETRY_AFTER_MS_MAX } from "./retry.ts";

/** The first poll comes within this, so that replicas and feeds do not all begin at once. */
const START_MS_MAX = seconds(5);

/**
 * How long until the first poll, ms. Where calls are scarce, or the upstream wanted rest, not before the next poll was
 * due, as far as that can be true: a clock may have been put back.
 *
 * @param random 0 to 1.
 */
export function firstWait(record: Readonly<FeedRecord>, now_ms: number, random: number): number {
  const { quota, next_poll_ms, interval_ms, failed_polls, last_error } = record;
  const soon_ms = random * START_MS_MAX;
  const resting = failed_polls > 0 && last_error?.kind === "rate";
  if (quota.max === null && !resting) return soon_ms;
  const due_ms = (next_poll_ms ?? 0) - now_ms;
  return Math.max(soon_ms, Math.min(due_ms, Math.max(interval_ms, RETRY_AFTER_MS_MAX)));
}

/** What is noted before a poll: its calls as made, and the poll after it. Who dies in the middle has made them. */
export function begun(record: Readonly<FeedRecord>, calls: number, now_ms: number): FeedRecord {
  const spent = spentToday(record.quota, now_ms);
  return {
    ...record,
    next_poll_ms: Math.round(now_ms + record.interval_ms),
    quota: { ...spent, calls: spent.calls + calls },
  };
}

/** How a feed does: what its poller notes, and what is told of it at any later moment, by any process. */
import { z } from "zod";
import { hours, minutes } from "./time.ts";

/**
 * Why a call, or what came of it, failed. `timeout`, `network`, `half` (the body ended early), `status` (4xx or 5xx),
 * `rate` (429), `key` (401, 403), `redirect`, `type` (another media type), `size`, `decode`, `schema`, `mapping`,
 * `upstream` (an answer that says that it failed), `log` (our own is away), `fault` (ours).
 */
export const feedErrorKinds = [
  "timeout",
  "network",
  "half",
  "status",
  "rate",
  "key",
  "redirect",
  "type",
  "size",
  "decode",
  "schema",
  "mapping",
  "upstream",
  "log",
  "fault",
] as const;
export type FeedErrorKind = (typeof feedErrorKinds)[number];

/** Names of the notes in the database begin with this; those of what a poller keeps to judge by, with the other. */
export const FEED_NOTE = "feed:";
export const FEED_KEPT_NOTE = "feed-kept:";
/** Of an operator's word that a suspect feed is right. */
export const FEED_BELIEVE_NOTE = "feed-believe:";
export const feedBeliefSchema = z.object({ at_ms: z.number().int() });

const at_ms = z.number().int();
const tally = z.number().int().nonnegative();

/** What a poller notes in the database after each poll. No secret is in it. */
export const feedRecordSchema = z.object({
  feed: z.string(),
  label: z.string(),
  attribution: z.array(z.string()),
  streams: z.array(z.string()),
  /** How often it is polled while the quota allows it. */
  every_ms: z.number(),
  /** How often it is polled now: longer than `every_ms` where the day's calls would not last. */
  interval_ms: z.number(),
  /** How often a healthy key of its streams reports, the slowest of them. */
  expected_ms: z.number(),
  noted_ms: at_ms,
  last_call_ms: at_ms.nullable(),
  last_success_ms: at_ms.nullable(),
  /** Greatest event time that it brought. */
  newest_event_ms: at_ms.nullable(),
  next_poll_ms: at_ms.nullable(),
  /** Calls by their end: slot of `SLOT_MS` since the epoch, went well, failed. The last day's. */
  slots: z.array(z.tuple([z.number().int(), tally, tally])),
  /** Calls of a UTC day. */
  quota: z.object({ day: z.string(), calls: tally, max: tally.nullable() }),
  last_error: z
    .object({ kind: z.enum(feedErrorKinds), words: z.string(), request: z.string().nullable(), at_ms })
    .nullable(),
  /** Polls in a row of which no call went well. */
  failed_polls: tally,
  circuit: z.enum(["closed", "half-open", "open"]),
  suspect: z
    .object({
      since_ms: at_ms,
      words: z.string(),
      /** Values held back since then. */
      held: tally,
    })
    .nullable(),
  /** Since the feed was first polled. */
  totals: z.object({
    ok: tally,
    failed: tally,
    unchanged: tally,
    accepted: tally,
    rejected: tally,
    held: tally,
    errors: z.partialRecord(z.enum(feedErrorKinds), tally),
  }),
});
export type FeedRecord = z.output<typeof feedRecordSchema>;

export const SLOT_MS = minutes(5);
const SLOTS = hours(24) / SLOT_MS;

/** The slots with one call more, those older than a day left out. */
export function countCall(slots: FeedRecord["slots"], now_ms: number, ok: boolean): FeedRecord["slots"] {
  const slot = Math.floor(now_ms / SLOT_MS);
  const kept = slots.filter(([at]) => at > slot - SLOTS && at <= slot);
  const newest = kept.at(-1);
  const [good, bad] = newest?.[0] === slot ? [newest[1], newest[2]] : [0, 0];
  return [...kept.filter(([at]) => at !== slot), [slot, good + Number(ok), bad + Number(!ok)]];
}

/** Share of calls that went well within the last `span_ms`, as whole slots; null where there was none. */
export function successRate(slots: FeedRecord["slots"], now_ms: number, span_ms: number): number | null {
  const first = Math.floor(now_ms / SLOT_MS) - span_ms / SLOT_MS;
  let good = 0;
  let all = 0;
  for (const [slot, ok, failed] of slots) {
    if (slot <= first) continue;
    good += ok;
    all += ok + failed;
  }
  return all === 0 ? null : good / all;
}

/**
 * `waiting`: not called yet. `ok`. `late`: it answers, but its newest event is older than three of its intervals, and
 * than three times as long as a key of its streams takes to report.
 * `failing`: no call of its last poll went well. `suspect`: its values are held back. `spent`: the day's calls are.
 * `unattended`: nobody polls it, though its time is long over.
 */
export const feedStates = ["waiting", "ok", "late", "failing", "suspect", "spent", "unattended"] as const;
export type FeedState = (typeof feedStates)[number];

/** What is told of a feed now. */
export interface FeedStatus extends Omit<FeedRecord, "slots"> {
  state: FeedState;
  /** Now minus `newest_event_ms`. */
  age_ms: number | null;
  success_rate_hour: number | null;
  success_rate_day: number | null;
}

const GRACE_MS = minutes(1);

export function feedStatus({ slots, ...record }: FeedRecord, now_ms: number): FeedStatus {
  const age_ms = record.newest_event_ms === null ? null : Math.max(0, now_ms - record.newest_event_ms);
  const today = new Date(now_ms).toISOString().slice(0, 10);
  const quota = record.quota.day === today ? record.quota : { ...record.quota, day: today, calls: 0 };
  const told = {
    ...record,
    quota,
    age_ms,
    success_rate_hour: successRate(slots, now_ms, hours(1)),
    success_rate_day: successRate(slots, now_ms, hours(24)),
  };
  return { ...told, state: stateOf(told, now_ms) };
}

function stateOf(feed: Omit<FeedStatus, "state">, now_ms: number): FeedState {
  const { next_poll_ms, interval_ms, expected_ms, age_ms, quota } = feed;
  if (next_poll_ms !== null && now_ms > next_poll_ms + interval_ms + GRACE_MS) return "unattended";
  if (feed.suspect !== null) return "suspect";
  if (feed.failed_polls > 0) return "failing";
  if (quota.max !== null && quota.calls >= quota.max) return "spent";
  if (feed.last_call_ms === null) return "waiting";
  return age_ms !== null && age_ms > 3 * Math.max(interval_ms, expected_ms) + GRACE_MS ? "late" : "ok";
}

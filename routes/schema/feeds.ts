/** How a feed does. */
import { z } from "@hono/zod-openapi";
import { feedErrorKinds, feedStates } from "../../src/core/feed-status.ts";
import { instant, LARGEST, number, tally, whole, words_of, yesNo } from "./numbers.ts";

const ms = (doc: string) => whole(0, LARGEST, "ms", doc);
const rate = (doc: string) => number(0, 1, "1", doc).nullable();

export const feedSchema = z
  .object({
    feed: words_of("Name in FEEDS, and the source of its events."),
    label: words_of("Name for people."),
    attribution: z.array(words_of("Whom to name.")),
    streams: z.array(words_of("A stream that it writes.")),
    state: z.enum(feedStates).openapi({
      description:
        "waiting: not called yet. late: it answers, but its newest event is older than three of its intervals and of its streams' periods. failing: no call of its last poll went well. suspect: its values are held back. spent: the day's calls are used up. unattended: nobody polls it.",
    }),
    every_ms: ms("How often it is polled while the quota allows it."),
    interval_ms: ms("How often it is polled now."),
    last_call: instant("When it was called last.").nullable(),
    last_success: instant("When a call went well last.").nullable(),
    next_poll: instant("When the next poll is due.").nullable(),
    newest_event: instant("Greatest event time that it brought.").nullable(),
    age_ms: ms("Now minus newest_event.").nullable(),
    success_rate_hour: rate("Share of the last hour's calls that went well; null where there was none."),
    success_rate_day: rate("The same of the last 24 hours."),
    calls_today: tally("Calls of this UTC day, repeated ones included."),
    calls_per_day_max: tally(
      "Calls that the upstream allows per UTC day; null where it has no limit.",
    ).nullable(),
    circuit: z
      .enum(["closed", "half-open", "open"])
      .openapi({ description: "Open: it failed again and again, and is left in peace for a while." }),
    suspect: z
      .object({
        since: instant("When its values began to be held back."),
        words: words_of("Why."),
        held: tally("Values held back since then: open dead letters, which can be replayed."),
      })
      .nullable(),
    last_error: z
      .object({
        kind: z.enum(feedErrorKinds).openapi({ description: "Which kind of trouble." }),
        words: words_of("What happened. No key is in it."),
        request: words_of("Which request of the poll.").nullable(),
        at: instant("When."),
        over: yesNo("A call went well after it."),
      })
      .nullable(),
    accepted: tally("Values that came in, since the feed was first polled."),
    rejected: tally("Values refused by the feed or at the door."),
    held: tally("Values held back."),
    unchanged: tally("Answers that had not changed: no events."),
  })
  .openapi("Feed");

/** A stream's ledger and state. consumed = stored + duplicate + dead. */
import { z } from "@hono/zod-openapi";
import { instant, LARGEST, number, tally, whole, words_of } from "./numbers.ts";

const ledger = {
  consumed: tally("Events read from the log."),
  stored: tally("Events stored."),
  duplicate: tally("Events that were stored already."),
  dead: tally("Events refused, kept as dead letters."),
  late: tally("Of the stored: later than the stream's lateness allows."),
  unknown_fields: tally("Fields that the stream does not declare, dropped."),
};

const lag_ms = whole(0, LARGEST, "ms", "How long the log's end has been beyond what is consumed.");

const partition = z
  .object({
    partition: whole(0, 255, "1", "Number of the partition."),
    next_offset: tally("Offset after the last event consumed."),
    end_offset: tally("Offset that the next event of the log will get."),
    lag_events: tally("Events in the log that are not consumed yet."),
    lag_ms,
    watermark: instant("Greatest event time stored; null before the first.").nullable(),
    age_ms: whole(0, LARGEST, "ms", "Now minus watermark.").nullable(),
    ...ledger,
  })
  .openapi("PartitionStatus");

const batch = z
  .object({
    views: z.array(
      z.object({
        view: words_of("Name of the batch view."),
        frontier: instant("Windows before it are in the view; null before it was made.").nullable(),
        age_ms: whole(0, LARGEST, "ms", "Now minus frontier.").nullable(),
      }),
    ),
    dirty_windows: tally("Windows before a frontier that changed since, and wait to be redone."),
    refreshed: z
      .object({
        at: instant("End of the last refresh."),
        took_ms: whole(0, LARGEST, "ms", "How long it took."),
        rows: tally("Rows that it made."),
        redone: tally("Changed windows that it redid."),
      })
      .nullable(),
    audit: z
      .object({
        at: instant("End of the last audit."),
        compared: tally("Windows and rows of views that it compared."),
        found: tally("Of these, how many differed."),
        live_found: tally("Rows of the live view that were not history's newest."),
        repaired_total: tally("What all audits have put right."),
        found_at: instant("When one last found something.").nullable(),
        words: words_of("What that was.").nullable(),
      })
      .nullable(),
  })
  .openapi("BatchStatus", {
    description: "Its batch views; left out for a stream that keeps no windows.",
  });

export const streamStatusSchema = z
  .object({
    stream: words_of("Name in addresses and SSE events."),
    label: words_of("Name for people."),
    topic: words_of("Topic of the log."),
    internal: z.boolean().openapi({ description: "Arterial's own, for measuring itself." }),
    state: z
      .enum(["live", "delayed", "silent", "empty"])
      .openapi({ description: "How the stream does, judged by its events' age." }),
    as_of: instant("Newest event time; null when there is none.").nullable(),
    age_ms: whole(0, LARGEST, "ms", "Now minus as_of.").nullable(),
    events_per_s: number(0, LARGEST, "1/s", "Events consumed per second, of late."),
    ...ledger,
    rejected: z
      .array(z.object({ source: words_of("The source."), count: tally("Events refused at the door.") }))
      .openapi({ description: "Refused at the door, by source; not part of consumed." }),
    log: z.enum(["there", "away"]).openapi({
      description: "Does the log answer; while it is away, ends and lags are as they were told last.",
    }),
    lag_events: tally("Events in the log that are not consumed yet."),
    lag_ms,
    watermark: instant("Least watermark over the partitions.").nullable(),
    ledger_difference: whole(
      -LARGEST,
      LARGEST,
      "1",
      "consumed − stored − duplicate − dead: anything but 0 is a fault.",
    ),
    open_dead_letters: tally("Dead letters that nobody has replayed."),
    layer: z.enum(["speed", "batch", "merged"]).openapi({ description: "Which layer answers for now." }),
    live_keys: tally("Keys that are live."),
    expected_keys: tally("Keys that should be live."),
    batch: batch.optional(),
    partitions: z.array(partition),
  })
  .openapi("StreamStatus");

/** Why a road looks as it does. */
import { z } from "@hono/zod-openapi";
import { congestionLevels } from "../../src/core/congestion.ts";
import { limits } from "../../src/core/limits.ts";
import type { Stream } from "../../src/core/stream.ts";
import { answerField } from "./field.ts";
import { instant, number, tally, whole, words_of, yesNo } from "./numbers.ts";
import type { RowSchemas } from "./rows.ts";

const ratio = (doc: string) => number(0, 1, "1", doc).nullable();

const levelSchema = (stream: Stream) =>
  z
    .object({
      congestion_level: z.enum(congestionLevels).openapi({ description: "The level." }),
      current_speed: answerField(stream.fields["current_speed"]!).nullable(),
      free_flow_speed: answerField(stream.fields["free_flow_speed"]!),
      speed_ratio: answerField(stream.fields["speed_ratio"]!),
      road_closed: yesNo("The event says that the road is closed: no ratio decides then."),
      ratio_from: ratio("Least ratio of this level, inclusive; null where no ratio decided."),
      ratio_below: ratio("First ratio above this level; null for free, and where no ratio decided."),
      rule: words_of("The rule with its numbers, from the thresholds that computed the level.")
        .max(400)
        .openapi({ example: "speed_ratio 0.31 = 12.4 / 40.0: at least 0.25 and below 0.5 is heavy" }),
    })
    .openapi("LevelRule", { description: "The rule that made the level." });

const partition = whole(0, limits.partitions_max, "1", "Partition of the topic.").openapi({ example: 2 });
const offset = tally("Offset in the partition.").openapi({ example: 48_211 });

const logSchema = z
  .object({
    topic: words_of("Topic of the log.").max(limits.id_chars_max).openapi({ example: "traffic-raw" }),
    partition,
    offset,
    received_at: instant("When the log took it; null while history has not stored it.").nullable(),
    stored: yesNo("History has it. An event is live a moment before."),
    first: z
      .union([z.object({ partition, offset }), z.null()])
      .openapi({ description: "Place of the same event that came first; null where this is no repeat." }),
  })
  .openapi("LogPlace", { description: "Where the event stands in the log." });

const windowSchema = (window: z.ZodObject) =>
  window
    .extend({
      holds_event: yesNo("It counts this event already."),
      final: yesNo(
        "The watermark has passed its end and the stream's lateness: nothing more is expected of it.",
      ),
      final_from: instant("The watermark from which it is final."),
      watermark: instant(
        "Least watermark over the partitions that have events; null before the first.",
      ).nullable(),
    })
    .openapi("ExplainedWindow", { description: "The window that the event fell into, with its aggregates." });

/** `event` and `window` are the stream's rows. */
export const explanationSchema = (stream: Stream, { raw, window }: RowSchemas) =>
  z
    .object({
      road_id: answerField(stream.fields["road_id"]!),
      road_name: words_of("Name of the road, for people.").max(limits.name_chars_max),
      sentence: words_of("Why the road has its level, for people.").max(400).openapi({
        example:
          "Heavy, because traffic moves at 12.4 km/h where 40 km/h is free flow: 31 % of it, and from 25 % to below 50 % is heavy.",
      }),
      level: orNull(levelSchema(stream), "Null while no event has named the road."),
      event: orNull(raw, "The newest event, whole; null while there is none."),
      log: orNull(logSchema, "Null while there is no event."),
      window: orNull(windowSchema(window ?? raw), "Null while history keeps none of the event."),
      layer: z
        .enum(["speed", "batch"])
        .nullable()
        .openapi({ description: "Layer that the event was read from; null while there is none." }),
      why_layer: words_of("Why that layer.").max(400).openapi({
        example: "The live view answers, and holds the road",
      }),
      breaker: z.enum(["closed", "open", "half-open", "none"]).openapi({
        description:
          "Circuit breaker around the live view: closed lets reads through, open sends them to history; none where there is none.",
      }),
      raw_url: words_of("Address of the event as history keeps it; null while there is none.")
        .max(2_000)
        .nullable()
        .openapi({
          example:
            "/api/data/traffic?key=road-1&from=2026-11-21T10%3A20%3A00Z&to=2026-11-21T10%3A20%3A00.001Z",
        }),
    })
    .openapi("RoadExplanation");

const orNull = (schema: z.ZodType, description: string) =>
  z.union([schema, z.null()]).openapi({ description });

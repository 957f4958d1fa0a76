/** A vehicle's track. */
import { z } from "@hono/zod-openapi";
import type { Stream } from "../../src/core/stream.ts";
import { answerField } from "./field.ts";
import { LARGEST, number, tally, yesNo } from "./numbers.ts";
import { rowSchemas } from "./rows.ts";

const totals = {
  points_n: tally("Positions in the range, before any were left out."),
  distance_km: number(0, LARGEST, "km", "Along all positions, without jumps."),
  jumps_n: tally("Jumps among them."),
  jump_km: number(0, LARGEST, "km", "Straight over the jumps; not in distance_km."),
  moving_s: number(0, LARGEST, "s", "Time at 3 km/h or more."),
  stopped_s: number(
    0,
    LARGEST,
    "s",
    "Time below 3 km/h. A silence of over 10 minutes is neither moving nor stopped.",
  ),
  delay_s: number(
    -LARGEST,
    LARGEST,
    "s",
    "Median of when the log took a position minus its own time: a receiver's clock that is wrong shows here; null without positions.",
  ).nullable(),
};

export function trackSchemas(stream: Stream) {
  const vehicle_id = answerField(stream.fields[stream.key]!);
  const point = rowSchemas(stream)
    .raw.extend({
      jump: yesNo(
        "Over 300 km/h from the position before, simplified away or not: a fault of the receiver or of its clock.",
      ),
    })
    .openapi("TrackPoint", { description: `${stream.doc} One of a track.` });
  return {
    point,
    properties: z.object({ [stream.key]: vehicle_id, ...totals }).openapi("TrackTotals"),
    track: z
      .object({
        [stream.key]: vehicle_id,
        ...totals,
        points: z.array(point).openapi({
          description: "By time; without those that the line does not need, to simplify_m.",
        }),
      })
      .openapi("Track"),
  };
}

/** Emergencies and hospitals. */
import { z } from "@hono/zod-openapi";
import { limits } from "../../src/core/limits.ts";
import type { Stream } from "../../src/core/stream.ts";
import { answerField } from "./field.ts";
import { instant, number, words_of, yesNo } from "./numbers.ts";
import { rowSchemas } from "./rows.ts";

const hospital = {
  hospital_id: words_of("Identifier of the hospital.").min(1).max(limits.id_chars_max),
  name: words_of("Its name, for people.").min(1).max(limits.name_chars_max),
  latitude: number(-90, 90, "°", "Latitude of the hospital, WGS 84."),
  longitude: number(-180, 180, "°", "Longitude of the hospital, WGS 84."),
};

export const hospitalSchema = z.object(hospital).openapi("Hospital");

const nearSchema = z
  .object({
    ...hospital,
    distance_km: number(
      0,
      20_100,
      "km",
      "As the crow flies, by the great circle: a way along roads is longer.",
    ),
  })
  .openapi("NearHospital");

export function emergencySchemas(stream: Stream) {
  const { raw } = rowSchemas(stream);
  const status = stream.fields["status"]!;
  const event = raw
    .extend({
      from: answerField({
        ...status,
        optional: true,
        doc: "State before; null before the first valid report.",
      }),
      to: answerField({ ...status, doc: "State that is reported." }),
      valid: yesNo(
        "It may follow on the state before: states may be left out, and none comes again once left.",
      ),
      reason: words_of("Why it is not valid, and moves nothing; null where it is.").max(200).nullable(),
    })
    .openapi("EmergencyEvent", { description: "A report of an emergency, with what it makes of it." });
  const emergency = z
    .object({
      emergency_id: answerField(stream.fields[stream.key]!),
      status: answerField({
        ...status,
        optional: true,
        doc: "State after all valid reports; null without any.",
      }),
      opened_at: instant("When the call was taken; null where no report says so.").nullable(),
      closed_at: instant("When it was closed; null while it is not.").nullable(),
      response_s: number(
        0,
        limits.emergency_days_max * 86_400,
        "s",
        "From the dispatch to the first arrival; null where either is not known.",
      ).nullable(),
      newest: raw,
      events: z.array(event).openapi({
        description: `Every report, oldest first; of more than ${limits.emergency_events_max} the newest.`,
      }),
      hospitals: z.array(nearSchema).openapi({
        description:
          "The three nearest to where the newest report places it, nearest first, as the crow flies.",
      }),
    })
    .openapi("Emergency");
  return { event, emergency };
}

/** Emergencies: a call from its dispatch to its end, told at each change of its state. */
import { choice, id, text } from "../core/field.ts";
import { placeFault, placeFields } from "../core/place.ts";
import { defineStream } from "../core/stream.ts";
import { days, formatInstant, hours, minutes, parseInstant } from "../core/time.ts";

/** In the order in which an emergency goes through them; it may leave some out, and never goes back. */
export const emergencyStates = ["dispatched", "en_route", "on_scene", "transporting", "closed"] as const;
export const severities = ["low", "medium", "high", "critical"] as const;

const optional = { optional: true };

export const emergencies = defineStream({
  name: "emergencies",
  label: "Emergencies",
  doc: "State of each call for an ambulance.",
  topic: "emergencies",
  partitions: 1,
  fields: {
    emergency_id: id("Identifier of the call."),
    status: choice("dispatched, en_route, on_scene, transporting or closed.", emergencyStates),
    severity: choice("How urgent it is.", severities, optional),
    emergency_type: text("What happened, in a few words.", optional),
    ...placeFields("the incident"),
    address: text("Where it is, for people.", optional),
    vehicle_id: id("Ambulance that was sent.", optional),
    hospital_id: id("Hospital that it drives to.", optional),
    opened_at: text("When the call was taken, ISO 8601 with an offset; kept in UTC.", {
      chars_max: 40,
      ...optional,
    }),
    patient_id: id("Who it is about: leaves only as a pseudonym.", optional),
  },
  key: "emergency_id",
  event_time: "timestamp",
  // Told when something changes; one that has not changed for a day is forgotten, not late.
  expected_period_ms: hours(8),
  open_keys: true,
  personal: ["patient_id"],
  aliases: [
    {
      path: "/api/emergencies/active",
      operation_id: "emergenciesActive",
      summary: "Every emergency that is not closed",
      active: true,
    },
  ],

  derive(row, event_time_ms) {
    const opened_at = row["opened_at"];
    if (typeof opened_at === "string") {
      const opened_ms = parseInstant(opened_at);
      if (opened_ms === null)
        return {
          field: "opened_at",
          rule: "must be an ISO 8601 instant, with seconds and an offset or Z",
          reason: "schema",
        };
      if (opened_ms > event_time_ms)
        return {
          field: "opened_at",
          rule: "must not be after timestamp: nothing happens before the call",
          reason: "range",
        };
      // As every time that leaves: UTC.
      row["opened_at"] = formatInstant(opened_ms);
    }
    return placeFault(row);
  },

  live: {
    hash: "emergency:{emergency_id}",
    ttl_ms: days(1),
    ended: { field: "status", value: "closed", ttl_ms: minutes(15) },
  },
  history: { table: "emergencies", retention_ms: null },
});

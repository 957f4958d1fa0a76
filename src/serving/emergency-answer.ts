/** All of one emergency. */
import type { AnswerRow } from "../core/json.ts";

export interface Transition {
  /** State before; null before the first valid report. */
  from: string | null;
  /** State that is reported. */
  to: string;
  valid: boolean;
  /** Why it is not valid; null where it is. */
  reason: string | null;
}

type Report = AnswerRow & { source: string };

/** A report as it is stored, with what it makes of the emergency. */
export type EmergencyEvent = Report & Transition;

export interface HospitalRow {
  hospital_id: string;
  name: string;
  latitude: number;
  longitude: number;
}

export interface EmergencyView {
  emergency_id: string;
  /** After all valid reports; null where none is. */
  status: string | null;
  opened_at: string | null;
  closed_at: string | null;
  /** From the dispatch to the first arrival, s. */
  response_s: number | null;
  /** The newest report, whatever it says. */
  newest: Report;
  /** Oldest first; of more than `limits.emergency_events_max` the newest. */
  events: readonly EmergencyEvent[];
  /** The three that are nearest to where the newest report places it, as the crow flies. */
  hospitals: readonly (HospitalRow & { distance_km: number })[];
}

/** All of one emergency: what was reported of it and when, how it stands, which hospitals are near. */
import type { Stream } from "../core/stream.ts";
import { limits } from "../core/limits.ts";
import { days, formatInstant, parseInstant } from "../core/time.ts";
import type { Answer } from "./answer.ts";
import type { Context } from "./context.ts";
import type { EmergencyView } from "./emergency-answer.ts";
import { timeline } from "./emergency-timeline.ts";
import { nearestHospitals } from "./hospitals.ts";
import { padded } from "./log-cursor.ts";
import { metaOf } from "./meta.ts";
import { keyNotFound } from "./problem.ts";

/** Its reports lie within this time before the newest: an id that is used again later is another emergency. */
const SPAN_MS = days(limits.emergency_days_max);
const HOSPITALS = 3;

/** @throws {ProblemError} not-found for an emergency that no report has named. */
export async function emergencyOf(
  context: Context,
  stream: Stream,
  emergency_id: string,
): Promise<Answer<EmergencyView>> {
  const { history, cursors, clock, city } = context;
  // The position before the data.
  const position = padded(stream, (await history.applied([stream]))[stream.name] ?? []);
  const [last] = await history.latest(stream, [emergency_id]);
  if (last === undefined) throw keyNotFound(stream, emergency_id);
  const found = await history.raw(stream, {
    from_ms: last.event_time_ms - SPAN_MS,
    to_ms: last.event_time_ms + 1,
    key: emergency_id,
    limit: limits.emergency_events_max,
    descending: true,
  });
  // Of equal times the later place in the log is the later report, as in the live view.
  const rows = found.toSorted(
    (a, b) => a.event_time_ms - b.event_time_ms || a.partition - b.partition || a.offset - b.offset,
  );
  const newest = rows.at(-1) ?? last;
  const { transitions, status, opened_ms, closed_ms, response_s } = timeline(
    rows.map(({ event_time_ms, row }) => ({
      time_ms: event_time_ms,
      status: String(row["status"]),
      opened_ms: typeof row["opened_at"] === "string" ? parseInstant(row["opened_at"]) : null,
    })),
    stream.fields["status"]!.values!,
  );
  const { longitude, latitude } = newest.row;
  const meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: position }),
    layer: "batch",
    now_ms: clock.now(),
    as_of_ms: newest.event_time_ms,
    coverage: 1,
  });
  return {
    data: {
      emergency_id,
      status,
      opened_at: opened_ms === null ? null : formatInstant(opened_ms),
      closed_at: closed_ms === null ? null : formatInstant(closed_ms),
      response_s,
      newest: { ...newest.row, source: newest.source },
      events: rows.map(({ row, source }, n) => ({ ...row, source, ...transitions[n]! })),
      hospitals: nearestHospitals(city.hospitals, [longitude as number, latitude as number], HOSPITALS),
    },
    meta,
  };
}

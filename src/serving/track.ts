/** Where one vehicle was, in pages. */
import type { Position } from "../core/geo.ts";
import { limits } from "../core/limits.ts";
import { round } from "../core/field.ts";
import type { Stream } from "../core/stream.ts";
import type { RangeQuery, RawRow } from "../history/history-store.ts";
import type { Answer } from "./answer.ts";
import type { Context } from "./context.ts";
import { isKnown } from "./is-known.ts";
import { padded } from "./log-cursor.ts";
import { metaOf } from "./meta.ts";
import { pageToken, readPageToken } from "./page-token.ts";
import { keyNotFound } from "./problem.ts";
import type { Track, TrackQuery } from "./track-answer.ts";
import { drawn, trackLine, type TrackPoint } from "./track-line.ts";

const listName = (stream: Stream): string => `track ${stream.name}`;

/**
 * @param stream One whose rows have a place.
 * @throws {ProblemError} not-found for a key never seen; invalid-parameter for a cursor that is none of ours.
 */
export async function trackOf(
  context: Context,
  stream: Stream,
  key: string,
  query: TrackQuery,
): Promise<Answer<Track>> {
  const { history, cursors, clock } = context;
  const from = query.cursor === undefined ? null : placeIn(stream, query.cursor);
  const range: RangeQuery = {
    from_ms: query.from_ms,
    to_ms: query.to_ms,
    key,
    limit: Math.min(query.limit, limits.range_rows_max),
  };
  // The position before the data.
  const position = padded(stream, (await history.applied([stream]))[stream.name] ?? []);
  const rows = await history.raw(stream, from === null ? range : { ...range, after: { ...from.after, key } });
  const last = rows.at(-1);
  if (last === undefined && !(await isKnown(context, stream, key))) throw keyNotFound(stream, key);
  const after = last === undefined ? null : { time_ms: last.event_time_ms, key, event_id: last.event_id };
  const more =
    after !== null &&
    rows.length === range.limit &&
    (await history.raw(stream, { ...range, limit: 1, after })).length > 0;

  const points = rows.map(pointOf);
  const before = from?.before ?? null;
  const line = trackLine(points, before);
  const placeOf = (i: number): Position => (i === -1 ? before! : points[i]!).at;
  const shown = drawn(line, placeOf, query.simplify_m);
  const meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: position }),
    layer: "batch",
    now_ms: clock.now(),
    as_of_ms: last?.event_time_ms ?? null,
    // Nobody says how often a vehicle should have told: what is stored is all.
    coverage: 1,
    next_cursor: more
      ? pageToken(listName(stream), [last!.event_time_ms, last!.event_id, ...points.at(-1)!.at])
      : undefined,
  });
  const data: Track = {
    totals: {
      points_n: rows.length,
      distance_km: round(line.distance_km, 3),
      jumps_n: line.jumps.filter(Boolean).length,
      jump_km: round(line.jump_km, 3),
      moving_s: round(line.moving_s, 0),
      stopped_s: round(line.stopped_s, 0),
      delay_s: medianDelay_s(rows),
    },
    points: shown
      .flat()
      .filter((i) => i !== -1)
      .map((i) => ({ ...rows[i]!.row, source: rows[i]!.source, jump: line.jumps[i]! })),
    lines: shown.filter((leg) => leg.length > 1).map((leg) => leg.map(placeOf)),
  };
  return { data, meta };
}

function pointOf({ event_time_ms, row }: RawRow): TrackPoint {
  const { longitude, latitude, speed } = row;
  return {
    time_ms: event_time_ms,
    at: [longitude as number, latitude as number],
    speed: typeof speed === "number" ? speed : null,
  };
}

function placeIn(stream: Stream, cursor: string) {
  const [time_ms, event_id, lng, lat] = readPageToken(listName(stream), cursor, [
    "number",
    "string",
    "number",
    "number",
  ]);
  const before: TrackPoint = { time_ms: time_ms as number, at: [lng as number, lat as number], speed: null };
  return { before, after: { time_ms: time_ms as number, event_id: event_id as string } };
}

function medianDelay_s(rows: readonly RawRow[]): number | null {
  const delays = rows.map((row) => row.received_at_ms - row.event_time_ms).sort((a, b) => a - b);
  const middle = delays[Math.floor(delays.length / 2)];
  return middle === undefined ? null : round(middle / 1_000, 1);
}

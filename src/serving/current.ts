/** Every key of a stream now: a part of the tick's view, in pages. */
import { inTime } from "../core/in-time.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { LiveUnavailableError } from "../core/errors.ts";
import type { Answer, CurrentQuery, CurrentRow } from "./answer.ts";
import type { Context } from "./context.ts";
import { coverageOf, isInPart, isListed, type Part } from "./coverage.ts";
import { padded } from "./log-cursor.ts";
import { isStale, metaOf } from "./meta.ts";
import { pageToken, readPageToken } from "./page-token.ts";
import { keyNotFound } from "./problem.ts";
import { HURRY_MS, viewRow } from "./view.ts";

const listName = (stream: Stream): string => `current ${stream.name}`;

/** @throws {ProblemError} invalid-parameter for a cursor that is none of ours. */
export async function current(
  context: Context,
  stream: Stream,
  query: CurrentQuery,
): Promise<Answer<readonly CurrentRow[]>> {
  const { network, cursors, clock } = context;
  const after =
    query.cursor === undefined ? null : readPageToken(listName(stream), query.cursor, ["string"])[0]!;
  const since =
    query.since === undefined ? null : ((await cursors.parse("since", query.since))[stream.name] ?? []);
  const limit = Math.min(query.limit ?? limits.list_rows_max, limits.list_rows_max);
  const part: Part = {
    keys: query.keys === undefined ? null : new Set(query.keys),
    bbox: query.bbox ?? null,
    near: query.near ?? null,
  };
  const view = await context.views.get(stream);
  const now_ms = clock.now();

  const data: CurrentRow[] = [];
  let newest_ms: number | null = null;
  let last: string | null = null;
  let more = false;
  const of = { rows: 0, fresh: 0 };
  for (const row of view.rows) {
    if (!isListed(stream, query, row, now_ms) || !isInPart(network, stream, part, row.key, row)) continue;
    of.rows++;
    if (!row.stale) of.fresh++;
    if (after !== null && row.key <= after) continue;
    // A partition that the cursor does not know did not exist then: all of it is news.
    if (since !== null && row.offset < (since[row.partition] ?? 0)) continue;
    if (data.length === limit) {
      more = true;
      continue;
    }
    data.push(row.row);
    last = row.key;
    if (newest_ms === null || row.event_time_ms > newest_ms) newest_ms = row.event_time_ms;
  }
  const meta = metaOf({
    stream,
    cursor: await cursors.format({ [stream.name]: view.position }),
    layer: view.layer,
    now_ms,
    as_of_ms: newest_ms,
    coverage: coverageOf(network, stream, part, context.known.now(stream), view, of),
    next_cursor: more && last !== null ? pageToken(listName(stream), [last]) : undefined,
  });
  return { data, meta };
}

/** One key now; what history knew last where it is no longer live. @throws {ProblemError} not-found for a key never seen. */
export async function one(context: Context, stream: Stream, key: string): Promise<Answer<CurrentRow>> {
  const found = (await fromLive(context, stream, key)) ?? (await fromHistory(context, stream, key));
  if (found === null) throw keyNotFound(stream, key);
  const { from, position, layer } = found;
  const now_ms = context.clock.now();
  const stale = isStale(stream, from.event_time_ms, now_ms);
  const meta = metaOf({
    stream,
    cursor: await context.cursors.format({ [stream.name]: position }),
    layer,
    now_ms,
    as_of_ms: from.event_time_ms,
    coverage: stale ? 0 : 1,
  });
  return { data: viewRow(from, stale).row, meta };
}

async function fromLive({ live, views }: Context, stream: Stream, key: string) {
  if (stream.live === null) return null;
  try {
    // Asked in this order, answered in this order: the position is not after the row.
    const asked = Promise.all([live.applied(stream), live.get(stream, key)]);
    const answer = await inTime(asked, HURRY_MS);
    if (answer !== null) {
      const [applied, from] = answer;
      return from === null ? null : { from, position: padded(stream, applied), layer: "speed" as const };
    }
  } catch (error) {
    if (!(error instanceof LiveUnavailableError)) throw error;
  }
  // Away, or hung: the list that everybody shares has it, and history is not asked for each request.
  const { by_key, position, layer } = await views.get(stream);
  const from = by_key.get(key);
  return from === undefined ? null : { from, position, layer };
}

async function fromHistory({ history }: Context, stream: Stream, key: string) {
  const position = padded(stream, (await history.applied([stream]))[stream.name] ?? []);
  const [from] = await history.latest(stream, [key]);
  return from === undefined ? null : { from, position, layer: "batch" as const };
}

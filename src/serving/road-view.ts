/** All that a panel or page needs of one road, in one call. */
import { LiveUnavailableError, ProblemError, shown } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import { hours } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import type { Answer, CurrentRow, RoadView } from "./answer.ts";
import type { Context } from "./context.ts";
import { one } from "./current.ts";
import { lesser, padded } from "./log-cursor.ts";
import { metaOf, share } from "./meta.ts";
import { notFound } from "./problem.ts";
import type { Roads } from "./roads.ts";
import { stepsOf } from "./steps.ts";
import type { TypicalDays } from "./typical.ts";
import { positionOf, windowRow } from "./window-rows.ts";

/** @throws {ProblemError} not-found for a road that neither the network nor any event knows. */
export async function roadView(
  context: Context,
  stream: Stream,
  roads: Roads,
  typicals: TypicalDays,
  road_id: string,
  back_h: number,
): Promise<RoadView> {
  const { history, clock, cursors, city } = context;
  const steps = stepsOf(stream, undefined, city.zone);
  const size_ms = steps.windows.size_ms;
  const to_ms = clock.now() + 1;
  const from_ms = windowStart(to_ms - hours(back_h), size_ms) + size_ms;
  // The positions before the data.
  const [live_position, ledger] = await Promise.all([livePosition(context, stream), history.ledger(stream)]);
  const [road, now, windows, typical] = await Promise.all([
    roads.find(road_id),
    nowOf(context, stream, road_id),
    history.windows(stream, { from_ms, to_ms, key: road_id, limit: limits.range_rows_max }),
    typicals.get(road_id),
  ]);
  if (road === null)
    throw notFound(`There is no road ${shown(road_id)}: neither the network nor any event knows it`);
  const stored = positionOf(stream, ledger);
  const expected = Math.ceil((to_ms - stream.expected_period_ms - from_ms) / size_ms);
  const meta = metaOf({
    stream,
    cursor: await cursors.format({
      [stream.name]: live_position === null ? stored : lesser(live_position, stored),
    }),
    layer: now?.meta.layer === "speed" ? "merged" : "batch",
    now_ms: clock.now(),
    as_of_ms: now === null ? null : Date.parse(now.data.as_of),
    coverage: share(windows.length, expected),
    attribution: city.attribution,
  });
  return {
    road,
    now: now?.data ?? null,
    windows: windows.map((window) => windowRow(stream, steps, window)),
    typical: typical.slots,
    typical_days: typical.days,
    meta,
  };
}

async function nowOf(context: Context, stream: Stream, key: string): Promise<Answer<CurrentRow> | null> {
  try {
    return await one(context, stream, key);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.name === "not-found") return null;
    throw error;
  }
}

async function livePosition({ live }: Context, stream: Stream): Promise<readonly number[] | null> {
  try {
    return padded(stream, await live.applied(stream));
  } catch (error) {
    if (error instanceof LiveUnavailableError) return null;
    throw error;
  }
}

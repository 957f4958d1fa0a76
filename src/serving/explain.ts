/**
 * Why a road looks as it does: the newest event with its place in the log, the rule that made its level, the window it
 * fell into, which layer answered and how the breaker stands.
 */
import { shown } from "../core/errors.ts";
import type { Stream } from "../core/stream.ts";
import { formatInstant } from "../core/time.ts";
import type { Answer } from "./answer.ts";
import type { Context } from "./context.ts";
import type { RoadExplanation } from "./explain-answer.ts";
import { askLive, logPlace, newestEvent, whyLayer } from "./explain-event.ts";
import { levelRule } from "./explain-rule.ts";
import { explainSentence } from "./explain-sentence.ts";
import { windowOf } from "./explain-window.ts";
import { lesser } from "./log-cursor.ts";
import { isStale, metaOf } from "./meta.ts";
import { notFound } from "./problem.ts";
import type { Roads } from "./roads.ts";
import { positionOf } from "./window-rows.ts";

/** @throws {ProblemError} not-found for a road that neither the network nor any event knows. */
export async function explainRoad(
  context: Context,
  stream: Stream,
  roads: Pick<Roads, "find">,
  road_id: string,
): Promise<Answer<RoadExplanation>> {
  const { history, clock, cursors, city } = context;
  // The positions before the data.
  const [live, ledger] = await Promise.all([askLive(context, stream, road_id), history.ledger(stream)]);
  const [road, newest] = await Promise.all([
    roads.find(road_id),
    newestEvent(context, stream, live, road_id),
  ]);
  if (road === null && newest === null)
    throw notFound(`There is no road ${shown(road_id)}: neither the network nor any event knows it`);
  const window = newest === null ? null : await windowOf(context, stream, ledger, road_id, newest);
  const stored = positionOf(stream, ledger);
  const event = newest?.event ?? null;
  const now_ms = clock.now();
  const stale = event !== null && isStale(stream, event.event_time_ms, now_ms);
  const meta = metaOf({
    stream,
    cursor: await cursors.format({
      [stream.name]: live.position === null ? stored : lesser(live.position, stored),
    }),
    layer: newest?.layer === "speed" ? "merged" : "batch",
    now_ms,
    as_of_ms: event?.event_time_ms ?? null,
    coverage: event === null || stale ? 0 : 1,
    attribution: city.attribution,
  });
  const level = event === null ? null : levelRule(event.row);
  const named = event?.row["road_name"];
  const data: RoadExplanation = {
    road_id,
    road_name: road?.road_name ?? (typeof named === "string" ? named : road_id),
    sentence: explainSentence(level, stale, meta.age_ms),
    level,
    event: event === null ? null : { ...event.row, source: event.source },
    log: newest === null ? null : logPlace(stream, newest),
    window,
    layer: newest?.layer ?? null,
    why_layer: whyLayer(stream, live.state, newest?.layer ?? null),
    breaker: context.breaker?.() ?? "none",
    raw_url: event === null ? null : rawUrl(stream, road_id, event.event_time_ms),
  };
  return { data, meta };
}

/** The millisecond of the event, as `/api/data` asks for it. */
const rawUrl = (stream: Stream, key: string, event_time_ms: number): string =>
  `/api/data/${stream.name}?${new URLSearchParams({
    key,
    from: formatInstant(event_time_ms),
    to: formatInstant(event_time_ms + 1),
  }).toString()}`;

/** What a road's page and panel say of its next 30 minutes. */
import { isAway } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import { days } from "../../src/core/time.ts";
import type { CurrentRow, RoadView } from "../../src/serving/answer.ts";
import { predictions as declared } from "../../src/streams/predictions.ts";
import { aheadOf } from "../../views/predictions/ahead.ts";
import { saidOf, type Said } from "../../views/predictions/judged.ts";
import type { AheadNow } from "../../views/predictions/road-ahead.tsx";
import { whyNone } from "../../views/predictions/words.ts";
import { madeOf } from "../../views/map-ahead-state.ts";
import { absent, type PageTools } from "./page.ts";

type Tools = Pick<PageTools, "serving" | "stream" | "clock" | "city">;

/** Null where this platform predicts nothing. */
export async function aheadNow(
  { serving, stream, clock, city }: Tools,
  view: RoadView,
): Promise<AheadNow | null> {
  const predictions = stream(declared.name);
  if (predictions === null) return null;
  const { answer } = await serving.shared(predictions);
  const row = answer.data.find((one) => one["road_id"] === view.road.road_id);
  const ahead = row === undefined ? null : aheadOf(row);
  const now_ms = clock.now();
  const others = countKnown(answer.data, now_ms);
  return { ahead, why: whyNone(ahead, others, view.now?.stale === false, now_ms, city.zone) };
}

const countKnown = (rows: readonly CurrentRow[], now_ms: number): number =>
  madeOf(rows, now_ms) === null ? 0 : rows.length;

/** What was said over the last day beside what came; null where history is away. */
export async function saidHere(
  { serving, stream, clock }: Tools,
  view: RoadView,
): Promise<readonly Said[] | null> {
  const predictions = stream(declared.name);
  if (predictions === null) return [];
  const now_ms = clock.now();
  try {
    const { data } = await serving.history(predictions, view.road.road_id, {
      from_ms: now_ms - days(1),
      to_ms: now_ms,
      limit: limits.range_rows_max,
    });
    return saidOf(data, view.windows);
  } catch (error) {
    if (isAway(error)) return null;
    return absent(error) ?? [];
  }
}

/** Hours or days one after the other, each beside the same local time of what it is compared with. */
import { formatInstant, instantOfLocal, zoneOffset } from "../../core/time.ts";
import { slotEnd, slotFrom, slotStart } from "../../core/rollup.ts";
import type { TrendPoint, TrendsQuery } from "./answer.ts";
import type { Cell } from "./calendar.ts";
import { fold, presentOf, speedsOf, type Measures } from "./fold.ts";

export interface SeriesFacts {
  measures: Measures;
  zone: string;
  keys: number;
  now_ms: number;
}

/** @param compared Cells of each compared range. */
export function series(
  { measures, zone, keys, now_ms }: SeriesFacts,
  { step, from_ms, to_ms, compared: of }: Pick<TrendsQuery, "step" | "from_ms" | "to_ms" | "compared">,
  cells: readonly Cell[],
  compared: readonly (readonly Cell[])[],
): TrendPoint[] {
  const before = new Map<number, Cell[]>();
  for (const [i, mine] of compared.entries()) {
    const range = of!.ranges[i]!;
    const moved_ms = local(from_ms, zone) - local(range.from_ms, zone);
    for (const cell of mine) {
      const at_ms = instantOfLocal(local(cell.start_ms, zone) + moved_ms, zone);
      if (at_ms === null) continue;
      const start_ms = slotStart(at_ms, step, zone);
      const list = before.get(start_ms);
      if (list === undefined) before.set(start_ms, [cell]);
      else list.push(cell);
    }
  }
  const points = Map.groupBy(cells, (cell) => slotStart(cell.start_ms, step, zone));
  return [...points].map(([start_ms, mine]) => {
    const end_ms = slotEnd(start_ms, step, zone);
    const folded = fold(measures, mine);
    const then = speedsOf(measures, fold(measures, before.get(start_ms) ?? []).kept);
    const { mean_speed, congested_share } = speedsOf(measures, folded.kept);
    return {
      start: formatInstant(start_ms),
      end: formatInstant(end_ms),
      speed: mean_speed,
      congested_share,
      partial: end_ms > now_ms || start_ms < from_ms || slotFrom(end_ms, "1h", zone) > to_ms,
      compared_speed: then.mean_speed,
      compared_congested_share: then.congested_share,
      ...presentOf(folded, keys),
    };
  });
}

const local = (ms: number, zone: string): number => ms + zoneOffset(ms, zone);

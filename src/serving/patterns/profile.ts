/** A road's week: 168 hours of the last 28 days, each with how much it is made from. */
import { round } from "../../core/field.ts";
import { days, formatInstant, hours, startOfDay } from "../../core/time.ts";
import type { ProfileRow } from "../../history/patterns/pattern-store.ts";
import type { Answer } from "../answer.ts";
import type { ProfileCell, RoadProfile } from "../episode-answer.ts";
import { share } from "../meta.ts";
import type { Patterns } from "./asked.ts";

const DAYS = 28;

export const profile = (patterns: Patterns, road_id: string): Promise<Answer<RoadProfile>> =>
  patterns.answer(async () => {
    await patterns.mustKnow([road_id]);
    const { frontier_ms, rows } = await patterns.store.profile(patterns.traffic, road_id);
    const by_cell = new Map(rows.map((row) => [row.weekday * 24 + row.hour, row]));
    const from_ms =
      frontier_ms === null
        ? null
        : startOfDay(frontier_ms - days(DAYS) + hours(12), patterns.context.city.zone);
    const cells =
      frontier_ms === null
        ? []
        : Array.from({ length: 168 }, (_, i) =>
            cellOf(Math.floor(i / 24) + 1, i % 24, by_cell.get(i + 24) ?? null),
          );
    const windows_n = cells.reduce((sum, cell) => sum + cell.windows_n, 0);
    const expected = cells.reduce((sum, cell) => sum + cell.windows_expected, 0);
    const data: RoadProfile = {
      road_id,
      road_name: patterns.nameOf(road_id),
      from: from_ms === null ? null : formatInstant(from_ms),
      to: frontier_ms === null ? null : formatInstant(frontier_ms),
      cells,
    };
    return {
      data,
      facts: {
        frontier_ms,
        merged: false,
        coverage: frontier_ms === null ? 0 : share(windows_n, expected),
        as_of_ms: windows_n === 0 || frontier_ms === null ? null : frontier_ms - 1,
      },
    };
  });

/** Windows of an hour in 28 days without a change of clocks. */
const EXPECTED = 48;

function cellOf(weekday: number, hour: number, row: ProfileRow | null): ProfileCell {
  const speed = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : round(value, 2);
  const [n, windows_n, windows_expected] = [
    row?.n ?? 0,
    row?.windows_n ?? 0,
    row?.windows_expected ?? EXPECTED,
  ];
  return {
    weekday,
    hour,
    mean_speed: speed(row?.mean_speed),
    p10: speed(row?.p10),
    p50: speed(row?.p50),
    p90: speed(row?.p90),
    spread: speed(row?.spread),
    free_flow_speed: speed(row?.free_flow_speed),
    congested_share: row === null || n === 0 ? null : round(row.congested_n / n, 4),
    n,
    windows_n,
    windows_expected,
    coverage: share(windows_n, windows_expected),
  };
}

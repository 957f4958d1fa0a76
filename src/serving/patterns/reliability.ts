/**
 * Reliability of travel times, as FHWA has agencies report it: "Travel Time Reliability: Making It There On Time, All The Time" (FHWA,
 * ops.fhwa.dot.gov/publications/tt_reliability) and "Urban Congestion Report" (documentation and definitions).
 *
 * - travel time index = mean travel time / free-flow travel time
 * - planning time index = 95th percentile of travel time / free-flow travel time
 * - buffer index = (95th percentile − mean) / mean
 *
 * Travel time over a length is length / speed; its mean is a mean of paces, never of speeds, and its 95th percentile belongs to the 5th
 * percentile of speed. Both are over the windows of five minutes. Several roads are weighted by their length, because nobody counts the
 * vehicles of all of them; figures are given where at least 80 % of the length has data (a rule of the City of Toronto).
 */
import type { Kept } from "../../core/aggregate.ts";
import { percentile } from "../../core/bins.ts";
import { round } from "../../core/field.ts";
import { PACE_SPEED_MIN, rollupColumns, type RollupDeclaration } from "../../core/rollup.ts";
import type { GroupQuery } from "../../history/rollups/batch-store.ts";
import type { Context } from "../context.ts";
import type { ReliabilityQuery, ReliabilityRow } from "../episode-answer.ts";
import { share } from "../meta.ts";
import type { Patterns } from "./asked.ts";

/** Share of a length that must have data. */
export const LENGTH_SHARE_MIN = 0.8;
const HOUR_MS = 3_600_000;

export type KeptRow = Readonly<Record<string, Kept>>;

/** Paces of one road over some windows, ms per km. */
export interface Paces {
  mean: number;
  p95: number;
  free: number;
}

/** Null without a free-flow speed, or without windows. */
export function pacesOf(
  kept: KeptRow,
  edges: readonly number[],
  free_flow_speed: number | null,
): Paces | null {
  const [windows_n, pace_sum] = [countOf(kept, "windows_n"), kept["pace_sum"] as number | null];
  const free_n = countOf(kept, "free_flow_speed_n");
  const free = free_n === 0 ? free_flow_speed : countOf(kept, "free_flow_speed_sum") / free_n / 100;
  const p5 = percentile((kept["current_speed_bins"] as readonly number[] | null) ?? [], edges, 0.05);
  if (windows_n === 0 || pace_sum === null || free === null || free <= 0 || p5 === null) return null;
  return {
    mean: pace_sum / windows_n,
    p95: HOUR_MS / Math.max(PACE_SPEED_MIN, p5),
    free: HOUR_MS / free,
  };
}

export const countOf = (kept: KeptRow, column: string): number => (kept[column] as number | null) ?? 0;

/** Which days count, for a read of batch views. */
export const daysOf = (
  { city }: Pick<Context, "city">,
  { weekdays, without_holidays }: Pick<ReliabilityQuery, "weekdays" | "without_holidays">,
): Pick<GroupQuery, "weekdays" | "without_days"> => ({
  ...(weekdays === undefined ? {} : { weekdays }),
  ...(without_holidays === true ? { without_days: city.holidays } : {}),
});

export function rollupOf(rollups: readonly RollupDeclaration[], name: string): RollupDeclaration {
  const found = rollups.find((rollup) => rollup.name === name);
  if (found === undefined) throw new TypeError(`There is no batch view "${name}"`);
  return found;
}

/** Edges of the bins that percentiles are read from. */
export function edgesOf({ traffic }: Patterns): readonly number[] {
  const rollup = traffic.rollups.find(({ by }) => by === "key");
  const columns = rollup === undefined ? [] : rollupColumns(traffic.windows!, rollup);
  return columns.find(({ edges }) => edges !== undefined)?.edges ?? [];
}

export interface Indices {
  travel_time_index: number | null;
  planning_time_index: number | null;
  buffer_index: number | null;
}

export const indicesOf = (paces: Paces | null): Indices =>
  paces === null
    ? { travel_time_index: null, planning_time_index: null, buffer_index: null }
    : {
        travel_time_index: round(paces.mean / paces.free, 4),
        planning_time_index: round(paces.p95 / paces.free, 4),
        buffer_index: round((paces.p95 - paces.mean) / paces.mean, 4),
      };

/** A road as one of a group. */
export interface Member {
  length_km: number;
  kept: KeptRow | null;
  paces: Paces | null;
}

/** One row of several roads: means by length of each index, where enough of the length has data. */
export function groupRow(members: readonly Member[], windows_expected: number): ReliabilityRow {
  const measured = members.filter(({ paces }) => paces !== null);
  const lengthOf = (some: readonly Member[]): number =>
    some.reduce((sum, { length_km }) => sum + length_km, 0);
  const [length_km, covered_km] = [lengthOf(members), lengthOf(measured)];
  const enough = covered_km > 0 && covered_km >= LENGTH_SHARE_MIN * length_km;
  const mean = (of: (paces: Paces) => number): number | null =>
    enough ? round(measured.reduce((sum, m) => sum + m.length_km * of(m.paces!), 0) / covered_km, 4) : null;
  const kept = members.flatMap((member) => (member.kept === null ? [] : [member.kept]));
  const sum = (column: string): number => kept.reduce((all, row) => all + countOf(row, column), 0);
  const time = (of: (paces: Paces) => number): number | null => {
    const pace = mean(of);
    return pace === null ? null : round((pace * length_km) / 1_000, 1);
  };
  const [n, windows_n] = [sum("n"), sum("windows_n")];
  return {
    road_id: null,
    road_name: null,
    weekday: null,
    hour: null,
    length_km: round(length_km, 3),
    mean_travel_time_s: time((p) => p.mean),
    free_flow_travel_time_s: time((p) => p.free),
    p95_travel_time_s: measured.length === 1 && members.length === 1 ? time((p) => p.p95) : null,
    travel_time_index: mean((p) => p.mean / p.free),
    planning_time_index: mean((p) => p.p95 / p.free),
    buffer_index: mean((p) => (p.p95 - p.mean) / p.mean),
    congested_share: n === 0 ? null : round(sum("congested_n") / n, 4),
    delay_vehicle_hours: null,
    n,
    windows_n,
    windows_expected,
    coverage: share(windows_n, windows_expected),
  };
}

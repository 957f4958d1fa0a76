/** Delay in vehicle-hours of the roads that cameras count on: what a vehicle lost in each hour, times the vehicles counted in it. */
import { round } from "../../core/field.ts";
import { limits } from "../../core/limits.ts";
import { hours } from "../../core/time.ts";
import type { ReliabilityQuery } from "../episode-answer.ts";
import type { Patterns } from "./asked.ts";
import { countOf, daysOf, rollupOf } from "./reliability.ts";

const HOUR_MS = 3_600_000;

/** Road → vehicle-hours over the range; of a road without counts, and of all where the range is too long, nothing. */
export async function vehicleHoursOf(
  patterns: Patterns,
  query: ReliabilityQuery,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { context, traffic } = patterns;
  const { from_ms, to_ms } = query;
  const counting = await patterns.counting();
  const out = new Map<string, number>();
  if (counting === null || context.batch === undefined) return out;
  const wanted = new Set(keys);
  const cameras = [...counting.road_of].filter(
    ([, road]) => wanted.has(road) && context.network.roads.has(road),
  );
  const roads = [...new Set(cameras.map(([, road]) => road))];
  const rows = (roads.length + cameras.length) * ((to_ms - from_ms) / hours(1));
  if (roads.length === 0 || rows > limits.vehicle_hours_rows_max) return out;
  const range = {
    from_ms,
    to_ms,
    group: ["key", "start"] as const,
    ...daysOf(context, query),
  };
  const [counts, speeds] = await Promise.all([
    context.batch.grouped(counting.stream, rollupOf(counting.stream.rollups, "hours"), {
      ...range,
      keys: cameras.map(([camera]) => camera),
    }),
    context.batch.grouped(traffic, rollupOf(traffic.rollups, "hours"), {
      ...range,
      keys: roads,
      measures: ["pace_sum"],
    }),
  ]);
  // Of several cameras their mean: they see the same vehicles.
  const vehicles = new Map<string, number[]>();
  for (const { key, start_ms, kept } of counts.groups) {
    const id = `${start_ms} ${counting.road_of.get(key!)}`;
    vehicles.set(id, [...(vehicles.get(id) ?? []), countOf(kept, counting.column)]);
  }
  for (const { key, start_ms, kept } of speeds.groups) {
    const seen = vehicles.get(`${start_ms} ${key}`);
    const [windows_n, free_n] = [countOf(kept, "windows_n"), countOf(kept, "free_flow_speed_n")];
    const road = context.network.roads.get(key!)!;
    const free = free_n === 0 ? road.free_flow_speed : countOf(kept, "free_flow_speed_sum") / free_n / 100;
    if (seen === undefined || windows_n === 0 || free <= 0) continue;
    const delay_ms = Math.max(0, countOf(kept, "pace_sum") / windows_n - HOUR_MS / free) * road.length_km;
    const mean = seen.reduce((sum, n) => sum + n, 0) / seen.length;
    out.set(key!, (out.get(key!) ?? 0) + (delay_ms * mean) / HOUR_MS);
  }
  for (const [key, value] of out) out.set(key, round(value, 2));
  return out;
}

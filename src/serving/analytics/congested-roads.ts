/** The most congested roads: by the share of events that were congested, then by delay. */
import { round } from "../../core/field.ts";
import { share } from "../meta.ts";
import type { CongestedRoad, TrendsQuery } from "./answer.ts";
import type { Cell } from "./calendar.ts";
import { count, fold, mergeKept, presentOf, speedsOf, type KeptRow } from "./fold.ts";
import { askedOf, comparedWith, type Question } from "./question.ts";
import type { Origin, Reads } from "./reads.ts";
import { byRoad, delayIndex, freePace } from "./roads-fold.ts";

/** A road with fewer windows than this share of the best measured one is not ranked: a minute of standstill is no week. */
const WINDOWS_SHARE_MIN = 0.1;

export async function congestedRoads(
  reads: Reads,
  query: Question<TrendsQuery>,
  cells: readonly Cell[],
): Promise<{ roads: readonly CongestedRoad[]; origins: readonly Origin[] }> {
  const { measures } = reads;
  const [found, ...before] = await Promise.all([
    reads.roads(askedOf(query)),
    ...comparedWith(query).map((range) => reads.roads(range)),
  ]);
  const ranked = rank(reads, byRoad(measures, found.groups)).slice(0, query.limit);
  const keys = ranked.map(({ key }) => key);
  const compared = byRoad(
    measures,
    before.flatMap(({ groups }) => groups),
  );
  const by_day = await reads.roadDays({ ...askedOf(query), roads: keys });
  const daily = new Map<string, KeptRow>();
  const columns = measures.columns.filter(({ edges }) => edges === undefined);
  const chosen = new Set(keys);
  // The ends of the range came with their day.
  const ends = found.groups.filter(({ key, day }) => day !== undefined && chosen.has(key!));
  for (const { key, day, kept } of [...by_day.groups, ...ends])
    daily.set(`${key} ${day}`, mergeKept(columns, daily.get(`${key} ${day}`) ?? null, kept)!);
  const dates = [...new Set(cells.map(({ day }) => day))];
  const { due } = fold({ columns: [] }, cells);
  const names = await namesOf(reads, keys);
  const roads = ranked.map(({ key, kept, delay_index }, i): CongestedRoad => {
    const road = reads.context.network.roads.get(key);
    const { mean_speed, free_flow_speed, congested_share, pace_s } = speedsOf(measures, kept);
    const free_s = freePace(measures, kept);
    return {
      rank: i + 1,
      road_id: key,
      road_name: road?.road_name ?? names.get(key) ?? key,
      district: road?.district ?? null,
      mean_speed,
      free_flow_speed,
      congested_share,
      delay_index,
      delay_s:
        road === undefined || free_s === null || pace_s === null
          ? null
          : round(Math.max(0, road.length_km * (pace_s - free_s)), 2),
      compared_congested_share: shareOf(compared.get(key) ?? null),
      daily: dates.map((date) => {
        const day = daily.get(`${key} ${date}`) ?? null;
        return {
          date,
          congested_share: shareOf(day),
          speed: speedsOf(measures, day).mean_speed,
          n: count(day, "n"),
        };
      }),
      ...presentOf({ kept, due }, 1),
    };
  });
  return { roads, origins: [found, ...before] };
}

interface Ranked {
  key: string;
  kept: KeptRow;
  share: number;
  delay_index: number | null;
}

function rank({ measures }: Reads, roads: ReadonlyMap<string, KeptRow>): Ranked[] {
  const most = roads.values().reduce((top, kept) => Math.max(top, count(kept, "windows_n")), 0);
  return [...roads]
    .filter(([, kept]) => share(count(kept, "windows_n"), most) >= WINDOWS_SHARE_MIN)
    .map(([key, kept]) => ({
      key,
      kept,
      share: shareOf(kept) ?? 0,
      delay_index: delayIndex(measures, [kept]),
    }))
    .sort(
      (a, b) => b.share - a.share || (b.delay_index ?? 0) - (a.delay_index ?? 0) || (a.key < b.key ? -1 : 1),
    );
}

const shareOf = (kept: KeptRow | null): number | null => {
  const n = count(kept, "n");
  return n === 0 ? null : round(count(kept, "congested_n") / n, 6);
};

/** Of roads that only events know, by their newest event. */
async function namesOf({ context, traffic }: Reads, keys: readonly string[]): Promise<Map<string, string>> {
  const beside = keys.filter((key) => !context.network.roads.has(key));
  const rows = beside.length === 0 ? [] : await context.history.latest(traffic, beside);
  return new Map(
    rows.flatMap(({ key, row }) => {
      const name = row["road_name"];
      return typeof name === "string" ? [[key, name] as const] : [];
    }),
  );
}

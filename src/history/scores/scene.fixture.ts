/** Random traffic and predictions on a real database, and their scores by a plain loop over them. */
import { days, minutes } from "../../core/time.ts";
import type { Sql } from "../../postgres.ts";
import { measureNames } from "./measures.ts";
import { horizons, type ScoredHorizon, type ScoreSums } from "./score-store.ts";

export interface Measured {
  road_id: string;
  at_ms: number;
  current_speed: number;
  free_flow_speed: number | null;
}

export interface AheadOf {
  speed: number;
  band_50: readonly [number, number] | null;
  band_90: readonly [number, number] | null;
  chance: number | null;
}

export interface Said {
  trial: boolean;
  road_id: string;
  at_ms: number;
  model_version: string | null;
  regime: string | null;
  current_speed: number | null;
  confidence: number | null;
  ahead: Readonly<Record<ScoredHorizon, AheadOf>>;
}

export interface Scene {
  measured: readonly Measured[];
  said: readonly Said[];
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Repeats by seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Gaps, roads without free flow, standstill, closed intervals turned round, predictions of roads that nobody measures. */
export function randomScene(seed: number, from_ms: number, length_min: number, roads_n: number): Scene {
  const random = randomOf(seed);
  const some = <T>(share: number, value: T): T | null => (random() < share ? value : null);
  const speed = (most: number): number => Math.round(random() * most * 100) / 100;
  const measured: Measured[] = [];
  const said: Said[] = [];
  for (let r = 0; r < roads_n; r++) {
    const road_id = `r${r}`;
    const free = r % 5 === 4 ? null : 40 + r;
    for (let m = 0; m < length_min; m++) {
      const at_ms = from_ms + m * minutes(1);
      for (let i = random() < 0.3 ? 0 : Math.ceil(random() * 3); i > 0; i--)
        measured.push({
          road_id,
          at_ms: at_ms + Math.floor(random() * 60_000),
          current_speed: random() < 0.05 ? 0 : speed(80),
          free_flow_speed: free === null ? null : some(0.9, free + speed(3)),
        });
      for (const trial of [false, true]) {
        if (random() < 0.2) continue;
        const band = (): readonly [number, number] | null => {
          const low = Math.round(random() * 500) / 10;
          return some(
            0.9,
            [low, Math.round((low - 2 + random() * 30) * 10) / 10].map((x) => Math.max(0, x)) as [
              number,
              number,
            ],
          );
        };
        const ahead = (): AheadOf => ({
          speed: random() < 0.02 ? 300 : speed(80),
          band_50: band(),
          band_90: band(),
          chance: some(0.9, Math.round(random() * 10_000) / 10_000),
        });
        said.push({
          trial,
          road_id: random() < 0.03 ? "ghost" : road_id,
          at_ms,
          model_version: some(0.95, trial ? "m2" : random() < 0.5 ? "m1" : "m2"),
          regime: some(0.9, ["calm", "uncertain", "slow"][Math.floor(random() * 3)]!),
          current_speed: some(0.9, speed(80)),
          confidence: some(0.9, random() < 0.05 ? 1 : Math.round(random() * 10_000) / 10_000),
          ahead: { 10: ahead(), 20: ahead(), 30: ahead() },
        });
      }
    }
  }
  return { measured, said };
}

/** @param watermark_ms Of traffic, over all partitions. */
export async function storeScene(sql: Sql, { measured, said }: Scene, watermark_ms: number): Promise<void> {
  const head = (i: number, at_ms: number) => ({
    event_time: iso(at_ms),
    received_at: iso(at_ms),
    log_offset: i,
    log_partition: 0,
    backfill: false,
    event_id: `e${i}`,
    source: "test",
  });
  await rows(
    sql,
    "traffic_data",
    measured.map(({ at_ms, ...row }, i) => ({
      ...head(i, at_ms),
      ...row,
      is_congested: false,
      is_rush_hour: false,
      congestion_level: "free",
    })),
  );
  for (const trial of [false, true])
    await rows(
      sql,
      trial ? "shadow_predictions" : "predictions",
      said
        .filter((one) => one.trial === trial)
        .map(({ at_ms, ahead, confidence, ...row }, i) => ({
          ...head(i, at_ms),
          ...row,
          prediction_confidence: confidence,
          ...Object.fromEntries(
            horizons.flatMap((h) => [
              [`predicted_speed_${h}min`, ahead[h].speed],
              [`low_50_${h}min`, ahead[h].band_50?.[0] ?? null],
              [`high_50_${h}min`, ahead[h].band_50?.[1] ?? null],
              [`low_90_${h}min`, ahead[h].band_90?.[0] ?? null],
              [`high_90_${h}min`, ahead[h].band_90?.[1] ?? null],
              [`congestion_probability_${h}min`, ahead[h].chance],
            ]),
          ),
        })),
    );
  await moveWatermark(sql, watermark_ms);
}

export const moveWatermark = (sql: Sql, ms: number): Promise<unknown> =>
  sql.unsafe(
    `insert into offsets (stream, partition, watermark) select 'traffic', p, $1::timestamptz from generate_series(0, 3) p
     on conflict (stream, partition) do update set watermark = excluded.watermark`,
    [iso(ms)],
  );

const rows = (sql: Sql, table: string, list: readonly object[]): Promise<unknown> =>
  sql.unsafe(`insert into ${table} select * from json_populate_recordset(null::${table}, $1::text::json)`, [
    JSON.stringify(list),
  ]);

/** What a pair adds, in the tables' units. */
function pairOf(one: Said, h: ScoredHorizon, y: number | null, free: number | null): ScoreSums {
  const zero = Object.fromEntries(measureNames.map((name) => [name, 0])) as Record<
    (typeof measureNames)[number],
    number
  >;
  if (y === null) return { ...zero, unscored_n: 1 };
  const { speed, band_50, band_90, chance } = one.ahead[h];
  const cents = (kmh: number): number => Math.round(kmh * 100);
  const share = (e: number): number =>
    y === 0 ? 0 : Math.floor((Math.abs(e) * 10_000 + Math.floor(y / 2)) / y);
  const e = cents(speed) - y;
  const was = one.current_speed === null ? null : cents(one.current_speed);
  const is_slow = free === null ? null : 2 * y < free;
  const was_slow = free === null || was === null ? null : 2 * was < free;
  const p = chance === null ? null : Math.round(chance * 10_000);
  const judged = p !== null && is_slow !== null;
  const before = judged && was_slow === false;
  const called = before && p >= 3_500;
  const either = was !== null && (was_slow === true || is_slow === true);
  const yes = (it: boolean): number => (it ? 1 : 0);
  const band = (of: readonly [number, number] | null) => {
    if (of === null || cents(of[0]) > cents(of[1])) return { n: 0, covered: 0, width: 0 };
    const [low, high] = [cents(of[0]), cents(of[1])];
    return { n: 1, covered: yes(low <= y && y <= high), width: high - low };
  };
  const [fifty, ninety] = [band(band_50), band(band_90)];
  const stay = was === null ? 0 : was - y;
  return {
    n: 1,
    unscored_n: 0,
    abs_e: Math.abs(e),
    e,
    e2: e * e,
    y,
    y2: y * y,
    ape_n: yes(y > 0),
    ape: share(e),
    within_n: yes(100 * Math.abs(e) <= 15 * cents(speed)),
    band_50_n: fifty.n,
    covered_50_n: fifty.covered,
    width_50: fifty.width,
    band_90_n: ninety.n,
    covered_90_n: ninety.covered,
    width_90: ninety.width,
    prob_n: yes(judged),
    brier: judged ? (p - (is_slow ? 10_000 : 0)) ** 2 : 0,
    slow_n: yes(judged && is_slow),
    onset_n: yes(before && is_slow),
    called_n: yes(called),
    right_n: yes(called && is_slow),
    paired_n: yes(was !== null),
    paired_abs_e: was === null ? 0 : Math.abs(e),
    stay_abs_e: Math.abs(stay),
    either_n: yes(either),
    either_abs_e: either ? Math.abs(e) : 0,
    either_e: either ? e : 0,
    either_ape_n: yes(either && y > 0),
    either_ape: either ? share(e) : 0,
    either_stay_abs_e: either ? Math.abs(stay) : 0,
    either_stay_ape: either ? share(stay) : 0,
  };
}

export interface PlainScores {
  /** `version trial horizon regime` → sums. */
  groups: Map<string, ScoreSums>;
  /** `version trial horizon road day` → n, abs_e. */
  roads: Map<string, [n: number, abs_e: number]>;
}

/** Scores of targets in `[from_ms, to_ms)`. */
export function plainScores({ measured, said }: Scene, from_ms: number, to_ms: number): PlainScores {
  const groups = new Map<string, ScoreSums>();
  const roads = new Map<string, [number, number]>();
  const mean = (values: readonly number[]): number | null => {
    const sum = values.reduce((all, one) => all + Math.round(one * 100), 0);
    return values.length === 0 ? null : Math.floor((sum + Math.floor(values.length / 2)) / values.length);
  };
  const byRoad = Map.groupBy(measured, ({ road_id }) => road_id);
  for (const one of said)
    for (const h of horizons) {
      const target_ms = one.at_ms - (one.at_ms % minutes(1)) + minutes(h);
      if (target_ms < from_ms || target_ms >= to_ms) continue;
      const there = (byRoad.get(one.road_id) ?? []).filter(
        ({ at_ms }) => at_ms >= target_ms - minutes(4) && at_ms < target_ms + minutes(1),
      );
      const y = mean(there.map(({ current_speed }) => current_speed));
      const free = mean(there.flatMap(({ free_flow_speed: of }) => (of === null ? [] : [of])));
      const pair = pairOf(one, h, y, free);
      const version = one.model_version ?? "unknown";
      const group = `${version} ${one.trial} ${h} ${one.regime ?? "unknown"}`;
      const kept = groups.get(group);
      groups.set(
        group,
        kept === undefined
          ? pair
          : (Object.fromEntries(measureNames.map((name) => [name, kept[name] + pair[name]])) as Record<
              (typeof measureNames)[number],
              number
            >),
      );
      if (y === null) continue;
      const road = `${version} ${one.trial} ${h} ${one.road_id} ${Math.floor(target_ms / days(1))}`;
      const [n, abs_e] = roads.get(road) ?? [0, 0];
      roads.set(road, [n + 1, abs_e + pair.abs_e]);
    }
  return { groups, roads };
}

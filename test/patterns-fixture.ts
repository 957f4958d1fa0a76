/** Known answers about what recurs on roads: for what the HTTP side itself decides. */
import { ProblemError } from "../src/core/errors.ts";
import type { Answer, Meta } from "../src/serving/answer.ts";
import type {
  BottleneckRow,
  EpisodeRow,
  ProfileCell,
  ReliabilityRow,
  RoadPatterns,
} from "../src/serving/episode-answer.ts";
import type { ScanQuery } from "../src/serving/scan-answer.ts";

const START = "2026-11-21T08:00:00Z";
const END = "2026-11-21T09:00:00Z";

export const episode: EpisodeRow = {
  road_id: "r1",
  road_name: "High Street",
  started_at: START,
  ended_at: END,
  end: "recovered",
  minutes: 60,
  worst_ratio: 0.21,
  worst_at: "2026-11-21T08:20:00Z",
  delay_s: 1_200,
  mean_delay_s: 100,
  vehicle_hours: 12.5,
  counted_share: 1,
  windows_n: 11,
  windows_expected: 12,
  coverage: 0.9167,
  as_of: END,
};

const bottleneck: BottleneckRow = {
  rank: 1,
  rank_before: 3,
  rank_change: 2,
  road_id: "r1",
  road_name: "=High Street",
  district: "Old Town",
  length_km: 0.8,
  episodes_n: 7,
  delay_s: 8_400,
  delay_s_before: 1_200,
  vehicle_hours: null,
  minutes: 420,
  median_minutes: 55,
  longest_minutes: 120,
  worst_ratio: 0.1,
  frequent_hour: 8,
  frequent_hour_n: 5,
  by_hour: Array.from({ length: 24 }, (_, hour) => (hour === 8 ? 5 : hour === 17 ? 2 : 0)),
  going_on: true,
  newest_started_at: START,
};

const cell = (i: number): ProfileCell => ({
  weekday: Math.floor(i / 24) + 1,
  hour: i % 24,
  mean_speed: i === 3 ? null : 30 + (i % 24),
  p10: i === 3 ? null : 20 + (i % 24),
  p50: i === 3 ? null : 30 + (i % 24),
  p90: i === 3 ? null : 40 + (i % 24),
  spread: i === 3 ? null : 4.5,
  free_flow_speed: i === 3 ? null : 60,
  congested_share: i === 3 ? null : 0.25,
  n: i === 3 ? 0 : 1_440,
  windows_n: i === 3 ? 0 : 44,
  windows_expected: 48,
  coverage: i === 3 ? 0 : 0.9167,
});

const reliability: ReliabilityRow = {
  road_id: "r1",
  road_name: "High Street",
  weekday: null,
  hour: null,
  length_km: 0.8,
  mean_travel_time_s: 72,
  free_flow_travel_time_s: 57.6,
  p95_travel_time_s: 115.2,
  travel_time_index: 1.25,
  planning_time_index: 2,
  buffer_index: 0.6,
  congested_share: 0.11,
  delay_vehicle_hours: null,
  n: 60_480,
  windows_n: 2_000,
  windows_expected: 2_016,
  coverage: 0.9921,
};

const STEP_MS = 300_000;
const instant = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

/** Five segments; the third has no data in the second step. */
const scanOf = ({ corridor, from_ms, to_ms }: ScanQuery) => {
  const steps = Array.from(
    { length: Math.ceil((to_ms - from_ms) / STEP_MS) },
    (_, i) => from_ms + i * STEP_MS,
  );
  const segments = Array.from({ length: 5 }, (_, place) => ({
    road_id: `r${place + 1}`,
    road_name: "High Street",
    from_km: place * 0.8,
    to_km: (place + 1) * 0.8,
    percent: steps.map((_at, i) =>
      place === 2 && i === 1 ? null : i > 90 && i < 110 && place > 0 && place < 4 ? 30 : 85,
    ),
  }));
  return {
    corridor_id: corridor,
    name: corridor === null ? null : "High Street",
    length_km: 4,
    from: instant(from_ms),
    to: instant(to_ms),
    step_s: 300,
    steps: steps.map(instant),
    segments,
    episodes: [
      {
        road_id: "r2",
        started_at: START,
        ended_at: END,
        end: "recovered" as const,
        from_km: 0.8,
        to_km: 1.6,
        worst_ratio: 0.3,
        delay_s: 1_200,
      },
    ],
    cells_n: steps.length * 5 - 1,
    cells_expected: steps.length * 5,
  };
};

/** @param known Throws for a road that nobody knows. */
export function fakePatterns(meta: Meta, known: (road_id: string) => void): RoadPatterns {
  const answer = <T>(data: T): Answer<T> => ({ data, meta: { ...meta, layer: "merged", frontier: END } });
  const all = (roads: readonly string[] | undefined): void => roads?.forEach(known);
  return {
    async episodes({ roads, limit }) {
      all(roads);
      return answer(
        [episode, { ...episode, ended_at: null, end: null, vehicle_hours: null }].slice(0, limit),
      );
    },
    async bottlenecks({ roads, limit }) {
      all(roads);
      return answer([bottleneck].slice(0, limit));
    },
    async profile(road_id) {
      known(road_id);
      return answer({
        road_id,
        road_name: "High Street",
        from: "2026-10-24T00:00:00Z",
        to: "2026-11-21T00:00:00Z",
        cells: Array.from({ length: 168 }, (_, i) => cell(i)),
      });
    },
    async reliability({ roads, by }) {
      all(roads);
      const of_hours = Array.from({ length: 24 }, (_, hour) => ({ ...reliability, hour }));
      return answer(by === "hour" ? of_hours : [reliability]);
    },
    corridors: async () =>
      answer([
        {
          corridor_id: "high-street",
          name: "High Street",
          road_class: "primary",
          segments_n: 5,
          length_km: 4,
          roads: ["r1", "r2", "r3", "r4", "r5"],
        },
      ]),
    async scan(query) {
      all(query.roads ?? undefined);
      if (query.corridor !== null && query.corridor !== "high-street")
        throw new ProblemError({ name: "not-found", detail: "There is no such corridor" });
      return answer(scanOf(query));
    },
  };
}

/** Small made-up networks and matrices for the tests of models. A simulator that a model can learn by heart proves nothing of its worth. */
import type { SpeedMatrix } from "../core/speed-matrix.ts";
import type { RoadNetwork, TrainingSet } from "./model.ts";

/** Monday 2026-03-02 00:00 UTC. */
export const MONDAY_MS = Date.UTC(2026, 2, 2);

export const aNetwork = (roads: number, road_class = "arterial"): RoadNetwork => ({
  roads: Array.from({ length: roads }, (_, i) => ({
    road_id: `road-${i}`,
    congested_below: 30,
    speed_max: 80,
    road_class,
  })),
  edges: Array.from({ length: Math.max(0, roads - 1) }, (_, i) => ({ from: i, to: i + 1, km: 1 })),
  zone: "UTC",
  holidays: [],
});

export function aMatrix(
  roads: number,
  steps: number,
  speedAt: (step: number, road: number) => number,
  from_ms = MONDAY_MS,
): SpeedMatrix {
  const speeds = new Float32Array(steps * roads);
  for (let step = 0; step < steps; step++)
    for (let road = 0; road < roads; road++) speeds[step * roads + road] = speedAt(step, road);
  return { keys: Array.from({ length: roads }, (_, i) => `road-${i}`), from_ms, steps, speeds };
}

export const aSet = (
  roads: number,
  steps: number,
  speedAt: (step: number, road: number) => number,
): TrainingSet => ({ network: aNetwork(roads), matrix: aMatrix(roads, steps, speedAt) });

/** mulberry32: numbers in [0, 1), the same for a seed. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A day of city streets: two rush hours, noise that stays for a while, and jams that come and go. */
export function aDay(seed: number): (step: number, road: number) => number {
  const random = chance(seed);
  const drift = new Map<number, number>();
  return (step, road) => {
    const of_day = (step % 288) / 12;
    const rush = Math.exp(-((of_day - 8) ** 2) / 2) + Math.exp(-((of_day - 17.5) ** 2) / 3);
    const now = 0.9 * (drift.get(road) ?? 0) + 4 * (random() - 0.5);
    drift.set(road, now);
    return Math.max(1, Math.min(80, 60 - 35 * rush * (0.6 + 0.4 * Math.sin(road)) + now));
  };
}

/** The network that models are told of. */
import { expect, test } from "bun:test";
import { demo } from "../cities/demo/index.ts";
import { limits } from "../core/limits.ts";
import { KnownRoads } from "./flow/known-roads.ts";
import { measuredRoads, networkOf } from "./network-of.ts";

const demoCity = demo();

test("a city's roads stand in its order, slow below half of free flow, tied both ways by half the sum of their lengths", () => {
  const network = networkOf(demoCity);
  expect(network.roads.map(({ road_id }) => road_id)).toEqual(demoCity.roads.map(({ road_id }) => road_id));
  for (const [i, { congested_below, speed_max, road_class }] of network.roads.entries()) {
    const road = demoCity.roads[i]!;
    expect(congested_below).toBe(road.free_flow_speed / 2);
    expect(speed_max).toBeGreaterThan(road.free_flow_speed);
    expect(speed_max).toBeLessThanOrEqual(limits.speed_kmh_max);
    expect(road_class).toBe(road.road_class);
  }
  const pairs = new Set(network.edges.map(({ from, to }) => `${from} ${to}`));
  expect(pairs.size).toBe(network.edges.length);
  for (const { from, to, km } of network.edges) {
    const [a, b] = [demoCity.roads[from]!, demoCity.roads[to]!];
    expect(a.neighbours.includes(b.road_id) || b.neighbours.includes(a.road_id)).toBe(true);
    expect(km).toBe((a.length_km + b.length_km) / 2);
    expect(pairs.has(`${to} ${from}`)).toBe(true);
  }
  expect(network.edges.length).toBeGreaterThan(demoCity.roads.length);
  expect(networkOf(demoCity)).toEqual(network);
});

const empty = { roads: [], zone: "UTC", holidays: [] };

test("sensors stand behind, by their names, tied to the nearest; of those without a place or a free flow less is known", () => {
  const at = (km_north: number): [number, number] => [10, 50 + km_north / 111.195];
  const network = networkOf(empty, [
    { road_id: "c", free_flow_speed: 100, at: at(30) },
    { road_id: "a", free_flow_speed: 60, at: at(0) },
    { road_id: "b", free_flow_speed: null, at: at(2) },
    { road_id: "d", free_flow_speed: 250, at: null },
    { road_id: "a", free_flow_speed: 80, at: at(0) },
  ]);
  expect(
    network.roads.map(({ road_id, congested_below, speed_max }) => [road_id, congested_below, speed_max]),
  ).toEqual([
    ["a", 40, 120],
    ["b", 0, limits.speed_kmh_max],
    ["c", 50, 150],
    ["d", 125, limits.speed_kmh_max],
  ]);
  expect(network.edges.map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(network.edges[0]!.km).toBeCloseTo(2, 3);
});

test("a road of the city is no extra one, and no more roads than the limit", () => {
  const road = demoCity.roads[0]!;
  expect(networkOf(demoCity, [{ road_id: road.road_id, free_flow_speed: 1, at: null }])).toEqual(
    networkOf(demoCity),
  );
  const many = Array.from({ length: limits.model_roads_max + 5 }, (_, i) => ({
    road_id: `s${i}`,
    free_flow_speed: 50,
    at: null,
  }));
  expect(networkOf(demoCity, many).roads).toHaveLength(limits.model_roads_max);
  const roads = many.map(({ road_id }) => ({ ...road, road_id }));
  const large = networkOf({ ...demoCity, roads }, many);
  expect(large.roads.map(({ road_id }) => road_id)).toEqual(
    new KnownRoads(roads.map(({ road_id }) => road_id)).keys,
  );
  expect(large.roads).toHaveLength(limits.model_roads_max);
});

test("a sensor's free flow is the 85th percentile of what was measured; of less than an hour, or only standstill, nobody knows", () => {
  const steps = 100;
  const keys = ["counted", "short", "standing", demoCity.roads[0]!.road_id];
  const speeds = new Float32Array(steps * keys.length).fill(Number.NaN);
  for (let step = 0; step < steps; step++) {
    speeds[step * keys.length] = (step * 37) % 100;
    if (step < 11) speeds[step * keys.length + 1] = 50;
    speeds[step * keys.length + 2] = 0;
    speeds[step * keys.length + 3] = 30;
  }
  expect(measuredRoads(demoCity, { keys, from_ms: 0, steps, speeds }, new Map([["short", [1, 2]]]))).toEqual([
    { road_id: "counted", free_flow_speed: 85, at: null },
    { road_id: "short", free_flow_speed: null, at: [1, 2] },
    { road_id: "standing", free_flow_speed: null, at: null },
  ]);
});

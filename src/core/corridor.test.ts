import { describe, expect, test } from "bun:test";
import { demo } from "../cities/demo/index.ts";
import type { Road } from "./city.ts";
import { corridorsOf } from "./corridor.ts";
import type { Position } from "./geo.ts";

const road = (road_id: string, road_name: string, from: Position, to: Position, length_km = 1): Road => ({
  road_id,
  road_name,
  road_class: "primary",
  district: "Old Town",
  free_flow_speed: 50,
  length_km,
  geometry: [from, to],
  neighbours: [],
});
/** Segments along a line, drawn in either sense. */
const line = (name: string, ids: readonly string[], y = 0): Road[] =>
  ids.map((id, i) => (i % 2 === 0 ? road(id, name, [i, y], [i + 1, y]) : road(id, name, [i + 1, y], [i, y])));
const idsOf = (roads: readonly Road[]): string =>
  corridorsOf({ roads })
    .map((corridor) => `${corridor.corridor_id}: ${corridor.roads.map((r) => r.road_id).join(" ")}`)
    .join("; ");

describe("a corridor", () => {
  test("is five segments of one name in a row, whatever their order and sense; fewer are none", () => {
    const roads = line("High Street", ["a", "b", "c", "d", "e"]);
    expect(idsOf([roads[3]!, roads[0]!, roads[4]!, roads[2]!, roads[1]!])).toBe("high-street: a b c d e");
    expect(idsOf(roads.slice(0, 4))).toBe("");
  });

  test("begins at the end with the smaller id", () => {
    expect(idsOf(line("High Street", ["e", "d", "c", "b", "a"]))).toBe("high-street: a b c d e");
  });

  test("goes over a bridge of another name, and not round about", () => {
    const roads = line("Market Street", ["a", "b", "c", "d", "e"]);
    roads[2] = { ...roads[2]!, road_name: "Old Bridge" };
    const round = { ...road("f", "Other Way", [2, 0], [3, 0]), length_km: 9 };
    expect(idsOf([...roads, round])).toBe("market-street: a b c d e");
  });

  test("goes straight on where its name forks, and closes a ring", () => {
    const roads = line("Fork Road", ["a", "b", "c", "d", "e", "f"]);
    expect(idsOf([...roads, road("g", "Fork Road", [3, 0], [3, 1])])).toBe("fork-road: a b c d e f");
    const corner: Position[] = [
      [0, 0],
      [1, 0],
      [2, 1],
      [1, 2],
      [0, 1],
    ];
    const ring = corner.map((at, i) => road(`r${i}`, "Ring", at, corner[(i + 1) % 5]!));
    const [found] = corridorsOf({ roads: ring });
    expect(found!.roads).toHaveLength(5);
    expect(found!.length_km).toBe(5);
  });

  test("two of one name have ids of their own, the longer one first", () => {
    const short = line("Mill Lane", ["a", "b", "c", "d", "e"]);
    const long = line("Mill Lane", ["f", "g", "h", "i", "j", "k"], 5);
    expect(idsOf([...short, ...long])).toBe("mill-lane: f g h i j k; mill-lane-2: a b c d e");
  });
});

test("in the demo city each segment of a corridor meets the one before, and no id comes twice", () => {
  const corridors = corridorsOf(demo());
  expect(corridors.length).toBeGreaterThan(50);
  expect(new Set(corridors.map(({ corridor_id }) => corridor_id)).size).toBe(corridors.length);
  for (const { roads } of corridors)
    for (const [i, one] of roads.entries())
      if (i > 0) expect(one.neighbours).toContain(roads[i - 1]!.road_id);
  expect(corridors.find(({ name }) => name === "Market Street")!.roads.map((r) => r.road_name)).toContain(
    "Old Bridge",
  );
});

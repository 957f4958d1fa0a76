/**
 * Corridors of a city: segments of one name that follow each other, in their order. A bridge that has its own name does not cut a road in
 * two. Pure, and the same each time.
 */
import type { City, Road } from "./city.ts";

export interface Corridor {
  /** Of its name: `belt-avenue`, the second one of a name `belt-avenue-2`. */
  corridor_id: string;
  name: string;
  /** In order along it, from the end whose first segment has the smaller id. */
  roads: readonly Road[];
  length_km: number;
}

/** Fewer segments are no corridor. */
const SEGMENTS_MIN = 5;

type Node = string;
const endsOf = (road: Road): readonly [Node, Node] => [
  String(road.geometry[0]),
  String(road.geometry.at(-1)),
];

/** Longest first; then by name. */
export function corridorsOf({ roads }: Pick<City, "roads">): readonly Corridor[] {
  const at = new Map<Node, Road[]>();
  for (const road of roads)
    for (const end of endsOf(road)) {
      const meeting = at.get(end);
      if (meeting === undefined) at.set(end, [road]);
      else meeting.push(road);
    }
  const chains = [...Map.groupBy(roads, (road) => road.road_name)].flatMap(([name, mine]) =>
    chainsOf([...mine, ...bridgesOf(mine, at)]).map((chain) => ({ name, chain })),
  );
  const found = chains
    .filter(({ chain }) => chain.length >= SEGMENTS_MIN)
    .map(({ name, chain }) => ({ name, roads: chain, length_km: lengthOf(chain) }))
    .sort((a, b) => b.length_km - a.length_km || (a.name < b.name ? -1 : 1));
  const taken = new Map<string, number>();
  return found.map((corridor) => {
    const slug = slugOf(corridor.name);
    const n = (taken.get(slug) ?? 0) + 1;
    taken.set(slug, n);
    return { corridor_id: n === 1 ? slug : `${slug}-${n}`, ...corridor };
  });
}

/** Metres are kept, so that a sum of thousandths is one. */
export const lengthOf = (roads: readonly Pick<Road, "length_km">[]): number =>
  Math.round(roads.reduce((sum, road) => sum + road.length_km, 0) * 1_000) / 1_000;

/** `Saint George's Parade` → `saint-george-s-parade`; letters of any script stay. */
const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "") || "road";

/** Roads of other names that join two loose ends of a name. */
function bridgesOf(mine: readonly Road[], at: ReadonlyMap<Node, readonly Road[]>): Road[] {
  const loose = new Set([...degrees(mine)].filter(([, n]) => n === 1).map(([end]) => end));
  const own = new Set(mine);
  const found = new Set<Road>();
  for (const end of loose)
    for (const road of at.get(end) ?? []) {
      const [a, b] = endsOf(road);
      if (!own.has(road) && a !== b && loose.has(a) && loose.has(b)) found.add(road);
    }
  // One between two ends, the shortest: others go round about.
  const used = new Set<Node>();
  return [...found]
    .sort((a, b) => a.length_km - b.length_km || (a.road_id < b.road_id ? -1 : 1))
    .filter((road) => {
      const ends = endsOf(road);
      if (ends.some((end) => used.has(end))) return false;
      for (const end of ends) used.add(end);
      return true;
    });
}

function degrees(roads: readonly Road[]): Map<Node, number> {
  const n = new Map<Node, number>();
  for (const road of roads) for (const end of endsOf(road)) n.set(end, (n.get(end) ?? 0) + 1);
  return n;
}

/** Walks from loose ends first, straight on where the road forks; what is left are rings. */
function chainsOf(roads: readonly Road[]): Road[][] {
  const left = new Set([...roads].sort((a, b) => (a.road_id < b.road_id ? -1 : 1)));
  const chains: Road[][] = [];
  while (left.size > 0) {
    const degree = degrees([...left]);
    const start = [...left].find((road) => endsOf(road).some((end) => degree.get(end) === 1));
    const first = start ?? left.values().next().value!;
    const [a, b] = endsOf(first);
    chains.push(walk(first, degree.get(a) === 1 || degree.get(b) !== 1 ? b : a, left));
  }
  return chains;
}

function walk(first: Road, towards: Node, left: Set<Road>): Road[] {
  const chain = [first];
  left.delete(first);
  for (let end = towards; ;) {
    const last = chain.at(-1)!;
    const next = [...left]
      .filter((road) => endsOf(road).includes(end))
      .map((road) => ({ road, turn: turnAt(last, road, end) }))
      .sort((x, y) => x.turn - y.turn)[0]?.road;
    if (next === undefined) return chain;
    left.delete(next);
    chain.push(next);
    const [a, b] = endsOf(next);
    end = a === end ? b : a;
  }
}

/** How sharp the turn is: 0 straight on to 2 right back. */
function turnAt(from: Road, to: Road, node: Node): number {
  const [ax, ay] = awayFrom(from, node);
  const [bx, by] = awayFrom(to, node);
  const n = Math.hypot(ax, ay) * Math.hypot(bx, by);
  return n === 0 ? 2 : 1 + (ax * bx + ay * by) / n;
}

function awayFrom({ geometry }: Road, node: Node): [number, number] {
  const [at, next] =
    String(geometry[0]) === node
      ? [geometry[0]!, geometry[1]!]
      : [geometry.at(-1)!, geometry.at(-2) ?? geometry[0]!];
  // Degrees of longitude are shorter than those of latitude.
  return [(next[0] - at[0]) * Math.cos((at[1] * Math.PI) / 180), next[1] - at[1]];
}

/** Brings a network to an exact number of segments: cuts the longest, gives up the least. */
import { degreesOf, partsOf, rank, type Edge, type Graph } from "./graph.ts";
import { lineLength, pointAt, type Point } from "./plane.ts";

/** No segment longer than this, km: a jam on it would have no place. */
const LONGEST: Record<string, number> = {
  motorway: 1.5,
  trunk: 1.1,
  primary: 1,
  secondary: 1,
  tertiary: 1,
  residential: 1,
};

/** Cuts what is too long into equal parts. */
export function cutLong(graph: Graph): Graph {
  const nodes = [...graph.nodes];
  const edges = graph.edges.flatMap((e) => {
    const n = e.bridge ? 1 : Math.ceil(e.length / LONGEST[e.road_class]!);
    return n === 1 ? [e] : parts(e, n, nodes);
  });
  return { nodes, edges };
}

function parts(e: Edge, n: number, nodes: Point[]): Edge[] {
  const out: Edge[] = [];
  let from = e.from;
  for (let k = 1; k <= n; k++) {
    const line = between(e.line, ((k - 1) / n) * e.length, (k / n) * e.length);
    const to = k === n ? e.to : nodes.push(line.at(-1)!) - 1;
    out.push({ ...e, order: e.order + (k / n) * 0.5, from, to, line, length: lineLength(line) });
    from = to;
  }
  return out;
}

function between(line: readonly Point[], from_km: number, to_km: number): Point[] {
  const out: Point[] = [pointAt(line, from_km)];
  let gone = 0;
  for (let i = 1; i + 1 < line.length; i++) {
    gone += lineLength(line.slice(i - 1, i + 1));
    if (gone > from_km + 1e-6 && gone < to_km - 1e-6) out.push(line[i]!);
  }
  out.push(pointAt(line, to_km));
  return out;
}

/** Exactly `wanted` segments in one connected part. What is given up goes to the background's lanes. */
export function exactly(wanted: number, graph: Graph): { graph: Graph; given_up: Edge[] } {
  const given_up: Edge[] = [];
  const nodes = [...graph.nodes];
  let edges = [...graph.edges];
  while (edges.length > wanted) {
    const gone = leastNeeded(edges, edges.length - wanted);
    given_up.push(...gone);
    edges = edges.filter((e) => !gone.has(e));
  }
  while (edges.length < wanted) {
    const longest = edges.reduce((a, b) => (b.length > a.length && !b.bridge ? b : a));
    edges = edges.flatMap((e) => (e === longest ? parts(e, 2, nodes) : [e]));
  }
  return { graph: { nodes, edges }, given_up };
}

/** Up to `n` dead ends of the lowest class; where there are none, one segment that is not the only way. */
function leastNeeded(edges: readonly Edge[], n: number): Set<Edge> {
  const degree = degreesOf(edges);
  const loose = (e: Edge): boolean => degree.get(e.from) === 1 || degree.get(e.to) === 1;
  const order = edges
    .filter((e) => !e.bridge && rank[e.road_class] >= 4)
    .sort((a, b) => rank[b.road_class] - rank[a.road_class] || a.length - b.length);
  const ends = order.filter((e) => loose(e) && e.road_class === "residential");
  if (ends.length > 0) return new Set(ends.slice(0, n));
  const spare = order.find((e) => {
    const part = partsOf(edges.filter((other) => other !== e));
    return part(e.from) === part(e.to);
  });
  return new Set([spare ?? order[0]!]);
}

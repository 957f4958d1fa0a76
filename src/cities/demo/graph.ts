/** Streets become a network: cut at their crossings, junctions that lie too close made one, loose ends trimmed. */
import type { RoadClass } from "../../core/city.ts";
import type { Street } from "./arteries.ts";
import { crossing, distance, lineLength, pointAt, type Point } from "./plane.ts";
import { Pieces } from "./proximity.ts";

export interface Edge {
  from: number;
  to: number;
  line: Point[];
  length: number;
  /** Index of the street it was cut from. */
  street: number;
  /** Place along its street; only the order means something. */
  order: number;
  road_class: RoadClass;
  bridge: boolean;
}

export interface Graph {
  nodes: Point[];
  edges: Edge[];
}

export const rank: Record<RoadClass, number> = {
  motorway: 0,
  trunk: 1,
  primary: 2,
  secondary: 3,
  tertiary: 4,
  residential: 5,
};

/** Junctions nearer than this are one, km. */
const JUNCTION = 0.075;
/** Dead ends shorter than this are no roads, km. */
const STUB = 0.2;

export function networkOf(streets: readonly Street[]): Graph {
  return mergeChains(largestPart(trimmed(contracted(trimmed(cutAtCrossings(streets))))));
}

function cutAtCrossings(streets: readonly Street[]): Graph {
  const pieces = new Pieces();
  const cuts: { at: number; t: number; node: number }[][] = streets.map(() => []);
  const nodes: Point[] = [];
  const ends = new Map<string, number>();
  const endNode = (p: Point): number => {
    const key = `${p[0].toFixed(6)} ${p[1].toFixed(6)}`;
    let node = ends.get(key);
    if (node === undefined) ends.set(key, (node = nodes.push(p) - 1));
    return node;
  };
  streets.forEach(({ line }, number) => {
    cuts[number]!.push(
      { at: 0, t: 0, node: endNode(line[0]!) },
      { at: line.length - 2, t: 1, node: endNode(line.at(-1)!) },
    );
    for (let at = 0; at + 1 < line.length; at++) {
      const [a, b] = [line[at]!, line[at + 1]!];
      const seen = new Set<number>();
      pieces.visit(a, b, (piece) => {
        const hit = crossing(a, b, piece.a, piece.b);
        const known = piece.line * 100_000 + piece.at;
        if (hit === null || seen.has(known)) return;
        seen.add(known);
        const node = nodes.push([a[0] + (b[0] - a[0]) * hit[0], a[1] + (b[1] - a[1]) * hit[0]]) - 1;
        cuts[number]!.push({ at, t: hit[0], node });
        cuts[piece.line]!.push({ at: piece.at, t: hit[1], node });
      });
    }
    pieces.addLine(line, number);
  });
  const edges: Edge[] = [];
  streets.forEach((street, number) => {
    const along = cuts[number]!.sort((a, b) => a.at - b.at || a.t - b.t);
    for (let i = 0; i + 1 < along.length; i++) {
      const [a, b] = [along[i]!, along[i + 1]!];
      const line = [nodes[a.node]!, ...street.line.slice(a.at + 1, b.at + 1), nodes[b.node]!];
      edges.push({
        from: a.node,
        to: b.node,
        line,
        length: lineLength(line),
        street: number,
        order: a.at + a.t,
        road_class: street.road_class,
        bridge: street.bridge,
      });
    }
  });
  return { nodes, edges };
}

/** Makes one junction of those that a short edge joins; it stays on the more important road. */
function contracted({ nodes, edges }: Graph): Graph {
  const parent = nodes.map((_, i) => i);
  const weight = nodes.map(() => 99);
  for (const e of edges)
    for (const n of [e.from, e.to]) weight[n] = Math.min(weight[n]!, e.bridge ? -1 : rank[e.road_class]);
  const root = (n: number): number => {
    while (parent[n] !== n) n = parent[n] = parent[parent[n]!]!;
    return n;
  };
  for (const e of [...edges].sort((a, b) => a.length - b.length)) {
    const [a, b] = [root(e.from), root(e.to)];
    if (a === b || e.bridge || distance(nodes[a]!, nodes[b]!) > JUNCTION) continue;
    if (weight[a]! <= weight[b]!) parent[b] = a;
    else parent[a] = b;
  }
  const kept = new Map<string, Edge>();
  for (const e of edges) {
    const [from, to] = [root(e.from), root(e.to)];
    if (from === to) continue;
    const line = fitted(e.line, nodes[from]!, nodes[to]!);
    const edge = { ...e, from, to, line, length: lineLength(line) };
    const middle = pointAt(line, edge.length / 2);
    const pair = `${Math.min(from, to)} ${Math.max(from, to)}`;
    const twin = kept.get(pair);
    if (twin === undefined) kept.set(pair, edge);
    else if (distance(middle, pointAt(twin.line, twin.length / 2)) > 0.12)
      kept.set(`${pair} ${e.street}`, edge);
    else if (rank[e.road_class] < rank[twin.road_class]) kept.set(pair, edge);
  }
  return { nodes, edges: [...kept.values()] };
}

/** The line with its ends moved, without the vertices that would make a hook there. */
function fitted(line: readonly Point[], from: Point, to: Point): Point[] {
  const inner = line.slice(1, -1).filter((p) => distance(p, from) > 0.07 && distance(p, to) > 0.07);
  return [from, ...inner, to];
}

export function degreesOf(edges: readonly Edge[]): Map<number, number> {
  const out = new Map<number, number>();
  for (const e of edges) for (const n of [e.from, e.to]) out.set(n, (out.get(n) ?? 0) + 1);
  return out;
}

function trimmed(graph: Graph): Graph {
  let { edges } = graph;
  for (;;) {
    const degree = degreesOf(edges);
    const left = edges.filter((e) => {
      const loose = degree.get(e.from) === 1 || degree.get(e.to) === 1;
      return !(loose && (e.bridge || e.length < STUB || (e.length < 0.35 && rank[e.road_class] < 5)));
    });
    if (left.length === edges.length) return { nodes: graph.nodes, edges };
    edges = left;
  }
}

/** Which connected part each node is in. */
export function partsOf(edges: readonly Edge[]): (node: number) => number {
  const parent = new Map<number, number>();
  const root = (n: number): number => {
    let at = n;
    while ((parent.get(at) ?? at) !== at) at = parent.get(at)!;
    while ((parent.get(n) ?? n) !== n) {
      const next = parent.get(n)!;
      parent.set(n, at);
      n = next;
    }
    return at;
  };
  for (const e of edges) {
    const [a, b] = [root(e.from), root(e.to)];
    if (a !== b) parent.set(a, b);
  }
  return root;
}

export function largestPart(graph: Graph): Graph {
  const part = partsOf(graph.edges);
  const size = new Map<number, number>();
  for (const e of graph.edges) size.set(part(e.from), (size.get(part(e.from)) ?? 0) + 1);
  const largest = [...size].sort((a, b) => b[1] - a[1])[0]![0];
  return { nodes: graph.nodes, edges: graph.edges.filter((e) => part(e.from) === largest) };
}

/** Joins two edges of a street where nothing else meets them. */
export function mergeChains(graph: Graph): Graph {
  const at = new Map<number, Edge[]>();
  const edges = new Set(graph.edges);
  for (const e of edges) for (const n of [e.from, e.to]) at.set(n, [...(at.get(n) ?? []), e]);
  for (const [node, both] of at) {
    if (both.length !== 2 || both[0] === both[1]) continue;
    const [a, b] = both[0]!.to === node ? [both[0]!, both[1]!] : [both[1]!, both[0]!];
    if (a.street !== b.street || a.bridge !== b.bridge || a.length + b.length > 1.1) continue;
    const first = a.to === node ? a.line : a.line.toReversed();
    const second = b.from === node ? b.line : b.line.toReversed();
    const from = a.to === node ? a.from : a.to;
    const to = b.from === node ? b.to : b.from;
    if (from === to) continue;
    const joined: Edge = {
      ...a,
      from,
      to,
      line: [...first, ...second.slice(1)],
      length: a.length + b.length,
    };
    edges.delete(a);
    edges.delete(b);
    edges.add(joined);
    for (const [n, old] of [
      [from, a],
      [to, b],
    ] as const)
      at.set(
        n,
        at.get(n)!.map((e) => (e === old ? joined : e)),
      );
    at.delete(node);
  }
  return { nodes: graph.nodes, edges: [...edges] };
}

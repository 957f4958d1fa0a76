/** The final form of each segment: few vertices, and no two that cross but at a junction. */
import { largestPart, rank, type Edge, type Graph } from "./graph.ts";
import { crossing, distance, lineLength, pointAt, simplify, type Point } from "./plane.ts";
import { Pieces } from "./proximity.ts";

const VERTICES_MAX = 8;

/** 3 to 8 vertices per segment. */
export function shaped(graph: Graph): Graph {
  const edges = graph.edges.map((e) => {
    let line = simplify(e.line, 0.006);
    for (let tolerance = 0.009; line.length > VERTICES_MAX; tolerance *= 1.5)
      line = simplify(e.line, tolerance);
    if (line.length === 2) line = [line[0]!, pointAt(e.line, e.length / 2), line[1]!];
    return { ...e, line, length: lineLength(line) };
  });
  return { nodes: graph.nodes, edges };
}

/** Without the lesser of any two segments that cross away from a junction of both. */
export function disentangled(graph: Graph): Graph {
  const gone = new Set<Edge>();
  const pieces = new Pieces();
  graph.edges.forEach((e, i) => pieces.addLine(e.line, i));
  for (const e of graph.edges) {
    for (let i = 0; i + 1 < e.line.length; i++) {
      const [a, b] = [e.line[i]!, e.line[i + 1]!];
      pieces.visit(a, b, (piece) => {
        const other = graph.edges[piece.line]!;
        if (other === e || gone.has(e) || gone.has(other)) return;
        const hit = crossing(a, b, piece.a, piece.b);
        if (hit === null) return;
        const at: Point = [a[0] + (b[0] - a[0]) * hit[0], a[1] + (b[1] - a[1]) * hit[0]];
        const shared = [e.from, e.to].filter((n) => n === other.from || n === other.to);
        if (shared.some((n) => distance(graph.nodes[n]!, at) < 0.003)) return;
        gone.add(importance(e) < importance(other) ? other : e);
      });
    }
  }
  return largestPart({ nodes: graph.nodes, edges: graph.edges.filter((e) => !gone.has(e)) });
}

const importance = (e: Edge): number => (e.bridge ? -1 : rank[e.road_class]);

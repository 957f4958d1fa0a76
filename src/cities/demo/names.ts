/** Gives every street its name: one street, one name; one name, one street. */
import type { Street } from "./arteries.ts";
import type { Edge } from "./graph.ts";
import { randomFrom, type Point } from "./plane.ts";
import { districtAt } from "./terrain.ts";
import { bridgeNames, endings, themes } from "./words.ts";

/** A longer street changes its name on the way, km. */
const LONGEST = { motorway: 99, trunk: 99, primary: 99, secondary: 4.2, tertiary: 2.6, residential: 1.8 };

/** Names by edge. */
export function nameRoads(
  edges: readonly Edge[],
  streets: readonly Street[],
  seed: number,
): Map<Edge, string> {
  const random = randomFrom(seed);
  const names = new Map<Edge, string>();
  const used = new Set(streets.map((s) => s.name));
  const taken = new Set<string>();
  const bridges = edges.filter((e) => e.bridge).sort((a, b) => middle(a)[0] - middle(b)[0]);
  nameBridges(bridges, streets, names);
  for (const stretch of stretches(edges.filter((e) => !e.bridge))) {
    const first = stretch[0]!;
    const own = streets[first.street]!.name;
    const name = own === "" ? fresh(stretch[stretch.length >> 1]!, used, taken, random) : own;
    used.add(name);
    for (const e of stretch) names.set(e, name);
  }
  return names;
}

const middle = (e: Edge): Point => e.line[e.line.length >> 1]!;

function nameBridges(bridges: readonly Edge[], streets: readonly Street[], names: Map<Edge, string>): void {
  let next = 0;
  for (const e of bridges) {
    const street = streets[e.street]!;
    const side = middle(e)[0] < 0 ? "West" : "East";
    if (e.road_class === "motorway") names.set(e, `Vena Viaduct ${side}`);
    else if (e.road_class === "trunk" && street.name.endsWith("Ring")) names.set(e, `${side} Ring Bridge`);
    else if (street.name === "Market Street") names.set(e, "Old Bridge");
    else {
      if (bridgeNames[next] === "Old Bridge") next++;
      names.set(e, bridgeNames[next++]!);
    }
  }
}

/** Edges of one street in its order, cut where it grows too long for one name. */
function stretches(edges: readonly Edge[]): Edge[][] {
  const ordered = [...edges].sort((a, b) => a.street - b.street || a.order - b.order);
  const out: Edge[][] = [];
  let gone = 0;
  for (const e of ordered) {
    const last = out.at(-1);
    const same =
      last !== undefined && last[0]!.street === e.street && gone + e.length <= LONGEST[e.road_class];
    if (same) last.push(e);
    else out.push([e]);
    gone = same ? gone + e.length : e.length;
  }
  return out;
}

function fresh(e: Edge, used: ReadonlySet<string>, taken: Set<string>, random: () => number): string {
  const own = themes[districtAt(middle(e)).theme];
  const ends = endings[e.road_class];
  for (const words of [own, ...Object.values(themes)]) {
    const from = Math.floor(random() * words.length);
    // Each word serves once while there are new ones; then again with another ending.
    for (const again of [false, true]) {
      for (let i = 0; i < words.length; i++) {
        const word = words[(from + i) % words.length]!;
        if (!again && taken.has(word)) continue;
        taken.add(word);
        const shape = Math.floor(random() * ends.length);
        for (let k = 0; k < ends.length; k++) {
          const name = `${word}${themes.guilds.includes(word) ? "'" : ""} ${ends[(shape + k) % ends.length]!}`;
          if (!used.has(name)) return name;
        }
      }
    }
  }
  throw new RangeError(`Cannot name a ${e.road_class} street: all words are taken; add some to words.ts`);
}

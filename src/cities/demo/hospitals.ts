/** The city's ten hospitals: each beside a main road of its district, on the land. */
import type { Hospital } from "../../core/city.ts";
import type { Position } from "../../core/geo.ts";
import type { Edge } from "./graph.ts";
import { distance, length, lineLength, pointAt, type Point } from "./plane.ts";
import { districts, villages, waterDistance } from "./terrain.ts";

/** Names with the district or village that each stands in. */
const planned: readonly (readonly [name: string, place: string])[] = [
  ["Castle Hill Infirmary", "Castle Hill"],
  ["University Hospital", "University"],
  ["Northgate General", "Northgate"],
  ["Eastfield Hospital", "Eastfield"],
  ["Harbour Clinic", "Harbour"],
  ["Southmoor Hospital", "Southmoor"],
  ["Westend General", "Westend"],
  ["Bankfield Children's Hospital", "Bankfield"],
  ["Millbrook Hospital", "Millbrook"],
  ["Brenford Cottage Hospital", "Brenford"],
];

const MAIN: ReadonlySet<string> = new Set(["primary", "secondary"]);
/** From the middle of the road to the house, and from the house to the nearest bank at least, km. */
const ASIDE_KM = 0.06;
const BANK_KM = 0.08;

export function hospitalsOf(edges: readonly Edge[], place: (p: Point) => Position): Hospital[] {
  const main = edges.filter((e) => MAIN.has(e.road_class) && !e.bridge);
  return planned.map(([name, at], i) => ({
    hospital_id: `hospital_${String(i + 1).padStart(2, "0")}`,
    name,
    at: place(besideNearest(main, centreOf(at))),
  }));
}

function centreOf(name: string): Point {
  const found = districts.find((d) => d.name === name) ?? villages.find((v) => v.name === name);
  if (found === undefined) throw new RangeError(`There is no district or village "${name}"`);
  return found.centre;
}

/** A place on dry land beside the main road that comes nearest to a point. */
function besideNearest(main: readonly Edge[], centre: Point): Point {
  let best: Point | null = null;
  let least = Infinity;
  for (const { line } of main) {
    const half = lineLength(line) / 2;
    const [before, middle] = [pointAt(line, half * 0.9), pointAt(line, half)];
    const [dx, dy] = [middle[0] - before[0], middle[1] - before[1]];
    const along = length(dx, dy);
    for (const side of [ASIDE_KM, -ASIDE_KM]) {
      const at: Point = [middle[0] - (dy / along) * side, middle[1] + (dx / along) * side];
      const far = distance(at, centre);
      if (far < least && waterDistance(at[0], at[1]) > BANK_KM) [best, least] = [at, far];
    }
  }
  if (best === null) throw new RangeError("There is no main road on dry land");
  return best;
}

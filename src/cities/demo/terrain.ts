/** The lie of the land: river, lake, parks, districts. Everything else follows from it. */
import { makeBlob, shoreDistance, type Blob } from "./blob.ts";
import { clamp, curve, distance, length, noise, smooth, type Line, type Point } from "./plane.ts";

/** Half the width and height of the map, km. */
export const EXTENT: Point = [13, 11.6];

/** Centre line of the river, west to east, a vertex every 100 m. */
export const river: Line = curve(
  [
    [-13.6, 3.1],
    [-12.3, 2.9],
    [-11, 1.7],
    [-9.6, 1.5],
    [-8.6, 2.4],
    [-7.3, 2.5],
    [-6.3, 1.3],
    [-5.2, 0.0],
    [-3.9, -0.35],
    [-2.7, -1.1],
    [-1.3, -1.25],
    [0.1, -0.95],
    [1.4, -1.35],
    [2.6, -1.5],
    [3.6, -0.7],
    [4.3, 0.5],
    [5.4, 1.15],
    [6.6, 0.6],
    [7.3, -0.6],
    [8.4, -1.35],
    [9.7, -0.9],
    [11, -1.3],
    [12.3, -2.7],
    [13.6, -3.1],
  ],
  0.1,
);

/** Half its width, km: it widens below the old town. */
export const riverHalf = (x: number): number => 0.1 + 0.045 * smooth(x, -3, 3) + 0.018 * noise(x * 0.9, 4, 7);
const riverWidths: readonly number[] = river.map((p) => riverHalf(p[0]));

export const lake = makeBlob("Lake Aurelia", [-4.35, -4.75], 1.15, 1.28, 38, [
  [2, 0.08, 0.6],
  [3, 0.11, 2],
  [5, 0.05, 1.1],
]);

export const harbour = makeBlob("Eastern Basin", [4.75, -0.3], 0.4, 1.55, -28, [
  [2, 0.05, 0.4],
  [4, 0.06, 0.2],
]);

const blob = (name: string, centre: Point, radius: number, stretch = 1.2, turn = 0, phase = 0): Blob =>
  makeBlob(name, centre, radius, stretch, turn, [
    [2, 0.1, phase],
    [3, 0.1, phase * 2 + 1],
    [5, 0.06, phase * 3],
    [8, 0.03, phase * 5],
  ]);

export const parks: readonly Blob[] = [
  blob("Castle Gardens", [-0.95, 0.95], 0.33, 1.3, 30, 1),
  blob("Volkspark", [3.2, 2.75], 0.72, 1.35, 60, 2),
  blob("Botanic Garden", [-2.75, 1.55], 0.42, 1.25, 10, 3),
  blob("Vena Meadows", [-6.25, -0.95], 0.7, 1.5, -35, 4),
  blob("South Common", [1.5, -4.15], 0.66, 1.3, 15, 5),
  blob("Linden Cemetery", [-1.9, 4.35], 0.42, 1.2, 80, 1.5),
  blob("Racecourse", [5.25, -3.35], 0.5, 1.45, 20, 0.2),
  blob("Hare Park", [0.9, 5.9], 0.5, 1.3, -20, 2.6),
];

export const woods: readonly Blob[] = [
  blob("Arteria Forest", [-9.7, -6.6], 2.1, 1.3, 40, 1),
  blob("Kings Wood", [9.9, 7.6], 1.9, 1.35, 20, 2),
  blob("Hollow Wood", [-6.6, 8.9], 1.35, 1.5, 15, 3),
  blob("Pine Heath", [8.6, -7.6], 1.5, 1.3, -30, 4),
  blob("Monk's Copse", [-11.4, 6.6], 0.85, 1.3, 70, 5),
  blob("Fen Wood", [11.4, 2.2], 0.8, 1.4, 80, 0.5),
];

export type Theme = "guilds" | "science" | "music" | "trees" | "trade" | "places" | "people" | "country";

export interface District {
  name: string;
  centre: Point;
  /** How far its own grid reaches, km, and how that grid is turned, degrees. */
  reach: number;
  turn: number;
  theme: Theme;
}

const district = (
  name: string,
  x: number,
  y: number,
  reach: number,
  turn: number,
  theme: Theme,
): District => ({
  name,
  centre: [x, y],
  reach,
  turn,
  theme,
});

export const districts: readonly District[] = [
  district("Old Town", 0.05, 0.1, 0.75, 12, "guilds"),
  district("Castle Hill", -1.15, 1.5, 0.9, 32, "people"),
  district("Riverside", 0.2, -2, 1, -6, "trade"),
  district("Harbour", 3.7, -1.9, 1.3, 38, "trade"),
  district("Station Quarter", 1.7, 1.2, 0.9, -18, "places"),
  district("University", -2.9, 0.75, 1.1, 52, "science"),
  district("Northgate", 0.3, 3.2, 1.5, 4, "people"),
  district("Parkside", 2.6, 3.7, 1.4, -35, "music"),
  district("Eastfield", 6.1, 2.7, 1.6, 18, "places"),
  district("Basin", 6, -1.6, 1.3, 60, "trade"),
  district("Millbrook", 5.4, -4.9, 1.7, -22, "country"),
  district("Southmoor", 1.4, -5.8, 1.7, 8, "trees"),
  district("Weavers", -1.3, -3.6, 1.4, 24, "guilds"),
  district("Lakeside", -2.3, -5.6, 1.3, 44, "trees"),
  district("Westend", -4.6, -2, 1.4, -28, "music"),
  district("Meadowbank", -6.3, -2.9, 1.4, 10, "country"),
  district("Bankfield", -5.6, 3.1, 1.7, -12, "science"),
  district("Linden", -2.9, 4.9, 1.6, 26, "trees"),
  district("Highfield", -0.6, 5.7, 1.6, -14, "music"),
  district("Orchards", 3.1, 6, 1.7, 34, "trees"),
  district("Garden City", 5.1, 4.5, 1.2, -10, "country"),
];

/** Places outside the ring. */
export const villages: readonly Blob[] = [
  blob("Aldershof", [-9.9, 4.4], 0.85, 1.3, 25, 1),
  blob("Brenford", [9.6, 4.1], 0.8, 1.35, 25, 2),
  blob("Casterau", [0.95, 10.1], 0.8, 1.25, 80, 3),
  blob("Dornfeld", [-4.2, -9.6], 0.75, 1.3, 60, 4),
  blob("Estwick", [5.9, -9], 0.85, 1.3, -55, 5),
  blob("Fallow", [10.7, -3.9], 0.7, 1.4, -25, 2.5),
  blob("Grauburg", [-11, -2.4], 0.75, 1.3, 15, 0.7),
];

/** Built-up area of the city itself: fingers along the ways out. */
export const builtUp = makeBlob("Arteria", [0.2, -0.2], 7.35, 1.05, 0, [
  [3, 0.035, 1.2],
  [5, 0.05, 0.4],
  [9, 0.045, 2],
]);

// The river runs west to east, so a place's neighbours in x are found by index.
const firstAfter: readonly number[] = Array.from({ length: 280 }, (_, i) => {
  const at = river.findIndex((p) => p[0] >= i / 10 - 14);
  return at < 0 ? river.length : at;
});

const riverIndex = (x: number): number => firstAfter[clamp(Math.floor((x + 14) * 10), 0, 279)]!;

/** Indices of the river's vertices within `reach` km in x. */
export function riverNear(x: number, reach: number): readonly [from: number, to: number] {
  return [riverIndex(x - reach), Math.min(river.length - 1, riverIndex(x + reach + 0.1))];
}

/** Distance to the nearest bank, km: negative in the water; `reach` where there is none within it. */
export function waterDistance(x: number, y: number, reach = 1.5): number {
  let best = reach;
  const [from, to] = riverNear(x, reach + 0.3);
  for (let i = from; i < to; i++) {
    const p = river[i]!;
    if (Math.abs(p[1] - y) > best + 0.35) continue;
    const d = toSegment(x, y, p, river[i + 1]!) - riverWidths[i]!;
    if (d < best) best = d;
  }
  return Math.min(best, shoreDistance(lake, x, y), shoreDistance(harbour, x, y));
}

function toSegment(x: number, y: number, a: Point, b: Point): number {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const t = clamp(((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1), 0, 1);
  return length(x - a[0] - t * dx, y - a[1] - t * dy);
}

export function districtAt(p: Point): District {
  let best = districts[0]!;
  let least = Infinity;
  for (const d of districts) {
    const far = distance(p, d.centre) / (0.6 + d.reach);
    if (far < least) [best, least] = [d, far];
  }
  return best;
}

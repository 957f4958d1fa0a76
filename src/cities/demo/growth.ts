/**
 * Streets that grew: traced through the field of directions, each keeping its distance from those that run the
 * same way, denser towards the centre, stopping at water and parks. First the wide ones, then what fills between.
 */
import type { RoadClass } from "../../core/city.ts";
import type { Street } from "./arteries.ts";
import type { Field } from "./field.ts";
import { length, lineLength, randomFrom, smooth, type Point } from "./plane.ts";
import { Pieces, Vertices } from "./proximity.ts";
import { EXTENT, river, waterDistance } from "./terrain.ts";

const STEP = 0.06;

interface Level {
  road_class: RoadClass;
  /** Distance between parallel streets, km: in the centre, at the edge of the city, in the villages. */
  apart: readonly [centre: number, edge: number, village: number];
  /** km */
  longest: number;
  shortest: number;
  /** Only this far from the centre. */
  within?: number;
}

const levels: readonly Level[] = [
  { road_class: "secondary", apart: [0.62, 1.5, 1.5], longest: 9, shortest: 1.2 },
  { road_class: "tertiary", apart: [0.34, 0.82, 0.6], longest: 4.5, shortest: 0.6 },
  { road_class: "residential", apart: [0.2, 0.44, 0.34], longest: 1.8, shortest: 0.35, within: 3.9 },
];

const lanes: Level = { road_class: "residential", apart: [0.1, 0.2, 0.17], longest: 1.6, shortest: 0.16 };

/** What is there already: asked by every step of a new street. */
export class Growth {
  readonly #field: Field;
  readonly #random: () => number;
  readonly #vertices = new Vertices();
  readonly #all = new Pieces();
  readonly #motorways = new Pieces();
  #count = 0;

  constructor(field: Field, seed: number) {
    this.#field = field;
    this.#random = randomFrom(seed);
  }

  plant(street: Street): void {
    this.#vertices.addLine(street.line);
    this.#all.addLine(street.line, this.#count++);
    if (street.road_class === "motorway") this.#motorways.addLine(street.line, this.#count);
  }

  /** Streets over the river where it has these x, km, grown into both banks. */
  bridges(places: readonly number[]): Street[] {
    const level = levels[0]!;
    return places.flatMap((place) => {
      const i = river.findIndex((p) => p[0] > place);
      const [a, b] = [river[i - 2]!, river[i + 2]!];
      const n = length(b[0] - a[0], b[1] - a[1]);
      const across: Point = [-(b[1] - a[1]) / n, (b[0] - a[0]) / n];
      const over = (sense: 1 | -1): Point[] => {
        const way: Point = [across[0] * sense, across[1] * sense];
        const start: Point[] = [];
        for (let r = STEP; r < 0.36; r += STEP)
          start.push([river[i]![0] + way[0] * r, river[i]![1] + way[1] * r]);
        return [...start, ...this.#trace(start.at(-1)!, way, level)];
      };
      return this.#accept([...over(-1).reverse(), river[i]!, ...over(1)], level);
    });
  }

  roads(): Street[] {
    return levels.flatMap((level) => this.#grow(level));
  }

  /** The thin streets of the background, nothing else than drawn. */
  lanes(): Street[] {
    return this.#grow(lanes);
  }

  #grow(level: Level): Street[] {
    const out: Street[] = [];
    const spacing = level.apart[0] * 1.25;
    for (const [x, y] of shuffled(lattice(spacing, this.#random), this.#random)) {
      if (!this.#free([x, y], level)) continue;
      const main = this.#field.direction(x, y);
      const turned: Point = [-main[1], main[0]];
      for (const way of this.#random() < 0.5 ? [main, turned] : [turned, main]) {
        if (this.#vertices.near(x, y, way[0], way[1], this.#apart([x, y], level))) continue;
        const back = this.#trace([x, y], [-way[0], -way[1]], level);
        out.push(...this.#accept([...back.reverse(), [x, y], ...this.#trace([x, y], way, level)], level));
      }
    }
    return out;
  }

  #accept(line: Point[], level: Level): Street[] {
    if (lineLength(line) < level.shortest) return [];
    const street: Street = { line, road_class: level.road_class, name: "", bridge: false };
    this.plant(street);
    return [street];
  }

  /** Follows the field from a place until something stops it; then reaches out for a street just ahead. */
  #trace(from: Point, way: Point, level: Level): Point[] {
    const out: Point[] = [];
    let p = from;
    let [dx, dy] = way;
    let gone = 0;
    while (gone < level.longest / 2) {
      const half = this.#aligned(p[0] + (dx * STEP) / 2, p[1] + (dy * STEP) / 2, dx, dy);
      const next: Point = [p[0] + half[0] * STEP, p[1] + half[1] * STEP];
      if (
        half[0] * way[0] + half[1] * way[1] < -0.2 ||
        !this.#free(next, level) ||
        this.#motorways.crosses(p, next)
      )
        return out;
      if (this.#vertices.near(next[0], next[1], half[0], half[1], this.#apart(next, level) * 0.55)) break;
      out.push(next);
      [p, dx, dy] = [next, half[0], half[1]];
      gone += STEP;
    }
    return [...out, ...this.#reach(p, dx, dy, this.#apart(p, level) * 1.1, level)];
  }

  /** Straight ahead to the next street, a little over it; nothing when there is none within reach. */
  #reach(from: Point, dx: number, dy: number, reach_km: number, level: Level): Point[] {
    const out: Point[] = [];
    let p = from;
    for (let gone = 0; gone < reach_km; gone += STEP) {
      const next: Point = [p[0] + dx * STEP, p[1] + dy * STEP];
      if (!this.#free(next, level) || this.#motorways.crosses(p, next)) return [];
      out.push(next);
      if (this.#all.crosses(p, next)) return out;
      p = next;
    }
    return [];
  }

  #aligned(x: number, y: number, dx: number, dy: number): Point {
    const [a, b] = this.#field.direction(x, y);
    const dot = a * dx + b * dy;
    const cross = a * dy - b * dx;
    if (dot * dot >= cross * cross) return dot < 0 ? [-a, -b] : [a, b];
    return cross > 0 ? [-b, a] : [b, -a];
  }

  #apart([x, y]: Point, level: Level): number {
    if (this.#field.city(x, y) >= 1) return level.apart[2];
    const [centre, edge] = level.apart;
    return centre + (edge - centre) * smooth(length(x, y), 0.6, 7.4);
  }

  #free(p: Point, level: Level): boolean {
    const [x, y] = p;
    const city = this.#field.city(x, y) < 1 && (level.within === undefined || length(x, y) < level.within);
    if (!city && this.#field.village(x, y) >= 1) return false;
    if (level.road_class !== "secondary" && this.#field.park(x, y) < 1) return false;
    return this.#field.water(x, y) > 0.25 || waterDistance(x, y, 0.15) > 0.11;
  }
}

function lattice(spacing: number, random: () => number): Point[] {
  const out: Point[] = [];
  for (let x = -EXTENT[0]; x < EXTENT[0]; x += spacing) {
    for (let y = -EXTENT[1]; y < EXTENT[1]; y += spacing) {
      out.push([x + (random() - 0.5) * spacing, y + (random() - 0.5) * spacing]);
    }
  }
  return out;
}

function shuffled<T>(list: T[], random: () => number): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

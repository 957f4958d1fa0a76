/** The nearest of many points, by squares of about a kilometre: five thousand sensors are no work of seconds. */
import { distance_km, type Position } from "../core/geo.ts";

interface Near {
  /** Place in the list of points. */
  to: number;
  km: number;
}

/** Degrees of latitude of a square, and km of them, a little less than they are. */
const SIDE = 0.01;
const SIDE_KM = 1.1;
/** Of a great circle, a little less than it is; within a few km a flat earth is as good as this. */
const DEGREE_KM = 111;
const FLAT_ROOM = 1.1;
const FLAT_KM = 0.1;
/** Squares of one row, around the earth, at most. */
const ROW = 100_000;

const rowOf = (latitude: number): number => Math.floor(latitude / SIDE);

/** Squares are as wide as high where their row is narrowest. */
function columnOf(longitude: number, row: number): number {
  const latitude = Math.max(Math.abs(row), Math.abs(row + 1)) * SIDE;
  return Math.floor((longitude / SIDE) * Math.max(0.02, Math.cos((latitude * Math.PI) / 180)));
}

export class NearestPoints {
  readonly #points: readonly (Position | null)[];
  readonly #squares = new Map<number, number[]>();

  constructor(points: readonly (Position | null)[]) {
    this.#points = points;
    for (const [place, at] of points.entries()) {
      if (at === null) continue;
      const row = rowOf(at[1]);
      const key = row * ROW + columnOf(at[0], row);
      const square = this.#squares.get(key);
      if (square === undefined) this.#squares.set(key, [place]);
      else square.push(place);
    }
  }

  /** The `n` nearest to a point, nearest first and within `most_km`; not itself. */
  of(own: number, n: number, most_km: number): readonly Near[] {
    const at = this.#points[own];
    if (at == null) return [];
    let found: Near[] = [];
    for (let ring = 0; (ring - 1) * SIDE_KM <= most_km; ring++) {
      // What is in this ring and beyond is farther than all that is wanted.
      if (found.length === n && found[n - 1]!.km <= (ring - 1) * SIDE_KM) break;
      const more = this.#ring(own, at, ring, found.length === n ? found[n - 1]!.km : most_km);
      if (more.length > 0) found = [...found, ...more].sort((a, b) => a.km - b.km || a.to - b.to).slice(0, n);
    }
    return found;
  }

  #ring(own: number, at: Position, ring: number, most_km: number): Near[] {
    const found: Near[] = [];
    const middle = rowOf(at[1]);
    const flat = Math.cos((at[1] * Math.PI) / 180);
    for (let row = middle - ring; row <= middle + ring; row++) {
      const column = columnOf(at[0], row);
      const whole = Math.abs(row - middle) === ring;
      for (let beside = -ring; beside <= ring; beside += whole ? 1 : Math.max(1, 2 * ring))
        for (const to of this.#squares.get(row * ROW + column + beside) ?? []) {
          if (to === own) continue;
          const point = this.#points[to]!;
          // On a flat earth first, with some room: most are too far.
          const [x, y] = [(point[0] - at[0]) * flat, point[1] - at[1]];
          if (DEGREE_KM * Math.hypot(x, y) > FLAT_ROOM * most_km + FLAT_KM) continue;
          const km = distance_km(at, point);
          if (km <= most_km) found.push({ to, km });
        }
    }
    return found;
  }
}

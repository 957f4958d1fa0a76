/** What lies near a place: vertices of streets with their direction, and pieces of streets, in a grid of cells. */
import { crossing, length, type Point } from "./plane.ts";
import { EXTENT } from "./terrain.ts";

const CELL = 0.25;
const COLUMNS = Math.ceil((EXTENT[0] * 2 + 4) / CELL);
const ROWS = Math.ceil((EXTENT[1] * 2 + 4) / CELL);
const column = (x: number): number =>
  Math.min(COLUMNS - 1, Math.max(0, Math.floor((x + EXTENT[0] + 2) / CELL)));
const row = (y: number): number => Math.min(ROWS - 1, Math.max(0, Math.floor((y + EXTENT[1] + 2) / CELL)));

/** Vertices with a direction: how far the next street that runs the same way is. */
export class Vertices {
  readonly #cells: number[][] = Array.from({ length: COLUMNS * ROWS }, () => []);

  add(x: number, y: number, dx: number, dy: number): void {
    this.#cells[row(y) * COLUMNS + column(x)]!.push(x, y, dx, dy);
  }

  addLine(line: readonly Point[]): void {
    for (let i = 0; i + 1 < line.length; i++) {
      const [a, b] = [line[i]!, line[i + 1]!];
      const n = length(b[0] - a[0], b[1] - a[1]);
      if (n > 0) this.add(a[0], a[1], (b[0] - a[0]) / n, (b[1] - a[1]) / n);
    }
  }

  /** Does a street within `radius` km run the same way, give or take 45°? */
  near(x: number, y: number, dx: number, dy: number, radius: number): boolean {
    const r2 = radius * radius;
    for (let j = row(y - radius); j <= row(y + radius); j++) {
      for (let i = column(x - radius); i <= column(x + radius); i++) {
        const cell = this.#cells[j * COLUMNS + i]!;
        for (let k = 0; k < cell.length; k += 4) {
          const ex = cell[k]! - x;
          const ey = cell[k + 1]! - y;
          if (ex * ex + ey * ey > r2) continue;
          const dot = cell[k + 2]! * dx + cell[k + 3]! * dy;
          if (dot > 0.7 || dot < -0.7) return true;
        }
      }
    }
    return false;
  }
}

export interface Piece {
  line: number;
  /** The piece is from vertex `at` to `at + 1`. */
  at: number;
  a: Point;
  b: Point;
}

/** Pieces of streets: what a step would cross. */
export class Pieces {
  readonly #cells: (Piece[] | undefined)[] = Array.from({ length: COLUMNS * ROWS });

  addLine(line: readonly Point[], number: number): void {
    for (let i = 0; i + 1 < line.length; i++) this.add({ line: number, at: i, a: line[i]!, b: line[i + 1]! });
  }

  add(piece: Piece): void {
    const { a, b } = piece;
    const north = row(Math.max(a[1], b[1]));
    const east = column(Math.max(a[0], b[0]));
    for (let j = row(Math.min(a[1], b[1])); j <= north; j++) {
      for (let i = column(Math.min(a[0], b[0])); i <= east; i++)
        (this.#cells[j * COLUMNS + i] ??= []).push(piece);
    }
  }

  /** Pieces whose cells the step touches; one may come twice. */
  visit(a: Point, b: Point, see: (piece: Piece) => void): void {
    const north = row(Math.max(a[1], b[1]));
    const east = column(Math.max(a[0], b[0]));
    for (let j = row(Math.min(a[1], b[1])); j <= north; j++) {
      for (let i = column(Math.min(a[0], b[0])); i <= east; i++) {
        for (const piece of this.#cells[j * COLUMNS + i] ?? []) see(piece);
      }
    }
  }

  crosses(a: Point, b: Point): boolean {
    const north = row(Math.max(a[1], b[1]));
    const east = column(Math.max(a[0], b[0]));
    for (let j = row(Math.min(a[1], b[1])); j <= north; j++) {
      for (let i = column(Math.min(a[0], b[0])); i <= east; i++) {
        const cell = this.#cells[j * COLUMNS + i];
        if (cell === undefined) continue;
        for (const piece of cell) if (crossing(a, b, piece.a, piece.b) !== null) return true;
      }
    }
    return false;
  }
}

/**
 * A line with fewer points: Douglas and Peucker, "Algorithms for the reduction of the number of points required to
 * represent a digitized line or its caricature", Cartographica 10 (1973) 112–122.
 */
import { flatAround_km, squareToSegment, type Flat, type Position } from "./geo.ts";

/** A long line is done in pieces: the worst shape then costs points × this, about 10 ms for 5,000. Its joints stay. */
const PIECE = 512;

/**
 * Which points of a line stay, so that none that goes lies further than `tolerance_m` from the line that is left. The
 * first and the last stay. Without recursion: a line of any length and shape costs no stack.
 *
 * @returns Indexes into `line`, ascending.
 */
export function simplified(line: readonly Position[], tolerance_m: number): readonly number[] {
  const last = line.length - 1;
  if (last < 2 || tolerance_m <= 0) return line.map((_, i) => i);
  const flat = line.map(flatAround_km(line[0]!));
  const stays = new Uint8Array(line.length);
  stays[0] = 1;
  const open: [from: number, to: number][] = [];
  for (let from = 0; from < last; from += PIECE) {
    const to = Math.min(last, from + PIECE);
    stays[to] = 1;
    open.push([from, to]);
  }
  const square = (tolerance_m / 1_000) ** 2;
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to] = part;
    const far = farthest(flat, from, to);
    if (far === null || far.square <= square) continue;
    stays[far.at] = 1;
    open.push([from, far.at], [far.at, to]);
  }
  return line.flatMap((_, i) => (stays[i] === 1 ? [i] : []));
}

/** The point between two that is farthest from the segment between them; null where there is none. */
function farthest(flat: readonly Flat[], from: number, to: number): { at: number; square: number } | null {
  let at = -1;
  let most = -1;
  for (let i = from + 1; i < to; i++) {
    const square = squareToSegment(flat[i]!, flat[from]!, flat[to]!);
    if (square > most) [at, most] = [i, square];
  }
  return at === -1 ? null : { at, square: most };
}

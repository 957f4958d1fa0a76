import { describe, expect, test } from "bun:test";
import { parted } from "./parted.ts";

const ROOM = [50, 30] as const;
const SIZE = [600, 500] as const;
const touching = (places: readonly (readonly [number, number])[]): number =>
  places.flatMap((a, i) =>
    places.slice(i + 1).filter((b) => Math.abs(a[0] - b[0]) < 49.9 && Math.abs(a[1] - b[1]) < 29.9),
  ).length;

describe("labels moved apart", () => {
  test("none lies on another, and all stay within the picture", () => {
    const spots = Array.from(
      { length: 20 },
      (_, i) => [300 + ((i * 37) % 90), 250 + ((i * 53) % 70)] as const,
    );
    expect(touching(spots)).toBeGreaterThan(50);
    const places = parted(spots, ROOM, SIZE);
    expect(touching(places)).toBe(0);
    for (const [x, y] of places) expect(x >= 25 && x <= 575 && y >= 15 && y <= 485).toBe(true);
  });

  test("what has room stays where it is; what is at the same spot is parted", () => {
    expect(
      parted(
        [
          [100, 100],
          [300, 300],
        ],
        ROOM,
        SIZE,
      ),
    ).toEqual([
      [100, 100],
      [300, 300],
    ]);
    expect(
      touching(
        parted(
          [
            [100, 100],
            [100, 100],
            [100, 100],
          ],
          ROOM,
          SIZE,
        ),
      ),
    ).toBe(0);
  });
});

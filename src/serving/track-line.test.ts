import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { distance_km, lineLength_km, type Position } from "../core/geo.ts";
import { drawn, JUMP_KMH, trackLine, type TrackPoint } from "./track-line.ts";

const point = (s: number, lng: number, lat = 48, speed: number | null = null): TrackPoint => ({
  time_ms: s * 1_000,
  at: [lng, lat],
  speed,
});
/** Degrees of longitude at 48° north. */
const km = (n: number): number => n / distance_km([11, 48], [12, 48]);

describe("a track", () => {
  test("case 26: a vehicle that jumps 50 km in a second: flagged there and back, not driven, not drawn", () => {
    const points = [
      point(0, 11),
      point(1, 11.0001),
      point(2, 11 + km(50)),
      point(3, 11.0002),
      point(4, 11.0003),
    ];
    const line = trackLine(points, null);
    expect(line.jumps).toEqual([false, false, true, true, false]);
    expect(line.legs).toEqual([[0, 1], [2], [3, 4]]);
    expect(line.distance_km).toBeLessThan(0.02);
    expect(line.jump_km).toBeWithin(99, 101);
  });

  test("300 km/h is no jump, a little more is; two positions of one second are a second apart", () => {
    const of = (way_km: number, s: number) =>
      trackLine([point(0, 11), point(s, 11 + km(way_km))], null).jumps[1];
    expect(of((JUMP_KMH / 3_600) * 10 * 0.999, 10)).toBe(false);
    expect(of((JUMP_KMH / 3_600) * 10 * 1.01, 10)).toBe(true);
    expect(of(0.05, 0)).toBe(false);
    expect(of(1, 0)).toBe(true);
  });

  test("time moves or stands, by the receiver's speed where it tells one; a long silence is neither", () => {
    const points = [
      point(0, 11),
      point(10, 11 + km(0.1)),
      point(20, 11 + km(0.1)),
      point(30, 11 + km(0.1), 48, 20),
      point(40, 11 + km(0.2), 48, 0),
      point(1_000, 11 + km(0.2)),
    ];
    expect(trackLine(points, null)).toMatchObject({ moving_s: 20, stopped_s: 20 });
  });

  const step = fc.record({
    s: fc.integer({ min: 0, max: 900 }),
    lng: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
    far: fc.boolean(),
  });
  test("law: pages add up to the whole, wherever they are cut", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 30 }), (steps, cut) => {
        let [s, lng] = [0, 11];
        const points = steps.map((one) => {
          s += one.s;
          lng += one.far ? 1 : one.lng;
          return point(s, lng);
        });
        const whole = trackLine(points, null);
        const first = trackLine(points.slice(0, cut), null);
        const second = trackLine(points.slice(cut), points.slice(0, cut).at(-1) ?? null);
        expect([...first.jumps, ...second.jumps]).toEqual([...whole.jumps]);
        for (const sum of ["distance_km", "jump_km", "moving_s", "stopped_s"] as const)
          expect(first[sum] + second[sum]).toBeCloseTo(whole[sum], 6);
      }),
    );
  });

  test("law: every point is of one leg, and no leg has a jump within", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const points = steps.map((one, i) => point(i, 11 + one.lng + (one.far ? i : 0)));
        const { legs, jumps } = trackLine(points, null);
        expect(legs.flat()).toEqual(points.map((_, i) => i));
        for (const leg of legs) for (const i of leg.slice(1)) expect(jumps[i]).toBe(false);
      }),
    );
  });
});

const GPS = join(import.meta.dir, "../../../shared/data/gps/munich_x0001-001.json");
describe.skipIf(!existsSync(GPS))(
  `real data: one vehicle in Munich${existsSync(GPS) ? "" : " (no ../shared/data here: skipped)"}`,
  () => {
    test("the track's length is within 1 % of the sum over the raw points, simplified to 5 m, too", async () => {
      const rows = (await Bun.file(GPS).json()) as { point: string; time: string }[];
      const points = rows.map((row): TrackPoint => {
        const [lng, lat] = /\(([\d.]+) ([\d.]+)\)/.exec(row.point)!.slice(1).map(Number) as [number, number];
        return {
          time_ms: Date.parse(row.time.replace(" ", "T").replace(/00$/, ":00")),
          at: [lng, lat],
          speed: null,
        };
      });
      const raw_km = lineLength_km(points.map(({ at }) => at));
      const line = trackLine(points, null);
      expect([points.length, line.legs.length]).toEqual([1_194, 2]);
      // Out of a tunnel it is 470 m further within a second: told apart, and no part of the line.
      expect(line.jump_km).toBeWithin(0.4, 0.5);
      expect(Math.abs(line.distance_km + line.jump_km - raw_km) / raw_km).toBeLessThan(1e-9);
      const placeOf = (i: number): Position => points[i]!.at;
      const shown = drawn(line, placeOf, 5);
      const drawn_km = shown.reduce((sum, leg) => sum + lineLength_km(leg.map(placeOf)), 0);
      expect(Math.abs(drawn_km + line.jump_km - raw_km) / raw_km).toBeLessThan(0.01);
      expect(shown.flat().length).toBeLessThan(points.length / 5);
    });
  },
);

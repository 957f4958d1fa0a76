/** Tracks, emergencies and sales, from events to answers. */
import { describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { streamScene } from "../../test/stream-scene.ts";
import { ProblemError } from "../core/errors.ts";
import type { Position } from "../core/geo.ts";
import { formatInstant, hours, minutes, seconds } from "../core/time.ts";
import { windowStart } from "../core/window.ts";
import { emergencies } from "../streams/emergencies.ts";
import { categories, transactions } from "../streams/transactions.ts";
import { vehicles } from "../streams/vehicles.ts";

const hospital = (hospital_id: string, at: Position) => ({ hospital_id, name: hospital_id, at });
const scene = () =>
  streamScene([vehicles, emergencies, transactions], {
    hospitals: [
      hospital("far", [12, 49]),
      hospital("third", [11.03, 48]),
      hospital("near", [11.01, 48]),
      hospital("second", [11, 48.01]),
    ],
  });
type Scene = ReturnType<typeof scene>;

const named = async (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "answered",
    (error: unknown) => (error instanceof ProblemError ? error.problem.name : String(error)),
  );

describe("a track", () => {
  const drive = (one: Scene, places: readonly Position[]) =>
    places.map(([longitude, latitude], n) => ({
      event_id: `e${n}`,
      timestamp: formatInstant(one.clock.ms - seconds(places.length - n)),
      vehicle_id: "v",
      driver_id: "Ann",
      longitude,
      latitude,
    }));
  const last2h = ({ clock }: Scene) => ({ from_ms: clock.ms - hours(2), to_ms: clock.ms });

  test("leaves out what the line does not need, and keeps ends and jumps; its driver is a pseudonym", async () => {
    const one = scene();
    const straight = Array.from({ length: 10 }, (_, n): Position => [11 + n / 10_000, 48]);
    const places: Position[] = [...straight, [11.7, 48], [11.001, 48], [11.0011, 48]];
    await one.send(vehicles, drive(one, places));
    const ask = (simplify_m: number) =>
      one.serving.track(vehicles, "v", { ...last2h(one), limit: 5_000, simplify_m });
    const { data, meta } = await ask(5);
    expect(data.totals).toMatchObject({ points_n: 13, jumps_n: 2, stopped_s: 0, delay_s: 7 });
    expect(data.points.map((row) => [row["longitude"], row.jump])).toEqual([
      [11, false],
      [11.0009, false],
      [11.7, true],
      [11.001, true],
      [11.0011, false],
    ]);
    expect(data.lines).toHaveLength(2);
    expect(data.points[0]!["driver_id"]).not.toBe("Ann");
    expect(meta).toMatchObject({ layer: "batch", coverage: 1, stale: false });
    expect((await ask(0)).data.points).toHaveLength(13);
  });

  test("in pages is the same track: points, jumps and sums", async () => {
    const one = scene();
    const places = Array.from({ length: 23 }, (_, n): Position => [
      11 + (n % 7 === 3 ? 1 : 0) + n / 5_000,
      48 + (n % 2) / 1_000,
    ]);
    await one.send(vehicles, drive(one, places));
    const ask = (limit: number, cursor?: string) =>
      one.serving.track(vehicles, "v", {
        ...last2h(one),
        limit,
        simplify_m: 0,
        ...(cursor === undefined ? {} : { cursor }),
      });
    const whole = (await ask(5_000)).data;
    const pages = [await ask(5)];
    for (let next = pages[0]!.meta.next_cursor; next !== undefined; next = pages.at(-1)!.meta.next_cursor)
      pages.push(await ask(5, next));
    expect(pages).toHaveLength(5);
    expect(pages.flatMap(({ data }) => data.points)).toEqual([...whole.points]);
    const summed = (of: "distance_km" | "jump_km" | "moving_s" | "points_n") =>
      pages.reduce((sum, { data }) => sum + data.totals[of], 0);
    expect(summed("points_n")).toBe(23);
    for (const of of ["distance_km", "jump_km", "moving_s"] as const)
      expect(summed(of)).toBeCloseTo(whole.totals[of], 2);
    expect(await named(ask(5, "Zm9v"))).toBe("invalid-parameter");
  });

  test("of a vehicle never seen is not found; of one that was silent is empty", async () => {
    const one = scene();
    await one.send(vehicles, drive(one, [[11, 48]]));
    const query = { limit: 10, simplify_m: 5 };
    expect(await named(one.serving.track(vehicles, "w", { ...last2h(one), ...query }))).toBe("not-found");
    const early = { from_ms: one.clock.ms - hours(4), to_ms: one.clock.ms - hours(2) };
    const { data, meta } = await one.serving.track(vehicles, "v", { ...early, ...query });
    expect([data.points, data.lines, data.totals.delay_s, meta.as_of]).toEqual([[], [], null, null]);
  });
});

describe("an emergency", () => {
  test("is told with its states, its times, and the three nearest hospitals", async () => {
    const one = scene();
    const at = (ago_s: number): string => formatInstant(one.clock.ms - seconds(ago_s));
    const tell = (ago_s: number, status: string, more: object = {}) => ({
      event_id: `${ago_s}`,
      timestamp: at(ago_s),
      emergency_id: "E1",
      status,
      latitude: 48,
      longitude: 11,
      patient_id: "Bob",
      ...more,
    });
    const refused = await one.send(emergencies, [
      tell(600, "dispatched", { opened_at: at(620) }),
      tell(300, "on_scene"),
      tell(200, "en_route"),
      tell(100, "closed", { opened_at: at(50) }),
    ]);
    // Closed before it was opened is refused at the door.
    expect(refused.map(({ pointer }) => pointer)).toEqual(["/opened_at"]);
    const { data, meta } = await one.serving.emergency(emergencies, "E1");
    expect(data).toMatchObject({
      emergency_id: "E1",
      status: "on_scene",
      opened_at: at(620),
      closed_at: null,
      response_s: 300,
    });
    expect(data.events.map(({ to, valid }) => [to, valid])).toEqual([
      ["dispatched", true],
      ["on_scene", true],
      ["en_route", false],
    ]);
    expect(data.newest["status"]).toBe("en_route");
    expect(JSON.stringify(data)).not.toContain("Bob");
    expect(data.hospitals.map(({ hospital_id, distance_km }) => [hospital_id, distance_km])).toEqual([
      ["near", 0.74],
      ["second", 1.11],
      ["third", 2.23],
    ]);
    expect(meta.coverage).toBe(1);
    expect(await named(one.serving.emergency(emergencies, "E2"))).toBe("not-found");
  });
});

describe("reports of an emergency at one instant", () => {
  test("count in the order in which they came, whatever their ids, as in the live view", async () => {
    const one = scene();
    const states = ["dispatched", "en_route", "on_scene", "closed"];
    await one.send(
      emergencies,
      states.map((status, n) => ({
        event_id: `${9 - n}`,
        timestamp: formatInstant(one.clock.ms - seconds(60)),
        emergency_id: "E1",
        status,
        latitude: 48,
        longitude: 11,
      })),
    );
    const { data } = await one.serving.emergency(emergencies, "E1");
    expect(data.events.map(({ to, valid }) => [to, valid])).toEqual(states.map((status) => [status, true]));
    expect([data.status, data.newest["status"], data.response_s]).toEqual(["closed", "closed", 0]);
  });
});

describe("sales by category", () => {
  test("law: totals are exact, whatever the amounts, with every category in every window", async () => {
    const sale = record({
      category: constantFrom(...categories),
      cents: integer({ min: -100_000_000, max: 100_000_000 }).filter((cents) => cents !== 0),
      ago_ms: integer({ min: 0, max: minutes(4) }),
    });
    await assert(
      asyncProperty(array(sale, { maxLength: 30 }), async (sales) => {
        const one = scene();
        const end_ms = windowStart(one.clock.ms, minutes(1)) + minutes(1);
        const start_ms = end_ms - minutes(5);
        await one.send(
          transactions,
          sales.map(({ category, cents, ago_ms }, n) => ({
            transaction_id: `t${n}`,
            user_id: "u",
            timestamp: formatInstant(one.clock.ms - ago_ms)
              .replace("T", " ")
              .replace("Z", ""),
            product_category: category,
            amount: cents / 100,
            payment_method: "paypal",
          })),
        );
        const { data } = await one.serving.categorySales(transactions, { from_ms: start_ms, to_ms: end_ms });
        expect(data).toHaveLength(5 * categories.length);
        for (const row of data) {
          const of = sales.filter(
            ({ category, ago_ms }) =>
              category === row.category &&
              formatInstant(windowStart(one.clock.ms - ago_ms, minutes(1))) === row.window_start,
          );
          expect(row.transaction_count).toBe(of.length);
          expect(row.cancellation_count).toBe(of.filter(({ cents }) => cents < 0).length);
          expect(row.total_sales).toBe(of.reduce((sum, { cents }) => sum + cents, 0) / 100);
        }
      }),
      { numRuns: 40 },
    );
  });
});

import { describe, expect, test } from "bun:test";
import { STEP_MS } from "../../core/speed-matrix.ts";
import { unpackModel } from "../artefact.ts";
import { recentAt } from "../judge/recent-at.ts";
import { FORECAST_SIZE, LEVELS, TrainingError, type TrainingSet } from "../model.ts";
import { aDay, aMatrix, aNetwork, aSet, chance, MONDAY_MS } from "../scene.fixture.ts";
import { calendarOf } from "./calendar.ts";
import { aroundEach, daysOf, medianOf, placesOf } from "./days.ts";
import { openProfile } from "./open.ts";
import { trainProfile } from "./train.ts";

const DAY = 288;
const MEDIAN = LEVELS.indexOf(0.5);
const taught = async (set: TrainingSet) => openProfile(unpackModel(await trainProfile(set, { seed: 1 })));
/** Of these roads, when the newest step is this one after Monday 00:00. */
const at = (roads: number, step: number) =>
  recentAt(
    aMatrix(roads, 1, () => Number.NaN, MONDAY_MS + step * STEP_MS),
    0,
  );

describe("a time of day", () => {
  test("is what the clock of the zone shows; holidays are days off", () => {
    const inWeek = calendarOf({ zone: "America/New_York", holidays: ["2026-07-03"] });
    expect(inWeek(Date.parse("2026-03-02T05:00:00Z"))).toEqual({ day: "2026-03-02", type: 0, slot: 0 });
    expect(inWeek(Date.parse("2026-03-02T04:59:00Z"))).toEqual({ day: "2026-03-01", type: 1, slot: 287 });
    expect(inWeek(Date.parse("2026-07-03T16:07:00Z"))).toEqual({ day: "2026-07-03", type: 1, slot: 145 });
  });

  test("is the mean of ± 15 minutes; by hand", () => {
    const means = aroundEach(Float32Array.of(1, 2, 3, Number.NaN, 5, 6, -1, 8, Infinity, 10));
    // Of the first: itself and three after it; of the fourth: 1, 2, 3, 5, 6.
    expect(means[0]).toBeCloseTo(2);
    expect(means[3]).toBeCloseTo(17 / 5);
    expect(means[9]).toBeCloseTo(9);
    expect(aroundEach(Float32Array.of(Number.NaN, 7, Number.NaN))).toEqual(Float64Array.of(7, 7, 7));
    expect(aroundEach(new Float32Array(9).fill(Number.NaN)).every(Number.isNaN)).toBe(true);
  });

  test("medians, with one left out", () => {
    expect(medianOf([1, 2, 9])).toBe(2);
    expect(medianOf([1, 2, 9], 0)).toBe(5.5);
    expect(medianOf([1, 2, 9], 1)).toBe(5);
    expect(medianOf([1, 2, 4, 9], 3)).toBe(2);
    expect(medianOf([])).toBeNaN();
    expect(medianOf([5], 0)).toBeNaN();
  });

  test("no leakage: a day's own speeds change nothing of what the others say of it", () => {
    const inWeek = calendarOf(aNetwork(1));
    const week = Array.from({ length: 4 * DAY }, (_, step) => inWeek(MONDAY_MS + step * STEP_MS));
    const places = placesOf(week);
    const random = chance(3);
    const speeds = Float32Array.from(week, () => 40 + 10 * random());
    const other = speeds.map((speed, step) => (step >= 2 * DAY + 10 && step < 3 * DAY - 10 ? 5 : speed));
    const [before, after] = [daysOf(speeds, places).others, daysOf(other, places).others];
    const of_day = (all: Float64Array) => all.subarray(2 * DAY, 3 * DAY);
    expect(of_day(after)).toEqual(of_day(before));
    expect(after).not.toEqual(before);
  });
});

describe("an hour that a clock goes through twice", () => {
  test("is no other day: what the second time was is not learnt from the first", () => {
    // Three Sundays; on 2026-10-25 Amsterdam's clocks show 02:00 to 02:59 twice.
    const inWeek = calendarOf({ zone: "Europe/Amsterdam", holidays: [] });
    const sundays = [18, 25, 1].map((day, i) => Date.UTC(2026, i === 2 ? 10 : 9, day));
    const week = sundays.flatMap((from_ms) =>
      Array.from({ length: 36 }, (_, step) => inWeek(from_ms + step * STEP_MS)),
    );
    // A speed of its own for each day.
    const speeds = Float32Array.from(week, ({ day }) => Number(day.slice(8)));
    const { others } = daysOf(speeds, placesOf(week));
    const second = week.findIndex(({ day, slot }, i) => day === "2026-10-25" && slot === 30 && i > 36 + 12);
    expect(second).toBeGreaterThan(0);
    expect(others[second]).toBeCloseTo((18 + 1) / 2, 4);
  });
});

describe("the profile", () => {
  test("says the median of the days at the time ahead, and how far days are from each other", async () => {
    // Five weekdays of 38, 39, 40, 41, 42, and twice that in the evening.
    const set = aSet(3, 5 * DAY, (step) => (38 + Math.floor(step / DAY)) * (step % DAY >= 240 ? 1.5 : 1));
    const said = (await taught(set)).bind(set.network).forecast(at(3, 100), [1]);
    expect(said[MEDIAN]).toBeCloseTo(40, 4);
    expect(said[0]!).toBeLessThan(39);
    expect(said[18]!).toBeGreaterThan(41);
    // 19:00 and 19:35: the 30 minutes ahead are well after 20:00 only from then on.
    const evening = (await taught(set)).bind(set.network).forecast(at(3, 239), [1]);
    expect(evening[2 * LEVELS.length + MEDIAN]).toBeCloseTo(60, 4);
  });

  test("quantiles ascend within the road's bounds, at all hours", async () => {
    const set = aSet(4, 5 * DAY, aDay(1));
    const forecaster = (await taught(set)).bind(set.network);
    for (let step = 0; step < DAY; step += 7) {
      const said = forecaster.forecast(at(4, step), [0, 1, 2, 3]);
      for (let from = 0; from < said.length; from += LEVELS.length) {
        const quantiles = [...said.subarray(from, from + LEVELS.length)];
        expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
        expect(quantiles[0]).toBeGreaterThanOrEqual(0);
        expect(quantiles[18]).toBeLessThanOrEqual(80);
      }
    }
  });

  test("a constant series is certain, a zero one too", async () => {
    for (const speed of [42, 0]) {
      const set = aSet(2, 3 * DAY, () => speed);
      const said = (await taught(set)).bind(set.network).forecast(at(2, 50), [0]);
      expect([...said]).toEqual(Array.from({ length: FORECAST_SIZE }, () => expect.closeTo(speed, 4)));
    }
  });

  test("a road without history is as its class, and that is less sure", async () => {
    const set = aSet(6, 5 * DAY, (step, road) => 30 + 5 * road + (step % 5));
    const known = {
      ...aNetwork(6),
      roads: [...set.network.roads.slice(0, 5), { ...set.network.roads[5]!, road_id: "new" }],
    };
    const said = (await taught(set)).bind(known).forecast(at(6, 50), [2, 5]);
    const width = (i: number): number => said[i * FORECAST_SIZE + 18]! - said[i * FORECAST_SIZE]!;
    expect(said[MEDIAN]).toBeCloseTo(42, 0);
    expect(said[FORECAST_SIZE + MEDIAN]).toBeCloseTo(44.5, 0);
    expect(width(1)).toBeGreaterThan(2 * width(0));
    const stranger = {
      ...known,
      roads: known.roads.map((road) => ({ ...road, road_class: "bridge", road_id: `b${road.road_id}` })),
    };
    expect((await taught(set)).bind(stranger).forecast(at(6, 50), [0])[MEDIAN]).toBeCloseTo(44.5, 0);
  });

  test("where there was nothing it does not know: a kind of day, an hour, a road without a limit of slowness", async () => {
    const set = aSet(3, 5 * DAY, (step) => (step % DAY < 144 ? 40 : Number.NaN));
    const forecaster = (await taught(set)).bind(set.network);
    const unknown = (step: number) => forecaster.forecast(at(3, step), [0]).every(Number.isNaN);
    expect([unknown(60), unknown(200), unknown(5 * DAY + 60)]).toEqual([false, true, true]);
    const broken = {
      ...set.network,
      roads: set.network.roads.map((road) => ({ ...road, congested_below: 0 })),
    };
    expect((await taught(set)).bind(broken).forecast(at(3, 60), [0]).every(Number.isNaN)).toBe(true);
  });

  test("absurd speeds move nothing out of bounds", async () => {
    const random = chance(5);
    const odd = [Number.NaN, -5, Infinity, 1e30, 0];
    const set = aSet(3, 4 * DAY, () => (random() < 0.3 ? odd[Math.floor(random() * 5)]! : 45));
    const said = (await taught(set)).bind(set.network).forecast(at(3, 60), [0, 1, 2]);
    expect(said.every((speed) => speed >= 0 && speed <= 80)).toBe(true);
  });

  test("one day, or none, teaches nothing of other days", async () => {
    expect(trainProfile(aSet(3, DAY, aDay(2)), { seed: 1 })).rejects.toThrow(TrainingError);
    expect(trainProfile(aSet(3, 0, aDay(2)), { seed: 1 })).rejects.toThrow(TrainingError);
    expect(trainProfile(aSet(0, DAY, aDay(2)), { seed: 1 })).rejects.toThrow("two days");
  });

  test("the same data give the same file; one of other inputs or sizes is refused", async () => {
    const set = aSet(3, 3 * DAY, aDay(3));
    const bytes = await trainProfile(set, { seed: 1 });
    expect(await trainProfile(set, { seed: 1 })).toEqual(bytes);
    const file = unpackModel(bytes);
    expect(() => openProfile({ ...file, inputs: "other" })).toThrow("Its inputs");
    expect(() => openProfile({ ...file, arrays: { ...file.arrays, scale: new Float32Array(2) } })).toThrow(
      "scale has 2 numbers",
    );
  });

  test("training ends where it is given up", async () => {
    const stop = new AbortController();
    const set = aSet(200, 3 * DAY, aDay(4));
    const given_up = trainProfile(set, {
      seed: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("enough")),
    });
    expect(given_up).rejects.toThrow("enough");
  });
});

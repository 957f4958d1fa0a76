import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { minutes } from "../../core/time.ts";
import { packModel, unpackModel } from "../artefact.ts";
import { recentAt } from "../judge/recent-at.ts";
import { FORECAST_SIZE, LEVELS, TrainingError, type Recent, type TrainingProgress } from "../model.ts";
import { openModel } from "../open-model.ts";
import { aDay, aMatrix, aNetwork, aSet, chance } from "../scene.fixture.ts";
import { quantileAt } from "../quantiles.ts";
import { materialOf } from "./material.ts";
import { openQuantileNet } from "./open.ts";
import { Random } from "./random.ts";
import { Rows } from "./rows.ts";
import { trainEnsemble, trainQuantileNet, type NetOptions } from "./train.ts";

const ROADS = 8;
const quick: NetOptions = { seed: 1, passes: 2, hidden: 16 };
const set = () => aSet(ROADS, 3 * 288, aDay(5));
const every = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const median = (forecast: Float32Array, place: number, horizon = 1): number =>
  quantileAt(forecast, place * FORECAST_SIZE + horizon * LEVELS.length, 0.5);
const width = (forecast: Float32Array, place: number, horizon = 1): number => {
  const at = place * FORECAST_SIZE + horizon * LEVELS.length;
  return quantileAt(forecast, at, 0.95) - quantileAt(forecast, at, 0.05);
};

let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  bytes = await trainQuantileNet(set(), quick);
});

describe("a trained network", () => {
  test("is the same file, byte for byte, for the same data, options and seed, and another for another seed", async () => {
    expect(await trainQuantileNet(set(), quick)).toEqual(bytes);
    expect(await trainQuantileNet(set(), { ...quick, seed: 2 })).not.toEqual(bytes);
  });

  test("says ascending quantiles within 0 and the limit, for the roads that were wanted, in their order", async () => {
    const model = (await openModel(bytes)).bind(aNetwork(ROADS));
    const recent = recentAt(set().matrix, 400);
    const all = model.forecast(recent, every(ROADS));
    const some = model.forecast(recent, [5, 2]);
    expect(some.length).toBe(2 * FORECAST_SIZE);
    for (const [place, road] of [5, 2].entries())
      for (let i = 0; i < FORECAST_SIZE; i++)
        expect(some[place * FORECAST_SIZE + i]).toBeCloseTo(all[road * FORECAST_SIZE + i]!, 3);
    for (let at = 0; at < all.length; at += LEVELS.length) {
      const quantiles = [...all.subarray(at, at + LEVELS.length)];
      expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b));
      expect(quantiles[0]).toBeGreaterThanOrEqual(0);
      expect(quantiles.at(-1)).toBeLessThanOrEqual(80);
    }
  });

  test("knows more than that nothing changes", () => {
    const { matrix, network } = set();
    const model = openQuantileNet(unpackModel(bytes)).bind(network);
    let [said, stayed] = [0, 0];
    for (let step = 288 + 70; step < 288 + 130; step++) {
      const forecast = model.forecast(recentAt(matrix, step), every(ROADS));
      for (let road = 0; road < ROADS; road++) {
        const truth = matrix.speeds[(step + 6) * ROADS + road]!;
        said += Math.abs(median(forecast, road, 2) - truth);
        stayed += Math.abs(matrix.speeds[step * ROADS + road]! - truth);
      }
    }
    expect(said).toBeLessThan(0.8 * stayed);
  });

  test("no leakage: noise in everything after a step changes no forecast at it", async () => {
    const { matrix, network } = set();
    const model = openQuantileNet(unpackModel(bytes)).bind(network);
    const before = model.forecast(recentAt(matrix, 500), every(ROADS));
    const random = new Random(9);
    for (let at = 501 * ROADS; at < matrix.speeds.length; at++) matrix.speeds[at] = 80 * random.next();
    expect(model.forecast(recentAt(matrix, 500), every(ROADS))).toEqual(before);
  });

  test("no leakage: the inputs of a training row do not change when the rest of its day is replaced by noise", () => {
    const clean = set();
    const noisy = set();
    const random = new Random(9);
    // All of the second day after its step 150, but for what is looked back at from the third day's steps.
    for (let at = (288 + 151) * ROADS; at < 2 * 288 * ROADS; at++)
      noisy.matrix.speeds[at] = 80 * random.next();
    const inputsOf = (of: typeof clean): number[] => {
      const material = materialOf(of);
      // What a road is like over all its days is no secret of that day.
      material.stats.fill(1);
      material.class_stats.fill(1);
      const rows = new Rows(of.network, material, 1);
      rows.add(288 + 150);
      expect(rows.length).toBe(ROADS);
      return [...rows.inputs];
    };
    expect(inputsOf(noisy)).toEqual(inputsOf(clean));
  });

  test("does not care for the unit: the same data in mph gives the same forecasts in mph", async () => {
    const MILE = 0.5;
    const { matrix, network } = set();
    const roads = network.roads.map((road) => ({
      ...road,
      congested_below: road.congested_below * MILE,
      speed_max: road.speed_max * MILE,
    }));
    const speeds = matrix.speeds.map((speed) => speed * MILE);
    const half = { network: { ...network, roads }, matrix: { ...matrix, speeds } };
    const model = openQuantileNet(unpackModel(await trainQuantileNet(half, quick))).bind(half.network);
    const forecast = model.forecast(recentAt(half.matrix, 400), [3]);
    const expected = openQuantileNet(unpackModel(bytes)).bind(network).forecast(recentAt(matrix, 400), [3]);
    for (let i = 0; i < FORECAST_SIZE; i++) expect(forecast[i]).toBeCloseTo(expected[i]! * MILE, 1);
  });

  test("a network without directions, where all ways tie, is served too", async () => {
    const both = aNetwork(ROADS);
    const edges = both.edges.flatMap(({ from, to, km }) => [
      { from, to, km },
      { from: to, to: from, km },
    ]);
    const undirected = { network: { ...both, edges }, matrix: set().matrix };
    const trained = openQuantileNet(unpackModel(await trainQuantileNet(undirected, quick)));
    const forecast = trained
      .bind(undirected.network)
      .forecast(recentAt(undirected.matrix, 400), every(ROADS));
    expect(forecast.every(Number.isFinite)).toBeTrue();
  });
});

describe("roads of which little is known", () => {
  const last = (): Recent => recentAt(set().matrix, 400);
  const bind = (roads: number, road_class = "arterial") =>
    openQuantileNet(unpackModel(bytes)).bind(aNetwork(roads, road_class));

  test("one that was never seen is forecast from its values, with what is usual in its class", () => {
    const speeds = new Float32Array(12 * (ROADS + 1));
    for (let step = 0; step < 12; step++) {
      speeds.set(last().speeds.subarray(step * ROADS, (step + 1) * ROADS), step * (ROADS + 1));
      speeds[step * (ROADS + 1) + ROADS] = 50 - (step % 2);
    }
    const forecast = bind(ROADS + 1).forecast({ ...last(), speeds }, [ROADS]);
    expect(median(forecast, 0)).toBeGreaterThan(35);
    expect(median(forecast, 0)).toBeLessThan(65);
    expect(width(forecast, 0)).toBeGreaterThan(1);
    // A class that was never seen either is served by all roads.
    const strange = bind(ROADS + 1, "canal").forecast({ ...last(), speeds }, [ROADS]);
    expect(strange.every(Number.isFinite)).toBeTrue();
  });

  test("one that was not measured for half an hour gets what is usual, as wide as that was wrong before", () => {
    const gone = (steps: number): Recent => {
      const recent = last();
      for (let step = 12 - steps; step < 12; step++) recent.speeds[step * ROADS] = Number.NaN;
      return recent;
    };
    const model = bind(ROADS);
    expect(model.forecast(gone(6), [0]).every(Number.isFinite)).toBeTrue();
    const usual = model.forecast(gone(7), [0]);
    expect(usual).toEqual(model.forecast(gone(12), [0]));
    expect(usual.every(Number.isFinite)).toBeTrue();
    const { matrix } = set();
    const usual_then = [1, 2].map((day) => matrix.speeds[(day * 288 + 404 - 288) * ROADS] ?? Number.NaN);
    expect(Math.abs(median(usual, 0) - (usual_then[0]! + usual_then[1]!) / 2)).toBeLessThan(8);
    expect(width(usual, 0)).toBeGreaterThan(2);
  });

  test("with one day of data there is no profile, and a silent road is not known", async () => {
    const day = aSet(ROADS, 288, aDay(5));
    const model = openQuantileNet(unpackModel(await trainQuantileNet(day, quick))).bind(day.network);
    const recent = recentAt(day.matrix, 200);
    const at_ms = recent.at_ms + minutes(60) * 24 * 5;
    recent.speeds.fill(Number.NaN, 0);
    expect(model.forecast({ ...recent, at_ms }, [0]).every(Number.isNaN)).toBeTrue();
    const now = model.forecast(recentAt(day.matrix, 200), every(ROADS));
    expect(now.every(Number.isFinite)).toBeTrue();
  });

  test("a road that vanished and one that came change nothing of the others but their neighbourhood", () => {
    const { matrix, network } = set();
    const alone = { ...network, edges: [] };
    const all = openQuantileNet(unpackModel(bytes)).bind(alone).forecast(recentAt(matrix, 400), [6]);
    expect(all.every(Number.isFinite)).toBeTrue();
    const roads = network.roads.filter((_, road) => road !== 2);
    const speeds = recentAt(matrix, 400).speeds.filter((_, at) => at % ROADS !== 2);
    const fewer = openQuantileNet(unpackModel(bytes))
      .bind({ ...alone, roads })
      .forecast({ at_ms: last().at_ms, speeds }, [5]);
    expect(Math.abs(median(fewer, 0) - median(all, 0))).toBeLessThan(5);
  });
});

describe("bad input", () => {
  test("constant, zero, missing and absurd series are survived", async () => {
    const random = chance(3);
    const series = [
      () => 50,
      () => 0,
      () => Number.NaN,
      () => 1e9,
      () => -5,
      () => Infinity,
      () => 80 * random(),
    ];
    const bad = aSet(series.length, 2 * 288, (_, road) => series[road]!());
    const model = openQuantileNet(unpackModel(await trainQuantileNet(bad, quick))).bind(bad.network);
    const forecast = model.forecast(recentAt(bad.matrix, 400), every(series.length));
    const known = series.map((_, road) => Number.isFinite(median(forecast, road)));
    expect([known[0], known[1], known[6]]).toEqual([true, true, true]);
    expect(Math.abs(median(forecast, 0) - 50)).toBeLessThan(15);
    expect(forecast.some((value) => value < 0 || value > 80)).toBeFalse();
  });

  test("too little says how much there is and what is needed", async () => {
    const little = aSet(ROADS, 30, aDay(1));
    const training = trainQuantileNet(little, quick);
    expect(training).rejects.toThrow(TrainingError);
    expect(training).rejects.toThrow("Only 2.5 hours of measurements are there, at least 3 hours are needed");
    const nothing = aSet(ROADS, 600, () => Number.NaN);
    expect(trainQuantileNet(nothing, quick)).rejects.toThrow("Only 0.0 hours");
    const four_hours = aSet(ROADS, 48, aDay(1));
    expect(unpackModel(await trainQuantileNet(four_hours, quick)).about.roads_n).toBe(ROADS);
  });

  test("a matrix of other roads than the network's is refused", () => {
    const wrong = { network: aNetwork(3), matrix: aMatrix(2, 288, aDay(1)) };
    expect(trainQuantileNet(wrong, quick)).rejects.toThrow("2 columns, the network 3 roads");
  });

  test("a file with other inputs, sizes or settings is refused by what is wrong with it", () => {
    const good = unpackModel(bytes);
    const open = (change: Partial<typeof good>) => () => openQuantileNet({ ...good, ...change });
    expect(open({ inputs: good.inputs.split(" ").reverse().join(" ") })).toThrow(
      "inputs are others, or in another order",
    );
    expect(open({ settings: { ...good.settings, nets: "two" } })).toThrow("settings");
    expect(open({ settings: { ...good.settings, sizes: [4, 57] } })).toThrow("do not fit");
    const { mean: _, ...arrays } = good.arrays;
    expect(open({ arrays })).toThrow("mean is missing");
    expect(open({ arrays: { ...good.arrays, units: new Float32Array(3) } })).toThrow("units");
    expect(() => unpackModel(packModel(good).subarray(0, 5000))).toThrow("cut off or changed");
  });
});

describe("training", () => {
  test("reports loss and progress to the end, and the loss falls", async () => {
    const said: TrainingProgress[] = [];
    await trainQuantileNet(set(), { ...quick, passes: 4, onProgress: (one) => void said.push(one) });
    const done = said.map((one) => one.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBeCloseTo(1, 5);
    const losses = said.flatMap(({ held_out_loss }) => held_out_loss ?? []);
    expect(losses.length).toBe(4);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(said.every(({ pass, passes }) => pass < passes)).toBeTrue();
  });

  test("stops when it is given up, with the reason", async () => {
    const stop = new AbortController();
    const training = trainQuantileNet(set(), {
      ...quick,
      passes: 20,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("shutting down")),
    });
    expect(training).rejects.toThrow("shutting down");
  });

  test("takes no more rows than it may in a pass, and other ones in the next", async () => {
    const said: TrainingProgress[] = [];
    const limited = {
      ...quick,
      rows_max: 100 * ROADS,
      onProgress: (one: TrainingProgress) => void said.push(one),
    };
    const few = await trainQuantileNet(set(), limited);
    expect(few).not.toEqual(bytes);
    expect(said.at(-1)?.done).toBeCloseTo(1, 5);
  });

  test("an ensemble is several networks in one file, and says the mean of what they say", async () => {
    const file = unpackModel(await trainEnsemble(set(), { ...quick, nets: 2 }));
    expect(file.about.kind).toBe("ensemble");
    const { matrix, network } = set();
    const ask = (artefact: typeof file) =>
      openQuantileNet(artefact).bind(network).forecast(recentAt(matrix, 400), [1]);
    const both = ask(file);
    const alone = [0, 1].map((n) => {
      const arrays = Object.fromEntries(
        Object.entries(file.arrays).map(([name]) => [
          name,
          file.arrays[name.replace(/^(weights|bias)_0_/, `$1_${n}_`)]!,
        ]),
      );
      return ask({ ...file, arrays, settings: { ...file.settings, nets: 1 } });
    });
    for (let i = 0; i < FORECAST_SIZE; i++)
      expect(both[i]).toBeCloseTo((alone[0]![i]! + alone[1]![i]!) / 2, 2);
  });
});

const METR = join(import.meta.dir, "../../../../shared/data/metr-la");
const missing = existsSync(METR) ? null : "METR-LA is not at ../shared/data/metr-la";

describe.skipIf(missing !== null)(missing ?? "on a week of METR-LA, learnt from a part of its rows", () => {
  test("the forecasts of Monday afternoon beat that it stays as it is, in all and in congestion", async () => {
    const lines = readFileSync(join(METR, "speed_mph.csv"), "utf8").trim().split("\n");
    const keys = lines[0]!.split(",");
    const roads = keys.length;
    const column = new Map(keys.map((key, i) => [key, i]));
    const speeds = Float32Array.from(lines.slice(1).flatMap((line) => line.split(",").map(Number)));
    const edges = readFileSync(join(METR, "sensor_edges.csv"), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","))
      .map(([from, to, , metres]) => ({
        from: column.get(from!)!,
        to: column.get(to!)!,
        km: Number(metres) / 1000,
      }));
    const facts = { congested_below: 40, speed_max: 70, road_class: "freeway" };
    const network = {
      roads: keys.map((road_id) => ({ road_id, ...facts })),
      edges,
      zone: "America/Los_Angeles",
      holidays: [],
    };
    const from_ms = Date.UTC(2012, 2, 1, 8);
    const matrix = { keys, from_ms, steps: 1290, speeds: speeds.slice(0, 1290 * roads) };
    const trained = await trainQuantileNet(
      { network, matrix },
      { seed: 1, passes: 2, hidden: 32, rows_max: 25_000 },
    );
    const model = openQuantileNet(unpackModel(trained)).bind(network);
    const whole = { keys, from_ms, steps: lines.length - 1, speeds };
    const sums = { said: 0, stayed: 0, said_slow: 0, stayed_slow: 0 };
    for (let step = 1300; step < 1600; step += 10) {
      const forecast = model.forecast(recentAt(whole, step), every(roads));
      for (let road = 0; road < roads; road++) {
        const truth = speeds[(step + 6) * roads + road]!;
        const now = speeds[step * roads + road]!;
        const said = Math.abs(median(forecast, road, 2) - truth);
        const stayed = Math.abs(now - truth);
        sums.said += said;
        sums.stayed += stayed;
        if (Math.min(truth, now) >= 40) continue;
        sums.said_slow += said;
        sums.stayed_slow += stayed;
      }
    }
    expect(sums.said).toBeLessThan(0.87 * sums.stayed);
    expect(sums.said_slow).toBeLessThan(0.87 * sums.stayed_slow);
  }, 60_000);
});

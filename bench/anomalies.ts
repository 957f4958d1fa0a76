/**
 * Reports of anomalies on two labelled speed series of the Numenta Anomaly Benchmark (`../shared/data/anomalies`), by the detector with a
 * road's own band (no forecasts there), and on a week of 207 sensors (`../shared/data/metr-la`), where nothing is labelled: how often it
 * reports, also with forecasts ten minutes ahead: of persistence, learnt from the first four fifths. Reference in the same run: further than three standard deviations from the mean of the last 288 values, with the same rule for
 * when a report ends.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { STEP_MS } from "../src/core/speed-matrix.ts";
import { FORECAST_SIZE, LEVELS, RECENT_STEPS } from "../src/prediction/model.ts";
import { openModel } from "../src/prediction/open-model.ts";
import { RoadDetector, RULES, type Opening } from "../src/prediction/anomaly/detector.ts";
import { trainPersistence } from "../src/prediction/persistence/train.ts";
import { judgeAlarms, type AlarmErrors } from "../src/prediction/anomaly/judge.ts";
import { OwnBand } from "../src/prediction/anomaly/own-band.ts";
import { loadRecording } from "./prediction/recording.ts";
import { nabIsThere, nabSpeeds } from "../test/nab-speeds.ts";

interface Point {
  at_ms: number;
  value: number;
}
type Find = (points: readonly Point[]) => number[];

/** The product's rule, with its numbers. */
const detector: Find = (points) => {
  const road = new RoadDetector();
  const band = new OwnBand();
  return points.flatMap(({ at_ms, value }) => {
    const hour = new Date(at_ms).getUTCHours();
    const expected = band.at(hour);
    const opening = expected && road.observe({ at_ms, actual: value, ...expected });
    band.learn(hour, value);
    return opening === null ? [] : [at_ms];
  });
};

const SIGMA_N = 288;
const threeSigma: Find = (points) => {
  const found: number[] = [];
  let within = RULES.closes_m;
  for (let i = 24; i < points.length; i++) {
    const last = points.slice(Math.max(0, i - SIGMA_N), i).map(({ value }) => value);
    const mean = last.reduce((sum, value) => sum + value, 0) / last.length;
    const sigma = Math.sqrt(last.reduce((sum, value) => sum + (value - mean) ** 2, 0) / last.length);
    const { at_ms, value } = points[i]!;
    if (Math.abs(value - mean) <= 3 * sigma) within++;
    else {
      if (within >= RULES.closes_m) found.push(at_ms);
      within = 0;
    }
  }
  return found;
};

const finders: Readonly<Record<string, Find>> = { detector, "3 sigma of a day": threeSigma };
const out = (text: string): unknown => process.stdout.write(`${text}\n`);
const row = (...cells: readonly string[]): unknown =>
  out(cells.map((cell, i) => (i === 0 ? cell.padEnd(34) : cell.padStart(15))).join(""));

if (nabIsThere()) {
  row("", "windows found", "reports", "outside them", "precision", "NAB score");
  for (const { name, points, windows, judged_from_ms } of nabSpeeds())
    for (const [who, find] of Object.entries(finders)) {
      const alarms = find(points).filter((at) => at >= judged_from_ms);
      const judged: AlarmErrors = judgeAlarms(alarms, windows);
      const { found_n, windows_n, alarms_n, false_n, nab_score } = judged;
      const precision = alarms_n === 0 ? "–" : `${Math.round((100 * (alarms_n - false_n)) / alarms_n)} %`;
      row(
        `${name}, ${who}`,
        `${found_n} of ${windows_n}`,
        `${alarms_n}`,
        `${false_n}`,
        precision,
        nab_score.toFixed(1),
      );
    }
  out("NAB score: standard profile; 100 is perfect, 0 is to report nothing. The first 15 % are not judged.");
} else out("The labelled series are not here: ../shared/data/anomalies");

const METR = join(import.meta.dir, "../../shared/data/metr-la/speed_mph.csv");
if (existsSync(METR)) {
  const rows = readFileSync(METR, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
  const sensors = rows[0]!.length;
  const days = rows.length / 288;
  out("");
  row(`${sensors} sensors, ${days.toFixed(1)} days`, "reports", "per road, day", "µs per value");
  for (const [who, find] of Object.entries(finders)) {
    const began = performance.now();
    let reports = 0;
    for (let sensor = 0; sensor < sensors; sensor++) {
      const points = rows.map((values, step) => ({
        at_ms: Date.UTC(2012, 2, 1) + step * 300_000,
        value: values[sensor]!,
      }));
      reports += find(points).length;
    }
    const us = (1_000 * (performance.now() - began)) / (sensors * rows.length);
    row(who, `${reports}`, (reports / sensors / days).toFixed(2), us.toFixed(2));
  }
  await withForecasts();
} else out("The week of sensors is not here: ../shared/data/metr-la");

/** As in the product: the band is what was forecast of the step two steps before. */
async function withForecasts(): Promise<void> {
  const { network, matrix, train_steps } = loadRecording(join(METR, ".."), "2012-03-01");
  const roads = network.roads.length;
  const speeds = matrix.speeds.slice(0, train_steps * roads);
  const bytes = await trainPersistence(
    { network, matrix: { ...matrix, steps: train_steps, speeds } },
    { seed: 1 },
  );
  const model = (await openModel(bytes)).bind(network);
  const all = network.roads.map((_, column) => column);
  const detectors = all.map(() => new RoadDetector());
  const before: Float32Array[] = [];
  const opened: Opening[] = [];
  for (let step = train_steps; step < matrix.steps; step++) {
    const forecast = before[step - train_steps - 2];
    for (const road of forecast === undefined ? [] : all) {
      const [low, high] = [
        forecast![road * FORECAST_SIZE]!,
        forecast![road * FORECAST_SIZE + LEVELS.length - 1]!,
      ];
      const actual = matrix.speeds[step * roads + road]!;
      const opening = detectors[road]!.observe({ at_ms: step * STEP_MS, actual, low, high });
      if (opening !== null) opened.push(opening);
    }
    const recent = matrix.speeds.slice((step - RECENT_STEPS + 1) * roads, (step + 1) * roads);
    before.push(model.forecast({ at_ms: matrix.from_ms + step * STEP_MS + 240_000, speeds: recent }, all));
  }
  const days_n = (matrix.steps - train_steps) / 288;
  const slow = opened.filter(({ direction }) => direction === "slow");
  const below = slow.reduce((sum, { low, actual }) => sum + low - actual, 0) / slow.length;
  row("detector, persistence's forecasts", `${opened.length}`, (opened.length / roads / days_n).toFixed(2));
  out(
    `of these ${slow.length} too slow, by ${below.toFixed(0)} mph below the interval's lower end in the mean`,
  );
}

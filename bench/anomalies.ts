/**
 * Reports of anomalies on two labelled speed series of the Numenta Anomaly Benchmark (`../shared/data/anomalies`), by the detector with a
 * road's own band (no forecasts there), and on a week of 207 sensors (`../shared/data/metr-la`), where nothing is labelled: how often it
 * reports. Reference in the same run: further than three standard deviations from the mean of the last 288 values, with the same rule for
 * when a report ends.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RoadDetector, RULES } from "../src/prediction/anomaly/detector.ts";
import { judgeAlarms, type AlarmErrors } from "../src/prediction/anomaly/judge.ts";
import { OwnBand } from "../src/prediction/anomaly/own-band.ts";
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
} else out("The week of sensors is not here: ../shared/data/metr-la");

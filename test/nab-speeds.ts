/**
 * Two recorded speed series of the Numenta Anomaly Benchmark (`../shared/data/anomalies`: mph, mostly every 5 min, Twin Cities 2015), and
 * the windows that the benchmark labels in them (`labels/combined_windows.json`, with three windows in the second series; another version
 * of the labels has a fourth). Times are taken as UTC.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dir, "../../shared/data/anomalies");
export const nabIsThere = (): boolean => existsSync(FOLDER);

export interface LabelledSeries {
  name: string;
  points: readonly { at_ms: number; value: number }[];
  /** Both ends included. */
  windows: readonly { from_ms: number; to_ms: number }[];
  /** What comes before is for getting to know the series, and is not judged: 15 %, as in the benchmark. */
  judged_from_ms: number;
}

const at = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`);
const LABELS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  speed_6005: [["2015-09-16 18:40:00", "2015-09-17 16:24:00"]],
  speed_7578: [
    ["2015-09-11 15:14:00", "2015-09-11 18:11:00"],
    ["2015-09-15 13:06:00", "2015-09-15 16:14:00"],
    ["2015-09-16 15:40:00", "2015-09-16 18:40:00"],
  ],
};

export const nabSpeeds = (): readonly LabelledSeries[] =>
  Object.entries(LABELS).map(([name, windows]) => {
    const points = readFileSync(join(FOLDER, `${name}.csv`), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","))
      .map(([time, value]) => ({ at_ms: at(time!), value: Number(value) }));
    return {
      name,
      points,
      windows: windows.map(([from, to]) => ({ from_ms: at(from), to_ms: at(to) })),
      judged_from_ms: points[Math.floor(0.15 * points.length)]!.at_ms,
    };
  });

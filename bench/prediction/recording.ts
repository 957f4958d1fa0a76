/**
 * A recording of speeds for judging models: `speed_mph.csv` (a column per sensor, a row per 5 minutes, header = sensor ids; an empty cell
 * is missing), `sensor_edges.csv` (`from_sensor,to_sensor,…,road_distance_m`) and `sensor_locations.csv`
 * (`…,sensor_id,latitude,longitude`). Without edges, sensors are tied to the six nearest within 10 km, as the crow flies.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { distance_km } from "../../src/core/geo.ts";
import type { SpeedMatrix } from "../../src/core/speed-matrix.ts";
import type { RoadEdge, RoadNetwork } from "../../src/prediction/model.ts";

/** Slow, and the highest that is forecast, mph: of the protocol. */
const SLOW_BELOW = 40;
const SPEED_MAX = 70;
const NEAREST = 6;
const NEAREST_KM = 10;

export interface Recording {
  network: RoadNetwork;
  matrix: SpeedMatrix;
  /** Learnt from is `[0, train_steps)`; judged are the origins from there on whose targets are all in the data. */
  train_steps: number;
  judge_to: number;
}

const SPEEDS = "speed_mph.csv";
const EDGES = "sensor_edges.csv";
const PLACES = "sensor_locations.csv";

/** @returns Names of files without which nothing can be judged. */
export const missingOf = (folder: string): readonly string[] =>
  existsSync(join(folder, SPEEDS)) ? [] : [SPEEDS];

const cellsOf = (line: string): string[] =>
  line
    .trim()
    .split(",")
    .map((cell) => cell.trim().replace(/^"|"$/g, ""));

/** Rows as objects by the names of the header. */
function table(folder: string, name: string): Record<string, string>[] {
  const file = join(folder, name);
  if (!existsSync(file)) return [];
  const [header = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const names = cellsOf(header);
  return lines.map((line) => {
    const cells = cellsOf(line);
    return Object.fromEntries(names.map((column, i) => [column, cells[i] ?? ""]));
  });
}

/** @param start Local date and time of the first row, taken as a clock without summer time. */
export function loadRecording(folder: string, start: string): Recording {
  const lines = readFileSync(join(folder, SPEEDS), "utf8").trim().split("\n");
  const header = cellsOf(lines[0]!);
  // Other recordings have a first column of times.
  const skip = /^\d+$/.test(header[0]!) || !/^\d+$/.test(header[1] ?? "") ? 0 : 1;
  const keys = header.slice(skip);
  const steps = lines.length - 1;
  const speeds = new Float32Array(steps * keys.length);
  for (let step = 0; step < steps; step++) {
    const cells = cellsOf(lines[step + 1]!);
    for (let column = 0; column < keys.length; column++) {
      const cell = cells[column + skip] ?? "";
      speeds[step * keys.length + column] = cell === "" ? Number.NaN : Number(cell);
    }
  }
  const train_steps = Math.floor(0.8 * steps);
  let highest = SPEED_MAX;
  for (let i = 0; i < train_steps * keys.length; i++) if (speeds[i]! > highest) highest = speeds[i]!;
  const from_ms = Date.parse(`${start.length === 10 ? `${start}T00:00` : start}Z`);
  if (Number.isNaN(from_ms)) throw new Error(`"${start}" is no time, such as 2012-03-01 or 2012-03-01T06:00`);
  return {
    network: {
      roads: keys.map((road_id) => ({
        road_id,
        congested_below: SLOW_BELOW,
        speed_max: highest,
        road_class: "freeway",
      })),
      edges: edgesOf(folder, keys),
      zone: "UTC",
      holidays: [],
    },
    matrix: { keys, from_ms, steps, speeds },
    train_steps,
    judge_to: Math.max(train_steps, steps - 6),
  };
}

function edgesOf(folder: string, keys: readonly string[]): readonly RoadEdge[] {
  const column = new Map(keys.map((key, at) => [key, at]));
  const given = table(folder, EDGES).flatMap((row): RoadEdge[] => {
    const from = column.get(row["from_sensor"] ?? "");
    const to = column.get(row["to_sensor"] ?? "");
    const km = Number(row["road_distance_m"]) / 1_000;
    return from === undefined || to === undefined || from === to || !(km >= 0) ? [] : [{ from, to, km }];
  });
  if (given.length > 0) return given;
  const places = table(folder, PLACES).flatMap((row) => {
    const at = column.get(row["sensor_id"] ?? "");
    const [longitude, latitude] = [Number(row["longitude"]), Number(row["latitude"])];
    return at === undefined || Number.isNaN(longitude + latitude)
      ? []
      : [{ at, place: [longitude, latitude] as const }];
  });
  return places.flatMap(({ at: from, place }) =>
    places
      .filter(({ at }) => at !== from)
      .map(({ at: to, place: other }) => ({ from, to, km: distance_km([...place], [...other]) }))
      .filter(({ km }) => km <= NEAREST_KM)
      .sort((a, b) => a.km - b.km)
      .slice(0, NEAREST),
  );
}

/** The first steps of a recording: what a model may learn from. */
export const firstSteps = (matrix: SpeedMatrix, steps: number): SpeedMatrix => ({
  ...matrix,
  steps,
  speeds: matrix.speeds.slice(0, steps * matrix.keys.length),
});

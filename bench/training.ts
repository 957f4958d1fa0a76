/**
 * How long it takes to learn from a city: 1,247 roads of the demo city over four weeks (`bun run bench training [weeks]`), made-up speeds
 * that are right for cost and for nothing else; beside it one day of the same roads, as after a first start.
 */
import { demo } from "../src/cities/demo/index.ts";
import { STEP_MS, type SpeedMatrix } from "../src/core/speed-matrix.ts";
import { days } from "../src/core/time.ts";
import { networkOf } from "../src/prediction/network-of.ts";
import { trainQuantileNet } from "../src/prediction/net/train.ts";

const WEEKS = Number(process.argv[2] ?? 4);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const city = demo();
const network = networkOf(city);
const roads = network.roads.length;

/** Two rush hours, noise that stays for a while. */
function speedsOf(span_ms: number): SpeedMatrix {
  const steps = span_ms / STEP_MS;
  const speeds = new Float32Array(steps * roads);
  const drift = new Float32Array(roads);
  for (let step = 0; step < steps; step++) {
    const hour = (step % 288) / 12;
    const rush = Math.exp(-((hour - 8) ** 2) / 2) + Math.exp(-((hour - 17.5) ** 2) / 3);
    for (let road = 0; road < roads; road++) {
      drift[road] = 0.9 * drift[road]! + Math.random() - 0.5;
      const free = 2 * network.roads[road]!.congested_below;
      speeds[step * roads + road] = Math.max(
        1,
        free * (1 - 0.5 * rush * Math.abs(Math.sin(road))) + drift[road]!,
      );
    }
  }
  return { keys: network.roads.map(({ road_id }) => road_id), from_ms: Date.UTC(2026, 9, 1), steps, speeds };
}

for (const span_ms of [days(1), days(7 * WEEKS)]) {
  const matrix = speedsOf(span_ms);
  const start_ms = performance.now();
  const cpu = process.cpuUsage();
  let passes = 0;
  const bytes = await trainQuantileNet(
    { network, matrix },
    { seed: 1, onProgress: ({ pass }) => void (passes = Math.max(passes, pass + 1)) },
  );
  const took_s = (performance.now() - start_ms) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  say(
    `${roads} roads, ${span_ms / days(1)} days (${(matrix.steps * roads).toLocaleString("en-US")} speeds): ${took_s.toFixed(0)} s, ${((user + system) / 1e6).toFixed(0)} s of CPU, ${passes} passes at most, file ${(bytes.length / 1e6).toFixed(1)} MB, process ${(process.resourceUsage().maxRSS / 1_024).toFixed(0)} MB at most   (aim: 30 min, 2 GB)`,
  );
}

/** How long a forecast of 1,247 roads takes, inputs included, in this process and in the worker of models. */
import { noMargins, predictionOf } from "../../src/prediction/distribution.ts";
import { openModelHost } from "../../src/prediction/flow/model-host.ts";
import { recentAt } from "../../src/prediction/judge/recent-at.ts";
import { FORECAST_SIZE, type Recent, type RoadNetwork } from "../../src/prediction/model.ts";
import { openModel } from "../../src/prediction/open-model.ts";
import { firstSteps, type Recording } from "./recording.ts";

const ROADS = 1_247;
const ROUNDS = 200;
const WARM_UP = 20;
/** A slow model is asked for so long, and then no more. */
const LONG_MS = 20_000;

/** The recording's sensors again and again, each copy with its own edges and another day's hour. */
function large({ network, matrix, train_steps }: Recording): {
  network: RoadNetwork;
  recents: readonly Recent[];
} {
  const few = network.roads.length;
  const copies = Math.ceil(ROADS / few);
  const source = Array.from({ length: ROADS }, (_, road) => ({
    copy: Math.floor(road / few),
    from: road % few,
  }));
  const roads = source.map(({ copy, from }) => {
    const facts = network.roads[from]!;
    return copy === 0 ? facts : { ...facts, road_id: `${facts.road_id}-${copy}` };
  });
  const edges = Array.from({ length: copies }, (_, copy) =>
    network.edges
      .map(({ from, to, km }) => ({ from: from + copy * few, to: to + copy * few, km }))
      .filter(({ from, to }) => from < ROADS && to < ROADS),
  ).flat();
  const known = firstSteps(matrix, train_steps);
  const recents = Array.from({ length: 24 }, (_, i) => {
    const each = Array.from({ length: copies }, (__, copy) =>
      recentAt(known, Math.max(11, train_steps - 1 - 12 * i - 29 * copy)),
    );
    const steps = each[0]!.speeds.length / few;
    const speeds = new Float32Array(steps * ROADS);
    for (const [road, { copy, from }] of source.entries())
      for (let step = 0; step < steps; step++)
        speeds[step * ROADS + road] = each[copy]!.speeds[step * few + from]!;
    return { at_ms: each[0]!.at_ms, speeds };
  });
  return { network: { ...network, roads, edges }, recents };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;

function told(took: number[]): string {
  const sorted = took.sort((a, b) => a - b);
  return `median ${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms (${sorted.length} times)`;
}

export async function inferenceTimes(bytes: Uint8Array, recording: Recording): Promise<string> {
  const { network, recents } = large(recording);
  const wanted = network.roads.map((_, column) => column);
  const forecaster = (await openModel(bytes)).bind(network);
  const here: number[] = [];
  let [unknown, asked] = [0, 0];
  const here_ms = performance.now();
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    if (here.length > 0 && performance.now() - here_ms > LONG_MS) break;
    const recent = recents[round % recents.length]!;
    const start_ms = performance.now();
    const quantiles = forecaster.forecast(recent, wanted);
    const newest = recent.speeds.length - ROADS;
    for (const [road, { congested_below, speed_max }] of network.roads.entries()) {
      const facts = { congested_below, speed_max, now: recent.speeds[newest + road]!, margins: noMargins };
      if (predictionOf(quantiles, road * FORECAST_SIZE, facts) === null) unknown++;
    }
    asked += ROADS;
    if (round >= WARM_UP) here.push(performance.now() - start_ms);
  }
  const host = openModelHost();
  const there: number[] = [];
  try {
    await host.network(network);
    await host.load("champion", bytes, noMargins);
    const there_ms = performance.now();
    for (let round = 0; round < ROUNDS + WARM_UP; round++) {
      if (there.length > 0 && performance.now() - there_ms > LONG_MS) break;
      const start_ms = performance.now();
      await host.forecast("champion", recents[round % recents.length]!, wanted);
      if (round >= WARM_UP) there.push(performance.now() - start_ms);
    }
  } finally {
    host.close();
  }
  const silent = unknown === 0 ? "" : `; ${unknown} of ${asked} not known`;
  return `in this process ${told(here)}; asked of the worker ${told(there)}${silent}`;
}

/** Predictions as this process makes them: wired from its stores, the city's roads and what else reports. */
import type { Config } from "./config.ts";
import { STEP_MS } from "./core/speed-matrix.ts";
import { days } from "./core/time.ts";
import type { Stranger } from "./prediction/flow/known-roads.ts";
import type { RoadNetwork, TrainingSet } from "./prediction/model.ts";
import { measuredRoads, networkOf, type ExtraRoad } from "./prediction/network-of.ts";
import type { ServicesOptions } from "./services.ts";
import { traffic } from "./streams/traffic.ts";
import { detectAnomalies, type DetectAnomalies } from "../jobs/detect-anomalies.ts";
import { predict, type Predict } from "../jobs/predict.ts";

/** What free flow and persistence are taken from. */
const LATELY_MS = days(1);
/** Roads whose free flow is found at once: some ms. */
const FREE_FLOW_AT_ONCE = 250;

/** Null for a process that has not the role, and on an installation without the streams. */
export function predictingOf(options: ServicesOptions): Predict | null {
  const { config, stores, streams, city, clock, door, onWarning } = options;
  const stream = streams.find(({ name }) => name === traffic.name);
  if (!has(config) || stream === undefined) return null;
  const { log, speeds, minutes, models } = stores;
  let network: RoadNetwork = networkOf(city);

  async function measured(keys: readonly string[]): Promise<TrainingSet["matrix"]> {
    const to_ms = Math.floor(clock.now() / STEP_MS) * STEP_MS;
    return speeds.matrix(stream!, { from_ms: to_ms - LATELY_MS, to_ms, keys, zone: city.zone });
  }

  /** A stranger that does not say what free flow is has it as it was measured. */
  async function networkWith(strangers: readonly Stranger[]): Promise<RoadNetwork> {
    const silent = strangers.filter(({ free_flow_speed }) => free_flow_speed === null);
    const places = new Map(
      strangers.flatMap((one) => (placeOf(one) === null ? [] : [[one.road_id, placeOf(one)!]])),
    );
    const found: ExtraRoad[] = [];
    // Some at a time: their speeds are put in order here, beside all that is live.
    for (let at = 0; at < silent.length; at += FREE_FLOW_AT_ONCE) {
      const keys = silent.slice(at, at + FREE_FLOW_AT_ONCE).map(({ road_id }) => road_id);
      found.push(...measuredRoads(city, await measured(keys), places));
    }
    const said = strangers
      .filter(({ free_flow_speed }) => free_flow_speed !== null)
      .map((one): ExtraRoad => ({ ...one, at: placeOf(one) }));
    network = networkOf(city, [...said, ...found]);
    return network;
  }

  return predict({
    log,
    history: minutes,
    models,
    door,
    streams,
    city,
    clock,
    trial_share: config.PREDICT_TRIAL_PERCENT / 100,
    network: networkWith,
    async lately() {
      const { roads } = network;
      return roads.length === 0
        ? null
        : { network, matrix: await measured(roads.map(({ road_id }) => road_id)) };
    },
    onWarning,
  });
}

/** What tells of roads that are far outside what was expected of them; null where nothing is predicted. */
export function watchingRoads({
  config,
  stores: { log, history },
  door,
  streams,
  city,
  clock,
  onWarning,
}: ServicesOptions): DetectAnomalies | null {
  return has(config) ? detectAnomalies({ log, history, door, streams, city, clock, onWarning }) : null;
}

const has = ({ ROLES }: Config): boolean => ROLES.includes("predict");

const placeOf = ({ longitude, latitude }: Stranger): ExtraRoad["at"] =>
  longitude === null || latitude === null ? null : [longitude, latitude];

/** What a predictor does beside the usual: a model that changes under way, a clock that goes back, strangers, a history that is away. */
import { beforeEach, expect, test } from "bun:test";
import { HistoryUnavailableError } from "../../core/errors.ts";
import type { Event } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { minutes } from "../../core/time.ts";
import type { RoadNetwork } from "../model.ts";
import { aNetwork, MONDAY_MS } from "../scene.fixture.ts";
import type { Stranger } from "./known-roads.ts";
import { Predictor, type PredictionEvent } from "./predictor.ts";

let now_ms: number;
let monotonic_ms: number;
let version: string;
let onForecast: () => void;
let networks: RoadNetwork[];
let networkOf: (strangers: readonly Stranger[]) => RoadNetwork;
let published: PredictionEvent[];
let predictor: Predictor;

const horizon = {
  speed: 40,
  low_50: 39,
  high_50: 41,
  low_90: 30,
  high_90: 50,
  congestion_probability: 0,
  within_15: 1,
};
const ahead = { regime: "calm", horizons: [horizon, horizon, horizon] } as const;

beforeEach(() => {
  [now_ms, monotonic_ms, version] = [MONDAY_MS, 0, "first"];
  [networks, published] = [[], []];
  onForecast = () => {};
  networkOf = (strangers) => ({
    ...aNetwork(0),
    roads: [{ road_id: "road-0" }, ...strangers].map(({ road_id }) => ({
      road_id,
      congested_below: 30,
      speed_max: 80,
      road_class: "arterial",
    })),
  });
  predictor = new Predictor({
    clock: { now: () => now_ms, monotonic: () => monotonic_ms },
    host: {
      network: async (network) => void networks.push(network),
      forecast: async (_slot, _recent, wanted) => {
        onForecast();
        return { roads: wanted.map(() => ({ now: 40, ahead })), took_ms: 1 };
      },
    },
    road_ids: ["road-0"],
    network: async (strangers) => networkOf(strangers),
    trial_share: 0,
    inService: (slot) => (slot === "champion" ? version : null),
    onFailed: () => Promise.reject(new Error("no model fails here")),
    publish: async (topic, events) => {
      if (topic === "predictions") published.push(...events);
    },
  });
});

const measured = (key: string, at_ms = now_ms): Event => ({
  event_id: `${key} ${at_ms}`,
  key,
  event_time_ms: at_ms,
  received_at_ms: at_ms,
  offset: 0,
  partition: 0,
  source: "test",
  dead_letter_id: null,
  unknown_fields: 0,
  backfill: false,
  row: { current_speed: 40 },
});
const turn = async (...events: Event[]): Promise<void> => {
  if (predictor.measured(events, () => false)) await predictor.turn(async () => {});
};
const versions = (): unknown[] => published.map(({ model_version }) => model_version);

test("a model that is loaded while a forecast waits for it has made that forecast", async () => {
  onForecast = () => {
    version = "second";
  };
  await turn(measured("road-0"));
  expect(versions()).toEqual(["second"]);
});

test("a clock that goes back ends it, so that it begins anew; what is far ahead is not taken", async () => {
  await turn(measured("road-0", now_ms + limits.predict_late_ms + 1));
  expect(versions()).toEqual([]);
  await turn(measured("road-0"));
  now_ms -= minutes(30);
  expect(() => predictor.measured([measured("road-0")], () => false)).toThrow("clock went back");
});

test("of roads that the city does not know the network is asked anew now and then, though there is no new one", async () => {
  await turn(measured("sensor"));
  expect(networks).toHaveLength(1);
  for (const [later_ms, wanted] of [
    [limits.predict_rebind_ms, 1],
    [limits.predict_refresh_ms, 2],
    [limits.predict_rebind_ms, 2],
  ] as const) {
    monotonic_ms += later_ms;
    now_ms += minutes(1);
    await turn(measured("sensor"));
    expect(networks).toHaveLength(wanted);
  }
});

test("while history is away the roads that the model knows are predicted; others join when it is back", async () => {
  await turn(measured("road-0"));
  const whole = networkOf;
  networkOf = () => {
    throw new HistoryUnavailableError("away");
  };
  for (const wanted of [2, 3]) {
    monotonic_ms += limits.predict_rebind_ms;
    now_ms += minutes(1);
    await turn(measured("road-0"), measured("sensor"));
    expect(versions()).toHaveLength(wanted);
  }
  networkOf = whole;
  monotonic_ms += limits.predict_rebind_ms;
  now_ms += minutes(1);
  await turn(measured("road-0"), measured("sensor"));
  expect(versions()).toHaveLength(5);
});

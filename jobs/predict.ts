/** Log → predictions, with the models of the store; those of a model on trial go to a topic of their own. */
import type { City } from "../src/core/city.ts";
import { limits } from "../src/core/limits.ts";
import { pause } from "../src/core/pause.ts";
import type { Stream } from "../src/core/stream.ts";
import { seconds, type Clock } from "../src/core/time.ts";
import type { MinuteStore } from "../src/history/minutes/minute-rows.ts";
import type { ModelStore } from "../src/history/models/model-store.ts";
import type { Log } from "../src/log/log.ts";
import type { Held } from "../src/log/progress-watch.ts";
import type { Stranger } from "../src/prediction/flow/known-roads.ts";
import { ModelsInService, type InService } from "../src/prediction/flow/models-in-service.ts";
import { ModelError, openModelHost } from "../src/prediction/flow/model-host.ts";
import { predictConsumer, type PredictConsumer } from "../src/prediction/flow/predict-consumer.ts";
import { ClockBackError, Predictor, type PredictorCounts } from "../src/prediction/flow/predictor.ts";
import type { RoadNetwork, TrainingSet } from "../src/prediction/model.ts";
import type { Door } from "../src/sources/door.ts";
import { predictions, shadowPredictions } from "../src/streams/predictions.ts";
import type { Service } from "./service.ts";

export interface PredictOptions {
  log: Log;
  history: MinuteStore;
  models: Pick<ModelStore, "roles" | "artefact">;
  door: Pick<Door, "accept">;
  /** All of this process, with its retention. */
  streams: readonly Stream[];
  city: City;
  clock: Clock;
  trial_share: number;
  network: (strangers: readonly Stranger[]) => Promise<RoadNetwork>;
  /** What persistence is fitted to. */
  lately: () => Promise<TrainingSet | null>;
  onWarning: (part: string, message: string) => void;
  gather_ms?: number;
  rebind_ms?: number;
  look_ms?: number;
}

export interface PredictStatus extends InService, PredictorCounts {}

export interface Predict {
  service: Service;
  held(): readonly Held[];
  /** Null while another process predicts. */
  status(): PredictStatus | null;
}

const AGAIN_MS = seconds(1);

/** Null on an installation without roads or predictions among its streams. */
export function predict(options: PredictOptions): Predict | null {
  const { streams, city, clock, door, onWarning } = options;
  const named = (name: string): Stream | undefined => streams.find((stream) => stream.name === name);
  const [stream, shown, trial] = [named("traffic"), named(predictions.name), named(shadowPredictions.name)];
  if (stream === undefined || shown === undefined || trial === undefined) return null;
  let here: { consumer: PredictConsumer; models: ModelsInService; predictor: Predictor } | null = null;

  const warn = (message: string): void => onWarning("predict", message);

  /** A worker that ended between two forecasts, or a clock that went back, is no reason for the process to end. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await runOnce(signal);
      } catch (error) {
        if (!(error instanceof ModelError || error instanceof ClockBackError)) throw error;
        warn(`it begins anew: ${error.message}`);
        await pause(AGAIN_MS, signal);
      }
    }
  }

  async function runOnce(signal: AbortSignal): Promise<void> {
    const host = openModelHost();
    const models = new ModelsInService({
      store: options.models,
      host,
      clock,
      lately: options.lately,
      onWarning: warn,
    });
    const predictor = new Predictor({
      clock,
      host,
      road_ids: city.roads.map(({ road_id }) => road_id),
      network: options.network,
      trial_share: options.trial_share,
      ...(options.rebind_ms === undefined ? {} : { rebind_ms: options.rebind_ms }),
      inService: (slot) => models.version(slot),
      onFailed: (slot, error) => models.failed(slot, error),
      async publish(topic, events) {
        const to = topic === "trial" ? trial! : shown!;
        for (let at = 0; at < events.length; at += limits.body_events_max)
          await door.accept(to, events.slice(at, at + limits.body_events_max), { source: "prediction" });
      },
    });
    const consumer = predictConsumer({
      log: options.log,
      history: options.history,
      stream: stream!,
      city,
      clock,
      predictor,
      models,
      onWarning: warn,
      ...(options.gather_ms === undefined ? {} : { gather_ms: options.gather_ms }),
      ...(options.look_ms === undefined ? {} : { look_ms: options.look_ms }),
    });
    here = { consumer, models, predictor };
    try {
      await consumer.run(signal);
    } finally {
      here = null;
      host.close();
    }
  }

  return {
    service: { name: "predict", run },
    held: () => here?.consumer.held() ?? [],
    status: () => here && { ...here.models.status(), ...here.predictor.counts },
  };
}

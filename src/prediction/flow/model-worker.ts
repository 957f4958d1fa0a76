/** The worker of models: holds what is loaded, bound to the city's roads, and forecasts when it is asked. */
import { serve } from "../../work/serve.ts";
import { noMargins, predictionOf } from "../distribution.ts";
import { FORECAST_SIZE, type Forecaster, type RoadNetwork, type TrainedModel } from "../model.ts";
import { openModel } from "../open-model.ts";
import { trainPersistence } from "../persistence/train.ts";
import type { Margins } from "../prediction.ts";
import type { Foreseen, ModelAnswer, ModelRequest, Slot } from "./messages.ts";

interface Loaded {
  model: TrainedModel;
  margins: Margins;
  /** Null until there is a network, and after another one came. */
  bound: Forecaster | null;
}

const slots = new Map<Slot, Loaded>();
let network: RoadNetwork | null = null;

serve(async (_input, ask) => {
  let answer: ModelAnswer = { kind: "ready" };
  for (;;) {
    const request = (await ask(answer)) as ModelRequest | { kind: "end" };
    if (request.kind === "end") return null;
    try {
      answer = await answerTo(request);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      answer = { kind: "failed", name, message };
    }
  }
});

async function answerTo(request: ModelRequest): Promise<ModelAnswer> {
  switch (request.kind) {
    case "network":
      network = request.network;
      for (const loaded of slots.values()) loaded.bound = null;
      return { kind: "done" };
    case "load":
      return put(request.slot, await openModel(request.bytes), request.margins);
    case "fit":
      return put(request.slot, await openModel(await trainPersistence(request.set, { seed: 1 })), noMargins);
    case "drop":
      slots.delete(request.slot);
      return { kind: "done" };
    case "forecast":
      return forecast(request);
  }
}

/** A model that cannot be bound is not taken: the one before goes on. */
function put(slot: Slot, model: TrainedModel, margins: Margins): ModelAnswer {
  const bound = network === null ? null : model.bind(network);
  slots.set(slot, { model, margins, bound });
  return { kind: "loaded", about: model.about };
}

function forecast({ slot, recent, wanted }: Extract<ModelRequest, { kind: "forecast" }>): ModelAnswer {
  const start_ms = performance.now();
  const loaded = slots.get(slot);
  if (loaded === undefined || network === null)
    throw new Error(`Cannot forecast: there is no model in the slot ${slot}, or no network`);
  const { roads } = network;
  const forecaster = (loaded.bound ??= loaded.model.bind(network));
  const quantiles = forecaster.forecast(recent, wanted);
  const newest = recent.speeds.length - roads.length;
  const foreseen = wanted.map((column, i): Foreseen => {
    const { congested_below, speed_max } = roads[column]!;
    const now = recent.speeds[newest + column]!;
    const facts = { congested_below, speed_max, now, margins: loaded.margins };
    return {
      now: Number.isNaN(now) ? null : now,
      ahead: predictionOf(quantiles, i * FORECAST_SIZE, facts),
    };
  });
  return { kind: "foreseen", roads: foreseen, took_ms: performance.now() - start_ms };
}

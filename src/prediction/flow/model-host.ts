/**
 * The process's side of the worker of models. A worker that ends is begun anew with the models that it held; one request is under way
 * at a time, in the order in which they were made.
 */
import { createPool } from "../../work/pool.ts";
import type { ModelAbout, Recent, RoadNetwork, TrainingSet } from "../model.ts";
import type { Margins } from "../prediction.ts";
import type { Foreseen, ModelAnswer, ModelRequest, Slot } from "./messages.ts";

export interface ModelHost {
  network(network: RoadNetwork): Promise<void>;
  /** @throws {ModelError} the model that was there before goes on. */
  load(slot: Slot, bytes: Uint8Array, margins: Margins): Promise<ModelAbout>;
  /** Persistence, fitted to these measurements. @throws {ModelError} as `load`. */
  fit(slot: Slot, set: TrainingSet): Promise<ModelAbout>;
  drop(slot: Slot): Promise<void>;
  /** @throws {ModelError} where there is no model, or it failed. */
  forecast(
    slot: Slot,
    recent: Recent,
    wanted: readonly number[],
  ): Promise<{ roads: readonly Foreseen[]; took_ms: number }>;
  close(): void;
}

/** A model could not be used, or its worker ended. */
export class ModelError extends Error {
  override name = "ModelError";
}

interface Asked {
  request: ModelRequest;
  resolve: (answer: ModelAnswer) => void;
  reject: (error: Error) => void;
}

export const MODEL_WORKER = new URL("./model-worker.ts", import.meta.url);

export function openModelHost(module: URL = MODEL_WORKER): ModelHost {
  const stop = new AbortController();
  const waiting: Asked[] = [];
  /** What a new worker must be told, by what it is about: the network, and what is in each slot. */
  const kept = new Map<"network" | Slot, ModelRequest>();
  let under_way: Asked | null = null;
  let bell: (() => void) | null = null;
  let running = false;

  async function work(): Promise<void> {
    running = true;
    // Told again first: a worker begins with nothing.
    const again: Asked[] = [...kept.values()].map((request) => ({
      request,
      resolve: () => {},
      reject: () => {},
    }));
    waiting.unshift(...again);
    try {
      await createPool(1).run<null, ModelAnswer>({
        module,
        input: null,
        signal: stop.signal,
        async onAsk(answer) {
          under_way?.resolve(answer);
          under_way = null;
          while (waiting.length === 0) await new Promise<void>((ring) => (bell = ring));
          under_way = waiting.shift()!;
          return under_way.request;
        },
      });
    } catch (error) {
      running = false;
      // Who waits for it is the ended worker's: rung, he would take what the next one must be told.
      bell = null;
      const ended = new ModelError(
        stop.signal.aborted
          ? "The worker of models is closed"
          : `The worker of models ended: ${error instanceof Error ? error.message : String(error)}`,
      );
      // What a new worker cannot even be told is told to none after it.
      for (const [name, request] of kept) if (request === under_way?.request) kept.delete(name);
      under_way?.reject(ended);
      under_way = null;
      waiting.splice(0, waiting.findLastIndex((one) => again.includes(one)) + 1);
      if (stop.signal.aborted) for (const asked of waiting.splice(0)) asked.reject(ended);
      else if (waiting.length > 0) void work();
    }
  }

  async function ask(request: ModelRequest): Promise<ModelAnswer> {
    stop.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<ModelAnswer>();
    waiting.push({ request, resolve, reject });
    if (!running) void work();
    bell?.();
    const answer = await promise;
    if (answer.kind === "failed") throw new ModelError(`${answer.name}: ${answer.message}`);
    return answer;
  }

  async function put(slot: Slot, request: ModelRequest): Promise<ModelAbout> {
    const answer = await ask(request);
    if (answer.kind !== "loaded") throw new ModelError(`A model was asked for, and ${answer.kind} came`);
    kept.set(slot, request);
    return answer.about;
  }

  return {
    async network(network) {
      const request: ModelRequest = { kind: "network", network };
      await ask(request);
      kept.set("network", request);
    },
    load: (slot, bytes, margins) => put(slot, { kind: "load", slot, bytes, margins }),
    fit: (slot, set) => put(slot, { kind: "fit", slot, set }),
    async drop(slot) {
      kept.delete(slot);
      await ask({ kind: "drop", slot });
    },
    async forecast(slot, recent, wanted) {
      const answer = await ask({ kind: "forecast", slot, recent, wanted });
      if (answer.kind !== "foreseen")
        throw new ModelError(`A forecast was asked for, and ${answer.kind} came`);
      return answer;
    },
    close() {
      stop.abort(new ModelError("The worker of models is closed"));
    },
  };
}

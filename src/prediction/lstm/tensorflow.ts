/**
 * The papers' network by TensorFlow.js: 12 steps → LSTM 64 → Dropout 0.2 → Dense 32 (ReLU) → 3, trained with Adam 0.001 on squared
 * errors. The only file that knows the library, whose WebAssembly comes with its npm package.
 */
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, type Sequential, sequential } from "@tensorflow/tfjs-layers";
import { HORIZONS_MIN, RECENT_STEPS } from "../model.ts";

const UNITS = 64;
const DROPOUT = 0.2;
const DENSE = 32;
const RATE = 0.001;

/** 4·(1·64 + 64·64 + 64) + (64·32 + 32) + (32·3 + 3). */
export const PARAMETERS = 19_075;

export interface PaperNet {
  /** Loss of one batch before its step: mean of squares. Arrays are `rows × RECENT_STEPS` and `rows × HORIZONS_MIN`. */
  step(inputs: Float32Array, targets: Float32Array): Promise<number>;
  /** @returns `rows × HORIZONS_MIN`. */
  predict(inputs: Float32Array): Float32Array;
  /** All `PARAMETERS` in the library's order. */
  parameters(): Float32Array<ArrayBuffer>;
  close(): void;
}

/** @param given Parameters to begin with; by the seed where there are none. */
export async function openPaperNet(seed: number, given?: Float32Array): Promise<PaperNet> {
  await begun();
  // The library takes seed 0 for none.
  const own = (nth: number): number => 10 * Math.abs(Math.trunc(seed)) + nth;
  const even = (nth: number): ReturnType<typeof initializers.glorotUniform> =>
    initializers.glorotUniform({ seed: own(nth) });
  const model = sequential({
    layers: [
      layers.lstm({
        units: UNITS,
        inputShape: [RECENT_STEPS, 1],
        kernelInitializer: even(1),
        // It warns of matrices that take it seconds; this one takes one.
        recurrentInitializer: Object.assign(initializers.orthogonal({ seed: own(2) }), {
          ELEMENTS_WARN_SLOW: Number.POSITIVE_INFINITY,
        }),
      }),
      layers.dropout({ rate: DROPOUT, seed: own(3) }),
      layers.dense({ units: DENSE, activation: "relu", kernelInitializer: even(4) }),
      layers.dense({ units: HORIZONS_MIN.length, kernelInitializer: even(5) }),
    ],
  });
  const optimizer = tf.train.adam(RATE);
  model.compile({ optimizer, loss: "meanSquaredError" });
  if (given !== undefined) put(model, given);
  const shaped = (inputs: Float32Array): tf.Tensor3D =>
    tf.tensor3d(inputs, [inputs.length / RECENT_STEPS, RECENT_STEPS, 1]);

  return {
    async step(inputs, targets) {
      const x = shaped(inputs);
      const y = tf.tensor2d(targets, [targets.length / HORIZONS_MIN.length, HORIZONS_MIN.length]);
      try {
        const loss = await model.trainOnBatch(x, y);
        return typeof loss === "number" ? loss : loss[0]!;
      } finally {
        tf.dispose([x, y]);
      }
    },
    predict: (inputs) =>
      tf.tidy(() => {
        const out = model.predictOnBatch(shaped(inputs));
        return Float32Array.from((Array.isArray(out) ? out[0]! : out).dataSync());
      }),
    parameters() {
      const all = new Float32Array(PARAMETERS);
      let at = 0;
      for (const weight of model.getWeights()) {
        all.set(weight.dataSync(), at);
        at += weight.size;
      }
      return all;
    },
    close() {
      model.dispose();
      optimizer.dispose();
    },
  };
}

function put(model: Sequential, given: Float32Array): void {
  let at = 0;
  const weights = model.getWeights().map(({ shape, size }) => {
    const weight = tf.tensor(given.subarray(at, at + size), shape);
    at += size;
    return weight;
  });
  model.setWeights(weights);
  tf.dispose(weights);
}

let ready: Promise<void> | null = null;

/** Once in a process or worker. */
const begun = (): Promise<void> => (ready ??= begin());

async function begin(): Promise<void> {
  const faults = ["uncaughtException", "unhandledRejection"] as const;
  const before = faults.map((fault) => process.listeners(fault as "uncaughtException"));
  setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm")))}/`);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js found no WebAssembly here");
  // It listens to faults of the whole process; those are not its own.
  for (const [i, fault] of faults.entries())
    for (const listener of process.listeners(fault as "uncaughtException"))
      if (!before[i]!.includes(listener)) process.removeListener(fault, listener);
}

/**
 * A small pool of workers for what would block the event loop: at most so many tasks at once, each in a worker of its own that
 * ends with it. A task may ask while it runs, and waits for the answer: so nothing queues up between the two.
 */
import { Worker } from "node:worker_threads";
import { HistoryUnavailableError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

export interface TaskOptions<Ask> {
  /** Module that calls `serve`. */
  module: URL;
  input: unknown;
  /** Buffers that move over with the input. */
  transfer?: readonly ArrayBuffer[];
  /** What the task asks for, or hands over; it goes on when this has settled. */
  onAsk?: (ask: Ask) => unknown;
  signal?: AbortSignal;
}

export interface WorkPool {
  /**
   * @returns What the task returned, as a structured clone.
   * @throws The task's error; `HistoryUnavailableError` as such, others by name and message. The signal's reason.
   */
  run<Result, Ask = never>(options: TaskOptions<Ask>): Promise<Result>;
}

export function createPool(size: number = limits.workers_max): WorkPool {
  let busy = 0;
  const waiting: (() => void)[] = [];
  return {
    async run<Result, Ask>(options: TaskOptions<Ask>): Promise<Result> {
      while (busy >= size) await new Promise<void>((go) => waiting.push(go));
      busy++;
      try {
        options.signal?.throwIfAborted();
        return await inWorker<Result, Ask>(options);
      } finally {
        busy--;
        waiting.shift()?.();
      }
    },
  };
}

async function inWorker<Result, Ask>(options: TaskOptions<Ask>): Promise<Result> {
  const { module, input, transfer = [], onAsk, signal } = options;
  const worker = new Worker(module);
  const tell = (message: ToWorker, buffers: readonly ArrayBuffer[] = []): void =>
    worker.postMessage(message, [...buffers]);
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const onAbort = (): void => reject(signal!.reason as Error);
  signal?.addEventListener("abort", onAbort, { once: true });
  worker.on("error", reject);
  worker.on("exit", () => reject(new Error("Its worker ended in the middle of a task")));
  worker.on("message", (message: FromWorker) => {
    switch (message.kind) {
      case "ask":
        // A task has one question open at a time, so an answer needs no number.
        Promise.resolve()
          .then(() => onAsk?.(message.ask as Ask))
          .then((answer) => tell({ kind: "answer", answer }), reject);
        return;
      case "done":
        return resolve(message.result as Result);
      case "failed":
        return reject(asError(message));
    }
  });
  try {
    tell({ kind: "begin", input }, transfer);
    return await promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    // Not waited for: what it still does, it does for nobody.
    void worker.terminate();
  }
}

function asError({ name, message }: { name: string; message: string }): Error {
  if (name === "HistoryUnavailableError") return new HistoryUnavailableError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}

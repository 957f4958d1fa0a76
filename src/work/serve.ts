/** A worker's side of the pool: a module that is run as a task calls `serve` once, with what it does. */
import { parentPort } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./messages.ts";

/** Hands something to the pool's side, buffers moving over, and waits for its answer; one at a time. */
export type Asking = (ask: unknown, transfer?: readonly ArrayBuffer[]) => Promise<unknown>;

export function serve(task: (input: unknown, ask: Asking) => Promise<unknown>): void {
  const port = parentPort;
  if (port === null) throw new TypeError("Cannot serve: this is no worker");
  const say = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, [...transfer]);
  let answered: (answer: unknown) => void = () => {};
  const ask: Asking = (value, transfer) =>
    new Promise((answer) => {
      answered = answer;
      say({ kind: "ask", ask: value }, transfer);
    });
  port.on("message", (message: ToWorker) => {
    if (message.kind === "answer") return answered(message.answer);
    task(message.input, ask).then(
      (result) => say({ kind: "done", result }),
      (error: unknown) => {
        const { name, message: text } = error instanceof Error ? error : new Error(String(error));
        say({ kind: "failed", name, message: text });
      },
    );
  });
}

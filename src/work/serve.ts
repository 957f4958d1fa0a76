/** A worker's side of the pool: a module that is run as a task calls `serve` once, with what it does. */
import type { FromWorker, ToWorker } from "./messages.ts";

declare const self: {
  postMessage(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};

/** Hands something to the pool's side, buffers moving over, and waits for its answer; one at a time. */
export type Asking = (ask: unknown, transfer?: readonly ArrayBuffer[]) => Promise<unknown>;

export function serve<Input>(task: (input: Input, ask: Asking) => Promise<unknown>): void {
  let answered: (answer: unknown) => void = () => {};
  const ask: Asking = (value, transfer = []) =>
    new Promise((answer) => {
      answered = answer;
      self.postMessage({ kind: "ask", ask: value }, transfer);
    });
  self.onmessage = ({ data }) => {
    if (data.kind === "answer") return answered(data.answer);
    task(data.input as Input, ask).then(
      (result) => self.postMessage({ kind: "done", result }),
      (error: unknown) => {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        self.postMessage({ kind: "failed", name, message });
      },
    );
  };
}

/** What the pool and a worker say to each other. */
export type ToWorker = { kind: "begin"; input: unknown } | { kind: "answer"; answer: unknown };
export type FromWorker =
  | { kind: "ask"; ask: unknown }
  | { kind: "done"; result: unknown }
  | { kind: "failed"; name: string; message: string };

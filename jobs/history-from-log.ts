/** Log → history, exactly once. */
import { batchConsumer, type BatchConsumer, type BatchOptions } from "../src/batch/consumer.ts";
import type { Service } from "./service.ts";

export interface HistoryFromLogOptions extends Omit<BatchOptions, "onWarning"> {
  onWarning: (part: string, message: string) => void;
}

export interface HistoryFromLog {
  service: Service;
  progress: BatchConsumer["progress"];
  held: BatchConsumer["held"];
}

export function historyFromLog({ onWarning, ...options }: HistoryFromLogOptions): HistoryFromLog {
  const consumer = batchConsumer({
    ...options,
    onWarning: (message) => onWarning("history-from-log", message),
  });
  return {
    service: { name: "history-from-log", run: (signal) => consumer.run(signal) },
    progress: () => consumer.progress(),
    held: () => consumer.held(),
  };
}

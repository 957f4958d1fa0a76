/** An error of a server stops and is tried again, for as long as it takes; it never skips an event. */
import { pause } from "../core/pause.ts";
import { HistoryUnavailableError, LogUnavailableError } from "../core/errors.ts";

const WAIT_MIN_MS = 100;
const WAIT_MAX_MS = 5_000;

export interface RetryOptions {
  signal: AbortSignal;
  /** Told before each wait, and with null once it works again. */
  onAway: (error: Error | null) => void;
}

/** @returns null when the signal came first. @throws Whatever is not a server's being away. */
export async function untilItWorks<T>(
  work: () => Promise<T>,
  { signal, onAway }: RetryOptions,
): Promise<T | null> {
  for (let wait_ms = WAIT_MIN_MS; !signal.aborted; wait_ms = Math.min(WAIT_MAX_MS, wait_ms * 2)) {
    try {
      const result = await work();
      onAway(null);
      return result;
    } catch (error) {
      if (!(error instanceof HistoryUnavailableError || error instanceof LogUnavailableError)) throw error;
      onAway(error);
      await pause(wait_ms, signal);
    }
  }
  return null;
}

/** The order in which servers start does not matter: who is not there yet is waited for, and it is said. */
import { HistoryUnavailableError, isAway } from "./core/errors.ts";
import { pause } from "./core/pause.ts";

export interface Waiting {
  /** Ends the waiting: what is awaited then rejects. */
  signal: AbortSignal;
  /** What a part is waited for, as a phrase; null once it is there. */
  onWait: (part: string, reason: string | null) => void;
}

const WAIT_MIN_MS = 100;
const WAIT_MAX_MS = 1_000;

/**
 * @param part As people read it: `PostgreSQL of DATABASE_URL`.
 * @throws What is no server's being away, and the signal's reason when that aborts.
 */
export async function untilThere<T>(
  part: string,
  { signal, onWait }: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  for (let wait_ms = WAIT_MIN_MS; ; wait_ms = Math.min(WAIT_MAX_MS, 2 * wait_ms)) {
    signal.throwIfAborted();
    try {
      const result = await work();
      onWait(part, null);
      return result;
    } catch (error) {
      if (!isAway(error)) throw error;
      onWait(part, reasonOf(error));
    }
    await pause(wait_ms, signal);
  }
}

/** What the server or the network says, without our own words before it. */
function reasonOf(error: Error): string {
  const cause = error instanceof HistoryUnavailableError ? error.cause : null;
  return cause instanceof Error ? cause.message : error.message;
}

/** A history store that tells how long each question took. What it answers and throws is the store's own. */
import type { Stream } from "../core/stream.ts";
import type { Clock } from "../core/time.ts";
import type { HistoryStore, PartBatch } from "../history/history-store.ts";

export interface HistorySink {
  asked(kind: "reads" | "writes", change: 1 | -1): void;
  answered(query: string, ms: number, failed: boolean): void;
  batch(stream: string, events: number, ms: number): void;
}

/** What may take minutes by nature, and says nothing of how the database does. */
const LONG: ReadonlySet<string> = new Set([
  "migrate",
  "close",
  "recomputeWindows",
  "recount",
  "retain",
  "ensurePartitions",
]);
const WRITES: ReadonlySet<string> = new Set(["append", "appendRejects", "restart", "markReplayed"]);

export function measureHistory(
  history: HistoryStore,
  clock: Pick<Clock, "monotonic">,
  sink: HistorySink,
): HistoryStore {
  async function timed<T>(query: string, ask: () => Promise<T>): Promise<T> {
    const kind = WRITES.has(query) ? "writes" : "reads";
    const start_ms = clock.monotonic();
    let failed = true;
    sink.asked(kind, 1);
    try {
      const answer = await ask();
      failed = false;
      return answer;
    } finally {
      sink.asked(kind, -1);
      sink.answered(query, clock.monotonic() - start_ms, failed);
    }
  }
  const append = async (stream: Stream, parts: readonly PartBatch[]) => {
    const start_ms = clock.monotonic();
    const outcome = await timed("append", () => history.append(stream, parts));
    const events = parts.reduce((sum, part) => sum + part.events.length + part.dead.length, 0);
    sink.batch(stream.name, events, clock.monotonic() - start_ms);
    return outcome;
  };
  // Each method by its name, also one that a later release adds: the names are the code's, so they are bounded.
  return new Proxy(history, {
    get(target, name): unknown {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function" || typeof name !== "string") return method;
      if (name === "append") return append;
      const call = (...args: readonly unknown[]): unknown => Reflect.apply(method, target, args);
      return LONG.has(name) ? call : (...args: readonly unknown[]) => timed(name, async () => call(...args));
    },
  });
}

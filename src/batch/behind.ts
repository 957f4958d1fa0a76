/** How far history is behind the log. */
import type { Stream } from "../core/stream.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { Log } from "../log/log.ts";

/** Events of the stream in the log that history has not stored. @throws {LogUnavailableError} {HistoryUnavailableError} */
export async function behindOf(
  log: Pick<Log, "ends">,
  history: Pick<HistoryStore, "applied">,
  stream: Stream,
): Promise<number> {
  const [ends, applied] = [
    await log.ends([stream.topic]),
    (await history.applied([stream]))[stream.name] ?? [],
  ];
  return ends.reduce(
    (sum, end) => sum + Math.max(0, end.end_offset - Math.max(applied[end.partition] ?? 0, end.start_offset)),
    0,
  );
}

/** Has an event ever named this key, or is it a road of the network? */
import { limits } from "../core/limits.ts";
import type { Stream } from "../core/stream.ts";
import type { Context } from "./context.ts";

/** @throws {HistoryUnavailableError} */
export async function isKnown(
  { known, history, clock }: Context,
  stream: Stream,
  key: string,
): Promise<boolean> {
  if (known.now(stream).has(key)) return true;
  if ((await history.latest(stream, [key])).length > 0) return true;
  // Windows outlive raw rows: a key that has been silent for long is in them alone.
  if (stream.windows === null) return false;
  const ever = { from_ms: limits.event_time_min_ms, to_ms: clock.now() + limits.event_future_max_ms };
  return (await history.windows(stream, { ...ever, key, limit: 1 })).length > 0;
}

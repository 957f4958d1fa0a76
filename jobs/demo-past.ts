/** What is made of batch views waits until the demo's past is written: every hour of it would else make dirty what was just made. */
import { pause } from "../src/core/pause.ts";
import { minutes, seconds, type Clock } from "../src/core/time.ts";
import type { Duties } from "../src/history/duties.ts";
import type { JobContext } from "./job.ts";

/** A past that is written no further is not waited for: its demo may have been stopped for good. */
const STILL_MS = minutes(15);

export interface DemoPastOptions {
  duties: Pick<Duties, "begun">;
  clock: Pick<Clock, "monotonic">;
  look_ms?: number;
  still_ms?: number;
}

/** @throws The signal's reason. */
export async function demoPast(
  { duties, clock, look_ms = seconds(2), still_ms = STILL_MS }: DemoPastOptions,
  { signal, progress }: Pick<JobContext, "signal" | "progress">,
): Promise<void> {
  let seen = "";
  let moved_ms = clock.monotonic();
  for (;;) {
    const begun = await duties.begun("seed-history");
    if (begun === null) return;
    const text = JSON.stringify(begun);
    const now_ms = clock.monotonic();
    if (text !== seen) [seen, moved_ms] = [text, now_ms];
    if (now_ms - moved_ms > still_ms) return;
    progress(0, null, "waits for the demo city's past");
    await pause(look_ms, signal);
    signal.throwIfAborted();
  }
}

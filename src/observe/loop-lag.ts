/** How late the event loop's timers were: of the last 15 to 30 s, so that a scrape does not miss a stall. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { seconds, type Clock } from "../core/time.ts";

export interface LoopLag {
  p50_ms: number;
  p99_ms: number;
  max_ms: number;
}

const SPAN_MS = seconds(15);
const NS_PER_MS = 1e6;

export function watchLoop(clock: Pick<Clock, "monotonic">): { read(): LoopLag; stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  const now = (): LoopLag =>
    // Before the first sample its values are no numbers of anything.
    histogram.max <= 0 || histogram.min > histogram.max
      ? { p50_ms: 0, p99_ms: 0, max_ms: 0 }
      : {
          p50_ms: histogram.percentile(50) / NS_PER_MS,
          p99_ms: histogram.percentile(99) / NS_PER_MS,
          max_ms: histogram.max / NS_PER_MS,
        };
  let before: LoopLag = { p50_ms: 0, p99_ms: 0, max_ms: 0 };
  let since_ms = clock.monotonic();
  return {
    read() {
      const current = now();
      const worst = {
        p50_ms: Math.max(before.p50_ms, current.p50_ms),
        p99_ms: Math.max(before.p99_ms, current.p99_ms),
        max_ms: Math.max(before.max_ms, current.max_ms),
      };
      if (clock.monotonic() - since_ms >= SPAN_MS) {
        before = current;
        since_ms = clock.monotonic();
        histogram.reset();
      }
      return worst;
    },
    stop: () => void histogram.disable(),
  };
}

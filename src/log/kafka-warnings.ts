/** Warnings at a bounded rate: a broker that is away says the same again and again. */
import type { Clock } from "../core/time.ts";

const EACH_MS = 30_000;
const KINDS_MAX = 100;

/** The same warning, but for its numbers, is told once in 30 s. */
export function boundedWarnings(clock: Clock, tell: (sentence: string) => void): (sentence: string) => void {
  const told = new Map<string, number>();
  return (sentence) => {
    const kind = sentence.replaceAll(/\d+/g, "0");
    const now_ms = clock.monotonic();
    if (now_ms - (told.get(kind) ?? -Infinity) < EACH_MS) return;
    if (told.size >= KINDS_MAX) told.clear();
    told.set(kind, now_ms);
    tell(sentence);
  };
}

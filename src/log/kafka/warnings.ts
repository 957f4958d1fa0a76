/** Warnings at a bounded rate: a broker that is away says the same again and again, one that starts says what will pass. */
import type { Clock } from "../../core/time.ts";

const EACH_MS = 30_000;
const KINDS_MAX = 100;
/** Trouble that passes by itself is told once it has lasted so long. */
const LASTS_MS = 10_000;
/** Trouble that was not heard of for so long is over. */
const OVER_MS = 10_000;

interface Kind {
  since_ms: number;
  heard_ms: number;
  told_ms: number;
}

export type Warn = (sentence: string, usual?: boolean) => void;

/** The same warning, but for its numbers, is told once in 30 s; what is `usual` only after it has lasted 10 s. */
export function boundedWarnings(clock: Pick<Clock, "monotonic">, tell: (sentence: string) => void): Warn {
  const kinds = new Map<string, Kind>();
  return (sentence, usual = false) => {
    const name = sentence.replaceAll(/\d+/g, "0");
    const now_ms = clock.monotonic();
    let kind = kinds.get(name);
    if (kind === undefined) {
      if (kinds.size >= KINDS_MAX) kinds.clear();
      kinds.set(name, (kind = { since_ms: now_ms, heard_ms: now_ms, told_ms: -Infinity }));
    }
    if (now_ms - kind.heard_ms > OVER_MS) kind.since_ms = now_ms;
    kind.heard_ms = now_ms;
    if (usual && now_ms - kind.since_ms < LASTS_MS) return;
    if (now_ms - kind.told_ms < EACH_MS) return;
    kind.told_ms = now_ms;
    tell(sentence);
  };
}

/**
 * An empty store gets the simulator's last hours once. Where it was stopped in the middle, the next start goes on:
 * the same hours again, and what is there already is a duplicate.
 */
import { z } from "zod";
import type { Stream } from "../src/core/stream.ts";
import { hours } from "../src/core/time.ts";
import type { Duties } from "../src/history/duties.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import { seedHistory, type SeedHistoryOptions, type SeedProgress } from "./seed-history.ts";
import type { Service } from "./service.ts";

export interface SeedOnceOptions extends Omit<
  SeedHistoryOptions,
  "from_ms" | "to_ms" | "signal" | "onProgress"
> {
  /** Where it is noted what was begun. */
  duties: Pick<Duties, "begun" | "note">;
  history: Pick<HistoryStore, "keys" | "ensurePartitions">;
  stream: Stream;
  hours: number;
  onProgress: (progress: SeedProgress) => void;
}

const NAME = "seed-history";
const span = z.object({ from_ms: z.number(), to_ms: z.number() });

/** @returns The service, or null when there is nothing to write. Asked before the first live event. */
export async function seedOnce(options: SeedOnceOptions): Promise<Service | null> {
  if (options.hours === 0) return null;
  const { duties, history, stream, clock } = options;
  const unfinished = span.safeParse(await duties.begun(NAME));
  if (!unfinished.success && (await history.keys(stream)).length > 0) return null;
  const now_ms = clock.now();
  const { from_ms, to_ms } = unfinished.data ?? { from_ms: now_ms - hours(options.hours), to_ms: now_ms };
  await duties.note(NAME, { from_ms, to_ms });
  return {
    name: NAME,
    async run(signal) {
      await history.ensurePartitions(stream, from_ms, to_ms);
      await seedHistory({ ...options, from_ms, to_ms, signal });
      if (!signal.aborted) await duties.note(NAME, null);
    },
  };
}

/**
 * Empty streams get the simulator's last hours once. Where it was stopped in the middle, the next start goes on:
 * the same hours again, and what is there already is a duplicate. But for hours of which raw rows are no longer kept
 * nobody knows: of those only what was never begun is written.
 */
import { z } from "zod";
import { hours } from "../src/core/time.ts";
import type { Duties } from "../src/history/duties.ts";
import type { HistoryStore } from "../src/history/history-store.ts";
import type { Maker } from "../src/sources/simulator/index.ts";
import { seedHistory, type SeedHistoryOptions, type SeedProgress } from "./seed-history.ts";
import { markOf, planOf, spanOf, type Piece, type PieceMark } from "./seed-plan.ts";
import type { Service } from "./service.ts";

export interface SeedOnceOptions extends Omit<
  SeedHistoryOptions,
  "from_ms" | "to_ms" | "signal" | "onProgress" | "begun" | "onPiece"
> {
  /** Where it is noted what was begun. */
  duties: Pick<Duties, "begun" | "note">;
  history: Pick<HistoryStore, "keys" | "ensurePartitions">;
  hours: number;
  onProgress: (progress: SeedProgress) => void;
}

const NAME = "seed-history";
const noted = z.object({
  from_ms: z.number(),
  to_ms: z.number(),
  streams: z.array(z.string()).optional(),
  begun: z.object({ stream: z.string(), hour: z.number() }).nullable().default(null),
});

/** @returns The service, or null when there is nothing to write. Asked before the first live event. */
export async function seedOnce(options: SeedOnceOptions): Promise<Service | null> {
  if (options.hours === 0) return null;
  const { duties, history, clock } = options;
  const unfinished = noted.safeParse(await duties.begun(NAME)).data;
  const wanted = unfinished?.streams;
  const makers: Maker[] = [];
  for (const maker of options.makers) {
    const again = unfinished !== undefined && wanted?.includes(maker.stream.name) !== false;
    if (again || (await history.keys(maker.stream)).length === 0) makers.push(maker);
  }
  if (makers.length === 0) return null;
  const now_ms = clock.now();
  const { from_ms, to_ms } = unfinished ?? { from_ms: now_ms - hours(options.hours), to_ms: now_ms };
  const note = { from_ms, to_ms, streams: makers.map(({ stream }) => stream.name) };
  let begun = unfinished?.begun ?? null;
  await duties.note(NAME, { ...note, begun });
  return {
    name: NAME,
    async run(signal) {
      for (const maker of makers)
        await history.ensurePartitions(maker.stream, ...spanOf(maker, { from_ms, to_ms }));
      const plan = planOf(makers, { from_ms, to_ms }).map(markOf);
      const placeOf = (mark: PieceMark | null): number =>
        plan.findIndex(({ stream, hour }) => stream === mark?.stream && hour === mark.hour);
      const onPiece = async (piece: Piece): Promise<void> => {
        // What is written again begins nothing.
        if (placeOf(markOf(piece)) <= placeOf(begun)) return;
        begun = markOf(piece);
        await duties.note(NAME, { ...note, begun });
      };
      await seedHistory({ ...options, makers, from_ms, to_ms, signal, begun, onPiece });
      if (!signal.aborted) await duties.note(NAME, null);
    },
  };
}

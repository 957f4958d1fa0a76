/**
 * An empty store gets the simulator's last hours once. Where it was stopped in the middle, the next start goes on:
 * the same hours again, and what is there already is a duplicate.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HistoryStore } from "../src/history/history-store.ts";
import type { Stream } from "../src/core/stream.ts";
import { hours } from "../src/core/time.ts";
import { seedHistory, type SeedHistoryOptions, type SeedProgress } from "./seed-history.ts";
import type { Service } from "./service.ts";

export interface SeedOnceOptions extends Omit<
  SeedHistoryOptions,
  "from_ms" | "to_ms" | "signal" | "onProgress"
> {
  /** Where the mark of an unfinished seed is kept. */
  dir: string;
  history: HistoryStore;
  stream: Stream;
  hours: number;
  onProgress: (progress: SeedProgress) => void;
}

interface Span {
  from_ms: number;
  to_ms: number;
}

/** @returns The service, or null when there is nothing to write. Asked before the first live event. */
export async function seedOnce(options: SeedOnceOptions): Promise<Service | null> {
  if (options.hours === 0) return null;
  const mark = join(options.dir, "seeding.json");
  const last = { from_ms: options.clock.now() - hours(options.hours), to_ms: options.clock.now() };
  const span = existsSync(mark)
    ? (unfinished(mark) ?? last)
    : (await options.history.keys(options.stream)).length > 0
      ? null
      : last;
  if (span === null) return null;
  mkdirSync(options.dir, { recursive: true });
  // Whole or not at all: a half-written mark would stop the next start.
  writeFileSync(`${mark}.making`, JSON.stringify(span));
  renameSync(`${mark}.making`, mark);
  return {
    name: "seed-history",
    async run(signal) {
      await options.history.ensurePartitions(options.stream, span.from_ms, span.to_ms);
      await seedHistory({ ...options, ...span, signal });
      if (!signal.aborted) rmSync(mark, { force: true });
    },
  };
}

function unfinished(mark: string): Span | null {
  try {
    const span = JSON.parse(readFileSync(mark, "utf8")) as Partial<Span>;
    return typeof span.from_ms === "number" && typeof span.to_ms === "number"
      ? { from_ms: span.from_ms, to_ms: span.to_ms }
      : null;
  } catch {
    return null;
  }
}

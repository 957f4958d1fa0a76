/**
 * Which log this is: asked for every two seconds at most, and remembered in the database. So a process that shows what
 * live view and history hold also starts, and stamps its answers, while the log is away.
 */
import { z } from "zod";
import { EPOCHS_BEFORE } from "./backup/manifest.ts";
import { isAway, LogUnavailableError } from "./core/errors.ts";
import { inTime } from "./core/in-time.ts";
import { seconds, type Clock } from "./core/time.ts";
import type { Duties } from "./history/duties.ts";
import type { Log } from "./log/log.ts";
import { Kept } from "./serving/kept.ts";

export interface LogIdentityOptions {
  log: Pick<Log, "epoch">;
  /** Where the reading of a log is noted to have begun. */
  duties: Pick<Duties, "begun" | "note">;
  clock: Clock;
}

const NAME = "log";
const noted = z.object({ epoch: z.string().min(1) });
const FRESH_MS = seconds(2);
/** A log that is known from before and has not answered in this time, ms, is away for now. */
const ANSWER_MS_MAX = 1_000;

/** @returns What tells the log's identity. It throws {LogUnavailableError} only while nobody has ever known it. */
export function logIdentity({ log, duties, clock }: LogIdentityOptions): () => Promise<string> {
  let remembered: string | null = null;
  const kept = new Kept<string>({ clock, fresh_ms: FRESH_MS, usable_ms: Infinity, load });
  return () => kept.get();

  async function load(last: string | null): Promise<string> {
    const before = last ?? (await recall());
    const asked = log.epoch();
    const epoch = await (before === null ? asked : inTime(asked, ANSWER_MS_MAX)).catch((error: unknown) => {
      if (error instanceof LogUnavailableError && before !== null) return null;
      throw error;
    });
    if (epoch === null) return before!;
    if (epoch !== remembered) await remember(epoch);
    return epoch;
  }

  async function recall(): Promise<string | null> {
    const found = noted.safeParse(await duties.begun(NAME).catch(nullIfAway));
    return (remembered = found.success ? found.data.epoch : null);
  }

  /** What the database cannot take now is noted by the next process. */
  async function remember(epoch: string): Promise<void> {
    remembered = epoch;
    await duties.note(NAME, { epoch }).catch(nullIfAway);
  }
}

const noted_before = z.object({ epochs: z.array(z.string().min(1)) });

/** Identities of the logs that a restore has left behind. @throws {HistoryUnavailableError} */
export async function epochsBefore(duties: Pick<Duties, "begun">): Promise<readonly string[]> {
  const found = noted_before.safeParse(await duties.begun(EPOCHS_BEFORE));
  return found.success ? found.data.epochs : [];
}

function nullIfAway(error: unknown): null {
  if (isAway(error)) return null;
  throw error;
}

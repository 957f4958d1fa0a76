/** Scheduled work: once per job and time it is due, whatever the number of replicas, a late one included. */
import { isAway } from "../src/core/errors.ts";
import { pause } from "../src/core/pause.ts";
import { minutes, seconds, type Clock } from "../src/core/time.ts";
import type { Duties, JobRun } from "../src/history/duties.ts";
import type { Service } from "./service.ts";

export interface ScheduledOptions {
  name: string;
  /** Due at every whole multiple of this since the epoch, ms. */
  every_ms: number;
  /** A run that takes longer is taken for dead, ms. */
  longest_ms?: number;
  duties: Pick<Duties, "begin" | "end">;
  /** Name of this process among its replicas. */
  holder: string;
  clock: Clock;
  work: (scheduled_for_ms: number) => Promise<void>;
  /** A server is away: tried again in a while. */
  onAway: (message: string) => void;
  /** How soon it is asked again for what another runs, or what a server's absence kept from running, ms. */
  again_ms?: number;
}

/**
 * What was due while nobody ran is made up for once, by its last time. A run whose replica was taken for dead is begun
 * again by another while the first may still wake up: `work` must bear that.
 */
export function scheduled(options: ScheduledOptions): Service {
  const { name, every_ms, clock, duties, holder, work, onAway } = options;
  const { longest_ms = minutes(15), again_ms = seconds(30) } = options;

  /** @returns false where it is another's, or done. */
  async function once(run: JobRun): Promise<boolean> {
    if (!(await duties.begin(run, longest_ms))) return false;
    try {
      await work(run.scheduled_for_ms);
    } catch (error) {
      await duties.end(run, error instanceof Error ? error.message : String(error));
      throw error;
    }
    await duties.end(run, null);
    return true;
  }

  return {
    name,
    async run(signal) {
      while (!signal.aborted) {
        const scheduled_for_ms = Math.floor(clock.now() / every_ms) * every_ms;
        try {
          const mine = await once({ job: name, scheduled_for_ms, holder });
          const next_ms = Math.max(0, scheduled_for_ms + every_ms - clock.now());
          // Who runs it may die of it: until the next is due it is asked for again.
          await pause(mine ? next_ms : Math.min(again_ms, next_ms), signal);
        } catch (error) {
          if (!isAway(error)) throw error;
          onAway(error.message);
          await pause(again_ms, signal);
        }
      }
    },
  };
}

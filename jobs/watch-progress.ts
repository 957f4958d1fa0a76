/**
 * A consumer that looks alive but is dead is the field's worst failure: whoever holds a partition, is behind, and does
 * not move, ends the process. What is restarted then reads on from where the stores say.
 */
import { isAway } from "../src/core/errors.ts";
import { limits } from "../src/core/limits.ts";
import { pause } from "../src/core/pause.ts";
import type { Clock } from "../src/core/time.ts";
import type { Log } from "../src/log/log.ts";
import { behind, isOwed, ProgressWatch, type Held } from "../src/log/progress-watch.ts";
import { StuckError, type Service } from "./service.ts";

export interface WatchProgressOptions {
  log: Pick<Log, "ends" | "read">;
  topics: readonly string[];
  /** None of a consumer whose server is away: it waits for that, and says so. */
  held: () => readonly Held[];
  clock: Pick<Clock, "monotonic">;
  /** So long may a partition stand still, ms; `limits.stuck_ms_max` by default. */
  stuck_ms?: number;
  every_ms?: number;
}

export function watchProgress(options: WatchProgressOptions): Service {
  const { log, topics, held, clock, stuck_ms = limits.stuck_ms_max, every_ms = stuck_ms / 12 } = options;
  return {
    name: "watch-progress",
    async run(signal) {
      let watch = new ProgressWatch(stuck_ms);
      let looked_ms = clock.monotonic();
      while (!signal.aborted) {
        await pause(every_ms, signal);
        // Who was stopped himself has seen nobody stand still.
        if (clock.monotonic() - looked_ms > stuck_ms / 2) watch = new ProgressWatch(stuck_ms);
        looked_ms = clock.monotonic();
        if (!signal.aborted) await look(watch);
      }
    },
  };

  /** @throws {StuckError} */
  async function look(watch: ProgressWatch): Promise<void> {
    // The positions before the ends would make a consumer look behind that has only just stored what came.
    const ends = await log.ends(topics).catch(nullIfAway);
    // While the log is away nobody can move: all begin anew after it.
    const standings =
      ends === null
        ? []
        : held().flatMap(({ consumer, topic, partition, position }) => {
            const end = ends.find((one) => one.topic === topic && one.partition === partition);
            return end === undefined ? [] : [{ consumer, end, position }];
          });
    for (const still of watch.look(standings, clock.monotonic())) {
      if ((await isOwed(log, still).catch(nullIfAway)) !== true) continue;
      const { consumer, end, still_ms } = still;
      throw new StuckError(
        `${consumer} is stuck: ${end.topic} partition ${end.partition} is ${behind(still)} events behind and has not moved for ${Math.floor(still_ms / 1_000)} s`,
      );
    }
  }
}

function nullIfAway(error: unknown): null {
  if (isAway(error)) return null;
  throw error;
}
